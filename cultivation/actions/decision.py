"""决定: bind a document number to a frozen list, have it approved by enough people, and bring it into force at one stroke.

The last approval writes a job; the job does everything in a single transaction. Whatever stops it, readers keep the old list
and the job is tried again; done twice it does nothing the second time.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable
from typing import Any

from django.utils import timezone

from cultivation import audiences, decision_checks
from cultivation.actions import designation as designations
from cultivation.actions import release as releases
from cultivation.actions import stages
from cultivation.choices import ApplicationStatus as A
from cultivation.choices import DecisionStatus, NoticeStatus, ReleaseKind
from cultivation.models import Application, Batch, Decision, DecisionApproval, Notice, Release
from cultivation.publish import entries_of, publish_batch, publish_notice
from cultivation.transitions import APPLICATION, BATCH, DECISION
from platforms.access import Permission, require
from platforms.actions.verb import lock, verb
from platforms.choices import ChangeKind, JobStatus
from platforms.errors import Conflict, IllegalStep, Invalid, NotPermitted, Problem
from platforms.failpoints import failpoint
from platforms.jobs import Work, enqueue, handler
from platforms.models import Job, Platform, User
from platforms.notifications import authority_people, notify
from platforms.publish import publish_read
from platforms.text import clean_text
from platforms.words import gettext_lazy as _

JOB = "decision.bring_into_force"


@verb("decision.draft")
def draft(
    *,
    batch: Batch,
    document_no: str,
    title: str,
    decided_on: datetime.date,
    by: User,
    title_en: str = "",
    valid_until: datetime.date | None = None,
) -> Decision:
    """Start the decision of a batch. A batch has one; a document number is used once."""
    require(by, Permission.DECISION_PREPARE, batch)
    problems = [
        Problem(pointer, "required", str(sentence))
        for pointer, value, sentence in (
            ("document_no", document_no, _("请填写文号。")),
            ("title", title, _("请填写标题。")),
        )
        if not value.strip()
    ]
    if problems:
        raise Invalid(problems)
    return Decision.objects.create(
        batch=batch,
        document_no=clean_text(document_no, max_length=60),
        title_zh=clean_text(title, max_length=160),
        title_en=title_en.strip(),
        decided_on=decided_on,
        valid_until=valid_until,
        approvals_needed=batch.approvers_needed,
        drafted_by=by,
    )


@verb("decision.freeze")
def freeze(*, decision: Decision, by: User) -> Decision:
    """Fix the list: what was on notice and still stands. Refused, with every reason, while a check fails."""
    lock(decision.batch)
    decision = lock(decision)
    transition = DECISION.check(decision, "freeze", by=by)
    entries = entries_to_decide(decision.batch)
    failed = [check for check in decision_checks.of_decision(decision, entries) if check.stops]
    if failed:
        raise Invalid(
            [
                Problem(
                    check.key,
                    "check",
                    _("未通过：%(check)s%(found)s")
                    % {"check": check.sentence, "found": "；".join(check.found[:5])},
                )
                for check in failed
            ]
        )
    notice = _notice(decision.batch)
    release = releases.freeze(
        batch=decision.batch,
        kind=ReleaseKind.FINAL,
        title_zh=decision.title_zh,
        title_en=decision.title_en,
        entries=entries,
        previous=notice.release if notice else None,
        document_no=decision.document_no,
        issued_on=decision.decided_on,
        by=by,
    )
    DECISION.move(decision, "freeze", by=by, release=release)
    text = _("待批准：%(title)s，共 %(n)s 个。") % {"title": decision.title_zh, "n": release.entry_count}
    audiences.tell(transition, decision, text=text, url=f"/ministry/decisions/{decision.pk}/", by=by)
    return decision


@verb("decision.approve")
def approve(*, decision: Decision, entries_typed: int | None, by: User) -> Decision:
    """One person's approval, with the number of entries as that person counted it. The last one needed starts the job."""
    decision = lock(decision)
    DECISION.check(decision, "approve", by=by)
    release: Release = decision.release  # type: ignore[assignment]
    if decision.drafted_by_id == by.pk:
        raise NotPermitted(sentence=_("起草人不能批准自己起草的决定，请另一位有权限的人批准。"))
    if decision.approvals.filter(approver=by).exists():
        raise Conflict(_("您已批准过这项决定。"))
    if entries_typed != release.entry_count:
        raise Invalid([Problem("entries_typed", "count", _("条数不符，请核对名单后重新填写。"))])
    DECISION.move(decision, "approve", by=by)
    DecisionApproval.objects.create(
        decision=decision, approver=by, drafter_id=decision.drafted_by_id, entries_typed=entries_typed
    )
    if decision.approvals.count() >= decision.approvals_needed:
        _start(decision, by)
    return decision


