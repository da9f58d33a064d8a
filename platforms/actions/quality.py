"""数据质量: the nightly mark by which an authority sees its own trend, each told of its own list, rules switched off on record."""

from __future__ import annotations

from django.utils import timezone

from platforms import quality
from platforms.access import Permission, Role, reach, require
from platforms.actions.verb import lock, verb
from platforms.errors import IllegalStep, Invalid, NotPermitted, Problem, Problems
from platforms.models import Authority, QualityMark, QualityRulePause, User
from platforms.notifications import authority_people, notify, people_with_role
from platforms.text import clean_text
from platforms.words import Listing
from platforms.words import gettext_lazy as _


@verb("quality.mark")
def mark(*, by: None = None) -> int:
    """Write down today's quality of every authority that has platforms; again on the same day replaces it."""
    today = timezone.localdate()
    rows = [
        QualityMark(
            authority_id=code, on=today, score=found.score, platforms=found.platforms, issues=found.issues
        )
        for code, found in quality.by_authority().items()
        if found.score is not None
    ]
    QualityMark.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["authority", "on"],
        update_fields=["score", "platforms", "issues"],
    )
    return len(rows)


@verb("quality.send")
def send(*, by: User) -> int:
    """Tell each authority what is wanting in its own records, at most once a day; returns how many authorities."""
    require(by, Permission.SUBMISSION_DECIDE)
    labels, today = quality.faults(), timezone.localdate()
    found = {code: each.issues for code, each in quality.by_authority().items() if each.issues}
    for authority in Authority.objects.filter(pk__in=found):
        issues = Listing(
            _("%(label)s %(count)s") % {"label": labels[name][0], "count": count}
            for name, count in found[authority.pk].items()
        )
        notify(
            authority_people(authority),
            kind="quality.send",
            text=_("请核对贵单位平台的数据：%(issues)s。") % {"issues": issues},
            url=f"/authorities/{authority.pk}/platforms/",
            key=f"quality:{today:%Y%m%d}:{authority.pk}",
        )
    return len(found)


@verb("quality.pause")
def pause(*, rule: str, reason: str, by: User) -> QualityRulePause:
    """Propose that a rule be switched off. It is asked until another person has confirmed it."""
    require(by, Permission.SUBMISSION_DECIDE)
    labels = {each.name: each.label for each in quality.every_rule()}
    problems = Problems()
    if rule not in labels:
        problems.add("rule", "choice", _("没有这条规则。"))
    if not reason.strip():
        problems.add("reason", "required", _("请写明原因。"))
    problems.raise_if_any()
    text = clean_text(reason, multiline=True, max_length=1000)
    made = QualityRulePause.objects.create(rule=rule, reason=text, proposed_by=by)
    notify(
        [person for person in people_with_role(Role.MINISTRY_APPROVER) if person != by],
        kind="quality.pause",
        text=_("申请停用数据质量规则“%(rule)s”：%(reason)s") % {"rule": labels[rule], "reason": text},
        url="/ministry/quality/#pauses",
        key=f"quality-pause:{made.pk}",
    )
    return made


@verb("quality.confirm_pause")
def confirm_pause(*, pause: QualityRulePause, by: User) -> QualityRulePause:
    """From now on the rule is not asked and counts for nobody."""
    require(by, Permission.PLATFORM_END)
    pause = lock(pause)
    if pause.proposed_by_id == by.pk:
        raise NotPermitted(sentence=_("停用由您申请，须由另一人批准。"))
    if pause.confirmed_at is not None or pause.ended_at is not None:
        raise IllegalStep(_("这项停用申请已经办理。"))
    pause.confirmed_at, pause.confirmed_by = timezone.now(), by
    pause.save(update_fields=["confirmed_at", "confirmed_by"])
    return pause


@verb("quality.end_pause")
def end_pause(*, pause: QualityRulePause, reason: str, by: User) -> QualityRulePause:
    """Ask the rule again, or turn the proposal down; by either of the two offices, with its reason."""
    if not reach(by).may(Permission.PLATFORM_END):
        require(by, Permission.SUBMISSION_DECIDE)
    pause = lock(pause)
    if pause.ended_at is not None:
        raise IllegalStep(_("这项停用已经结束。"))
    if not reason.strip():
        raise Invalid([Problem("reason", "required", _("请写明原因。"))])
    pause.ended_at, pause.ended_by = timezone.now(), by
    pause.ended_reason = clean_text(reason, multiline=True, max_length=1000)
    pause.save(update_fields=["ended_at", "ended_by", "ended_reason"])
    return pause
