"""更正: a published list is never changed. What was wrong in it is put right in a new version, with the reason.

It takes as many other people as the decision it corrects did: two for the national list, one for the others.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from cultivation.actions import release as releases
from cultivation.choices import DesignationStatus, ReleaseKind
from cultivation.models import Batch, Designation, Release, ReleaseApproval
from cultivation.publish import entries_of, publish_batch, publish_notice
from platforms.access import Permission, require
from platforms.actions.verb import lock, verb
from platforms.errors import Conflict, IllegalStep, Invalid, NotPermitted, Problem
from platforms.failpoints import failpoint
from platforms.models import User
from platforms.text import clean_text
from platforms.words import gettext_lazy as _

LISTS = (ReleaseKind.FINAL, ReleaseKind.CORRECTION)


@dataclass(frozen=True)
class Change:
    """What is wrong with one row: empty texts stay as they are, ``remove`` takes the row out."""

    platform_code: str
    name_zh: str = ""
    operator_zh: str = ""
    remove: bool = False


def current(batch: Batch) -> Release | None:
    """The list in force: the newest published version."""
    return _lists(batch).filter(published_at__isnull=False).order_by("-published_at", "-id").first()


def waiting(batch: Batch) -> Release | None:
    """The correction that waits for the people who approve it."""
    return _lists(batch).filter(published_at=None, kind=ReleaseKind.CORRECTION).order_by("-id").first()


@verb("correction.draft")
def draft(*, batch: Batch, change: Change, reason: str, by: User) -> Release:
    """Write one more change into the next version of a batch's list. It is public when enough other people have approved it.

    A row is taken out only after its platform has lost the tier, so that list and tier never contradict each other.
    """
    require(by, Permission.DECISION_PREPARE, batch)
    batch = lock(batch)
    base, open_one = current(batch), waiting(batch)
    if base is None:
        raise IllegalStep(_("这个批次还没有公布名单。"))
    if not reason.strip():
        raise Invalid([Problem("reason", "required", _("请写明原因。"))])
    before = open_one or base
    entries = entries_of(before)
    row = next((entry for entry in entries if entry["platform_code"] == change.platform_code), None)
    if row is None:
        raise Invalid([Problem("platform_code", "unknown", _("名单中没有这个平台。"))])
    if change.remove:
        _require_no_tier(batch, change.platform_code, row["name_zh"])
        entries = releases.renumbered([entry for entry in entries if entry is not row])
        what = _("移出“%(name)s”") % {"name": row["name_zh"]}
    else:
        corrected = {
            name: clean_text(text, max_length=limit)
            for name, text, limit in (
                ("name_zh", change.name_zh, 120),
                ("operator_zh", change.operator_zh, 400),
            )
            if text.strip() and text.strip() != row[name]
        }
        if not corrected:
            raise Invalid([Problem("name_zh", "unchanged", _("没有要更正的内容。"))])
        changed = "、".join(f"“{row[name]}”→“{text}”" for name, text in corrected.items())
        entries = [entry | corrected if entry is row else entry for entry in entries]
        what = _("更正第 %(row)d 行：%(changed)s") % {"row": row["row"], "changed": changed}
    note = f"{what}（{clean_text(reason, max_length=500)}）"
    if open_one is not None:
        note = f"{open_one.note_zh}\n{note}"
        _shelve(open_one)
    release = releases.freeze(
        batch=batch,
        kind=ReleaseKind.CORRECTION,
        title_zh=base.title_zh,
        title_en=base.title_en,
        entries=entries,
        previous=base,
        document_no=base.document_no,
        issued_on=base.issued_on,
        note_zh=note,
        by=by,
    )
    if open_one is not None:
        Release.objects.filter(Q(pk=open_one.pk) | Q(replaced_by=open_one)).update(replaced_by=release)
    return release


@verb("correction.approve")
def approve(*, batch: Batch, entries_typed: int | None, by: User) -> Release:
    """One person's approval of the waiting version; the last one needed puts it on the public record at one stroke.

    The earlier versions stay readable, with their note.
    """
    require(by, Permission.DECISION_APPROVE, batch)
    batch = lock(batch)
    found = waiting(batch)
    if found is None:
        raise IllegalStep(_("没有待公布的更正。"))
    found = lock(found)
    if by.pk in writers(found):
        raise NotPermitted(sentence=_("起草人不能批准自己起草的更正，请另一位有权限的人批准。"))
    if found.approvals.filter(approver=by).exists():
        raise Conflict(_("您已批准过这次更正。"))
    if entries_typed != found.entry_count:
        raise Invalid([Problem("entries_typed", "count", _("条数不符，请核对名单后重新填写。"))])
    if not releases.intact(found):
        raise IllegalStep(_("名单与冻结时的校验值不符，已停止公布。"))
    drafter: User = found.created_by  # type: ignore[assignment]  # a correction always has one
    ReleaseApproval.objects.create(release=found, approver=by, drafter=drafter, entries_typed=entries_typed)
    if found.approvals.count() >= batch.approvers_needed:
        _publish(batch, found)
    return found


def writers(release: Release) -> set[int | None]:
    """Whoever wrote a part of the waiting version, also in the drafts that it took over."""
    drafts = Release.objects.filter(Q(pk=release.pk) | Q(replaced_by=release))
    return set(drafts.values_list("created_by_id", flat=True))


def _publish(batch: Batch, release: Release) -> None:
    releases.make_public(release)
    failpoint("correction.before_pages")
    for notice in batch.notices.all():
        publish_notice(notice)
    publish_batch(batch)


@verb("correction.abandon")
def abandon(*, batch: Batch, reason: str, by: User) -> Release:
    """Give the waiting version up; it was never public and its number becomes free."""
    require(by, Permission.DECISION_PREPARE, batch)
    batch = lock(batch)
    found = waiting(batch)
    if found is None:
        raise IllegalStep(_("没有待公布的更正。"))
    if not reason.strip():
        raise Invalid([Problem("reason", "required", _("请写明原因。"))])
    return _shelve(found)


def _lists(batch: Batch):
    return Release.objects.filter(batch=batch, kind__in=LISTS).exclude(version__startswith="x")


def _shelve(release: Release) -> Release:
    release.version = f"x{release.pk}"
    release.save(update_fields=["version"])
    return release


def _require_no_tier(batch: Batch, code: str, name: str) -> None:
    held = Designation.objects.filter(
        platform__code=code, decision__batch=batch, status=DesignationStatus.IN_FORCE
    )
    if held.exists():
        raise IllegalStep(_("“%(name)s”的认定仍然有效，须先撤销认定，再从名单中移出。") % {"name": name})