@verb("decision.retry")
def retry(*, decision: Decision, by: User) -> Job:
    """Start the job again after it gave up; nothing was changed by the attempts before."""
    require(by, Permission.DECISION_APPROVE, decision)
    decision = lock(decision)
    if decision.status != DecisionStatus.FROZEN or decision.approvals.count() < decision.approvals_needed:
        raise IllegalStep(_("这项决定没有待完成的公布。"))
    running = job_of(decision)
    if running is not None and running.status in (JobStatus.QUEUED, JobStatus.RUNNING):
        return running
    return _start(decision, by)


@verb("decision.abandon")
def abandon(*, decision: Decision, by: User, reason: str) -> Decision:
    """Give a draft up. The version number of its list becomes free again; the list itself was never public."""
    decision = lock(decision)
    DECISION.check(decision, "abandon", by=by, reason=reason)
    if decision.status == DecisionStatus.FROZEN and decision.approvals.count() >= decision.approvals_needed:
        raise IllegalStep(_("这项决定已经批准，正在生效，不能放弃。"))
    DECISION.move(decision, "abandon", by=by, reason=reason)
    if decision.release is not None:
        decision.release.version = f"x{decision.release.pk}"
        decision.release.note_zh = clean_text(reason, multiline=True)
        decision.release.save(update_fields=["version", "note_zh"])
    return decision


@verb("decision.bring_into_force")
def bring_into_force(
    *, decision: Decision, by: User | None = None, started: Callable[[], Any] | None = None
) -> Decision:
    """Everything a decision does, in one transaction; nothing when it has been done.

    ``started`` is called once inside the transaction, so that a job's row stays locked to this worker until the end.
    """
    if started is not None:
        started()
    batch = lock(decision.batch)
    decision = lock(decision)
    if decision.status == DecisionStatus.IN_FORCE:
        return decision
    _require_ready(decision)
    release: Release = decision.release  # type: ignore[assignment]
    DECISION.move(decision, "bring_into_force", in_force_at=timezone.now())
    failpoint("decision.after_move")
    listed = _list_applications(decision, release)
    failpoint("decision.after_applications")
    before = _designate(decision, release, listed)
    failpoint("decision.after_designations")
    _conclude(batch, by)
    releases.make_public(release)
    failpoint("decision.after_release")
    _publish_platforms(decision, listed, before)
    failpoint("decision.after_platforms")
    for notice in batch.notices.all():
        publish_notice(notice)
    publish_batch(batch)
    failpoint("decision.before_commit")
    _tell_authorities(decision, listed)
    return decision


@handler(JOB, begun_again=_("决定由部审批人在该决定的页面“重新公布”。"))
def _bring_into_force_job(work: Work) -> dict[str, Any]:
    decision = Decision.objects.get(pk=work.params["decision"])
    bring_into_force(decision=decision, by=work.by(), started=work.beat)
    return {"decision": decision.pk}


def entries_to_decide(batch: Batch) -> list[releases.Entry]:
    """The rows as they were on notice, without what was removed since, completed for the final list."""
    notice = _notice(batch)
    if notice is None:
        return []
    standing = {
        application.platform.code: application
        for application in _on_notice(batch).select_related("platform__operator", "authority")
    }
    return releases.renumbered(
        [
            releases.with_recommender(entry, standing[entry["platform_code"]])
            for entry in entries_of(notice.release)
            if entry["platform_code"] in standing
        ]
    )


def job_of(decision: Decision) -> Job | None:
    """The newest job that brings this decision into force."""
    return Job.objects.filter(kind=JOB, params__decision=decision.pk).order_by("-pk").first()


def _start(decision: Decision, by: User) -> Job:
    attempt = Job.objects.filter(kind=JOB, params__decision=decision.pk).count() + 1
    return enqueue(
        JOB,
        params={"decision": decision.pk},
        by=by,
        total=decision.release.entry_count if decision.release else 0,
        unique_key=f"decision:{decision.pk}:{attempt}",
    )


def _notice(batch: Batch) -> Notice | None:
    return batch.notices.exclude(status=NoticeStatus.DRAFT).select_related("release").order_by("-pk").first()


def _on_notice(batch: Batch):
    return Application.objects.filter(batch=batch).in_state(A.ON_NOTICE)


def _require_ready(decision: Decision) -> None:
    """What was true at the freeze must still be true; the list itself must be the one that was frozen."""
    release: Release = decision.release  # type: ignore[assignment]
    if decision.approvals.exclude(approver=decision.drafted_by).count() < decision.approvals_needed:
        raise IllegalStep(_("批准的人数不够。"))
    if not releases.intact(release):
        raise IllegalStep(_("名单与冻结时的校验值不符，已停止公布。"))
    failed = [check for check in decision_checks.of_decision(decision, entries_of(release)) if check.stops]
    if failed:
        raise IllegalStep("；".join(f"{check.sentence}{'，'.join(check.found[:5])}" for check in failed))


def _list_applications(decision: Decision, release: Release) -> list[Application]:
    """Move every application of the batch to its outcome; returns the listed ones in list order."""
    rows = dict(release.entries.values_list("platform_code", "row"))
    listed = list(
        _on_notice(decision.batch).select_related("platform", "authority").select_for_update(of=("self",))
    )
    for application in listed:
        APPLICATION.move(application, "list", version=application.version + 1)
    others = Application.objects.filter(batch=decision.batch).in_state(A.IN_REVIEW, A.RESERVE_LIST)
    reason = str(_("未列入 %(number)s 公布的名单。") % {"number": decision.document_no})
    for application in others.select_for_update(of=("self",)):
        APPLICATION.move(
            application, "not_list", reason=reason, outcome_reason=reason, version=application.version + 1
        )
    return sorted(listed, key=lambda application: rows[application.platform.code])


def _designate(decision: Decision, release: Release, listed: list[Application]) -> dict[int, str | None]:
    """One designation per row; returns the tier each platform had before."""
    rows = dict(release.entries.values_list("platform_code", "row"))
    locked = Platform.objects.select_for_update(of=("self",)).in_bulk([a.platform_id for a in listed])
    before: dict[int, str | None] = {}
    for application in listed:
        platform = locked[application.platform_id]
        before[platform.pk] = platform.tier
        designations.designate(
            platform=platform,
            tier=decision.batch.tier,
            on=decision.decided_on,
            decision=decision,
            row=rows[platform.code],
            basis=decision.title_zh,
        )
        application.platform = platform
    return before


def _publish_platforms(decision: Decision, listed: list[Application], before: dict[int, str | None]) -> None:
    """In list order, all read at once: readers wait for nothing, but other publications wait for this transaction."""
    read = Platform.objects.with_everything().in_bulk([application.platform_id for application in listed])
    for application in listed:
        kind = ChangeKind.TIER_CHANGED if before[application.platform_id] else ChangeKind.DESIGNATED
        publish_read(read[application.platform_id], kind=kind, decision=decision.document_no)


def _conclude(batch: Batch, by: User | None) -> None:
    BATCH.move(batch, "conclude")
    stages.finish_all(batch, by=by)


def _tell_authorities(decision: Decision, listed: list[Application]) -> None:
    numbers = Counter(application.authority for application in listed)
    for authority, number in numbers.items():
        text = _("贵单位推荐的 %(n)s 个平台列入名单：%(title)s（%(number)s）。") % {
            "n": number,
            "title": decision.title_zh,
            "number": decision.document_no,
        }
        notify(
            authority_people(authority),
            kind="application.list",
            text=text,
            url=f"/lists/{decision.release.code}/{decision.release.version}/",  # type: ignore[union-attr]
            key=f"decision:{decision.pk}:{authority.pk}",
        )
