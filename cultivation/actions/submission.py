"""申报, the authority's side: write, hand over, approve, take back. The ministry's side is ``submission_acceptance``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from cultivation.actions.submission_duplicate import refuse_duplicate
from cultivation.actions.submission_number import next_number
from cultivation.actions.submission_pins import pinned, refuse_locked
from cultivation.audiences import tell
from cultivation.choices import SubmissionKind, SubmissionStatus
from cultivation.models import Submission
from cultivation.transitions import SUBMISSION
from platforms import record
from platforms.access import Permission, reach, require
from platforms.actions.verb import expect_version, lock, verb
from platforms.choices import PlatformStatus
from platforms.errors import UNDER_WAY, Conflict, IllegalStep, Invalid, NotPermitted, Problem
from platforms.models import Authority, Document, ImportRow, ImportRun, Operator, Platform, User
from platforms.words import gettext_lazy as _

#: Who holds the pen in which state; in every other nobody does.
PENS = {
    SubmissionStatus.DRAFT: Permission.SUBMISSION_PREPARE,
    SubmissionStatus.RETURNED: Permission.SUBMISSION_PREPARE,
    SubmissionStatus.FILLING: Permission.SUBMISSION_FILL,
}
#: Why the office does not go on yet where cities check first.
NOT_PASSED = _("本单位已开通地市初审：请先送所在市初审，通过后再提交给审核人。")


@verb("submission.create")
def create_draft(
    *,
    authority: Authority,
    by: User,
    payload: dict[str, Any] | None = None,
    kind: str = SubmissionKind.NEW,
    platform: Platform | None = None,
    import_run: ImportRun | None = None,
    import_row: ImportRow | None = None,
    lookups: record.Lookups | None = None,
    unfinished: dict[str, str] | None = None,
    start_key: str = "",
    filled_by: Operator | None = None,
) -> Submission:
    """A new draft. A change names its platform and starts from the record as it is when no ``payload`` is given.

    Wrong values are refused with all problems at once; empty ones are allowed until the draft is handed over. With
    ``filled_by`` it is begun by that operator's own person, who hands it in to the authority.
    """
    submission = Submission(authority=authority, kind=kind, created_by=by, import_run=import_run)
    submission.unfinished, submission.start_key = unfinished or {}, start_key or None
    if filled_by is not None:
        submission.status, submission.operator = SubmissionStatus.FILLING, filled_by
    require_pen(submission, by)
    submission.import_row = import_row
    if kind == SubmissionKind.CHANGE:
        payload = _start_change(submission, platform, payload)
    if payload is None:
        payload = record.empty_payload()
    elif kind == SubmissionKind.NEW or record.differences(submission.payload, payload):
        payload = _checked(payload, lookups, draft=True)
    _set_payload(submission, payload)
    refuse_duplicate(submission)
    submission.number = next_number()
    submission.save(force_insert=True)
    return submission


def _start_change(
    submission: Submission, platform: Platform | None, payload: dict[str, Any] | None
) -> dict[str, Any]:
    """Tie the draft to the platform's present version; what is not given is the record as it stands."""
    if platform is None:
        raise Invalid([Problem("platform", "required", _("变更必须指明平台。"))])
    platform = Platform.objects.with_everything().get(pk=platform.pk)
    require(submission.created_by, Permission.PLATFORM_VIEW, platform)
    if submission.status == SubmissionStatus.FILLING:
        require(submission.created_by, Permission.SUBMISSION_FILL, platform)
    if platform.authority_id != submission.authority_id or platform.status != PlatformStatus.ACTIVE:
        raise IllegalStep(_("“%(platform)s”不能由本单位提出变更。") % {"platform": platform})
    under_way = Submission.objects.open().filter(platform=platform).first()
    if under_way is not None:
        raise Conflict(UNDER_WAY % {"number": under_way.number})
    submission.platform, submission.base_version = platform, platform.version
    submission.payload = record.payload_of(platform)
    return submission.payload if payload is None else payload


@verb("submission.save")
def save_draft(
    *,
    submission: Submission,
    payload: dict[str, Any],
    by: User,
    version: int | None = None,
    lookups: record.Lookups | None = None,
    section: str = "",
) -> Submission:
    """Store the whole proposed record. After a return with pinned fields only those may change.

    What was kept unfinished of ``section`` (of the whole record where none is named) is thereby settled.
    """
    submission = lock_for_writing(submission, by)
    expect_version(submission, version)
    payload = _checked(payload, lookups, draft=True)
    left = {
        path: text for path, text in submission.unfinished.items() if section and not within(path, section)
    }
    return store(submission, payload, left)


def lock_for_writing(submission: Submission, by: User) -> Submission:
    """The draft, locked, once it is certain that this person may write in it now."""
    submission = lock(submission)
    require_pen(submission, by)
    return submission


def require_pen(submission: Submission, by: User) -> None:
    """Raise unless this person may write in the submission as it stands."""
    permission, mine = PENS.get(SubmissionStatus(submission.status)), reach(by)
    if permission is not None and mine.may(permission, submission):
        return
    if not any(mine.may(right, submission) for right in set(PENS.values())):
        require(by, permission or Permission.SUBMISSION_PREPARE, submission)
    raise IllegalStep(
        _("“%(record)s”现在是“%(state)s”，不能修改。")
        % {"record": submission, "state": submission.get_status_display()}
    )


def may_write(submission: Submission, user: User) -> bool:
    permission = PENS.get(SubmissionStatus(submission.status))
    return permission is not None and reach(user).may(permission, submission)


def store(submission: Submission, payload: dict[str, Any], unfinished: dict[str, str]) -> Submission:
    """Write a checked payload into the locked draft, as a new version if anything is different."""
    refuse_locked(submission, payload)
    if unfinished == submission.unfinished and not record.differences(submission.payload, payload):
        return submission
    submission.unfinished = unfinished
    _set_payload(submission, payload)
    refuse_duplicate(submission)
    submission.version += 1
    submission.updated_at = timezone.now()
    submission.save(update_fields=["payload", "unfinished", "name_zh", "version", "updated_at"])
    return submission


def within(path: str, section: str) -> bool:
    """Whether a place of the payload (``equipment/3/quantity``) is written on the page of this section."""
    return record.field(path).section == section


@verb("submission.rebase")
def rebase(*, submission: Submission, by: User) -> Submission:
    """Write a change against the platform as it is now. The differences shown from then on are to the new version."""
    submission = lock(submission)
    require_pen(submission, by)
    if submission.platform is None:
        raise IllegalStep(_("只有没有交出的变更可以改按最新记录填报。"))
    submission.base_version = submission.platform.version
    submission.version += 1
    submission.updated_at = timezone.now()
    submission.save(update_fields=["base_version", "version", "updated_at"])
    return submission


@verb("submission.prepare")
def prepare(
    *,
    submission: Submission,
    by: User,
    version: int | None = None,
    lookups: record.Lookups | None = None,
    announce: bool = True,
    declared: bool = False,
) -> Submission:
    """Hand a complete draft to the approver of the same authority. ``declared``: the person declares that nothing in it is a
    state secret; who declared it and when goes with the submission, and the pages ask for it every time."""
    submission = lock(submission)
    transition = SUBMISSION.check(submission, "prepare", by=by)
    expect_version(submission, version)
    if awaits_city(submission):
        raise IllegalStep(NOT_PASSED)
    refuse_unready(submission, lookups)
    SUBMISSION.move(
        submission,
        "prepare",
        by=by,
        payload=submission.payload,
        name_zh=submission.name_zh,
        unfinished={},
        declared_at=timezone.now() if declared else None,
        declared_by=by if declared else None,
        version=submission.version + 1,
        submitted_at=None,
        submitted_by=None,
        decided_at=None,
        decided_by=None,
    )
    if announce:
        tell(
            transition,
            submission,
            text=_("“%(name)s”等待审核（%(number)s）") % _named(submission),
            url=address(submission),
            by=by,
        )
    return submission


def awaits_city(submission: Submission) -> bool:
    """Whether a city has to pass it before the office may go on."""
    return submission.authority.city_review and submission.city_passed_at is None


def refuse_unready(submission: Submission, lookups: record.Lookups | None) -> None:
    """Raise unless what was typed is a complete record that nobody else has under way, written against the newest."""
    _set_payload(submission, _checked(submission.as_written, lookups))
    refuse_duplicate(submission)
    refuse_stale(submission)


@verb("submission.take_back")
def take_back(*, submission: Submission, by: User, version: int | None = None) -> Submission:
    """The author changes something after all, before the approver has decided."""
    submission = lock(submission)
    expect_version(submission, version)
    return SUBMISSION.move(
        submission, "take_back", by=by, version=submission.version + 1, prepared_at=None, prepared_by=None
    )


@verb("submission.submit")
def submit(
    *, submission: Submission, by: User, version: int | None = None, announce: bool = True
) -> Submission:
    """Approve and send to the ministry. Nobody approves what they prepared themselves."""
    submission = lock(submission)
    transition = SUBMISSION.check(submission, "submit", by=by)
    expect_version(submission, version)
    filled = submission.operator_id and submission.operator in operators_of(by)
    if filled or submission.handed_in_by_id == by.pk:  # also after leaving the operator
        raise NotPermitted(sentence=_("您是该建设单位的填报人，不能审核本单位的申报，请由另一位审核人办理。"))
    if submission.prepared_by_id == by.pk:
        raise NotPermitted(
            sentence=_("您是这份申报的填报人，不能审核自己填报的内容，请由本单位另一位审核人办理。")
        )
    refuse_stale(submission)
    SUBMISSION.move(submission, "submit", by=by, version=submission.version + 1)
    sent = submission.attachments.in_force().values("document")
    Document.objects.filter(pk__in=sent, sent_at=None).update(sent_at=submission.submitted_at)
    if announce:
        tell(
            transition,
            submission,
            text=_("%(authority)s上报“%(name)s”（%(number)s）") % _named(submission),
            url=f"/ministry/submissions/{submission.number}/",
            by=by,
        )
    return submission


@verb("submission.send_back")
def send_back(
    *,
    submission: Submission,
    by: User,
    reason: str,
    fields: Mapping[str, str] | None = None,
    version: int | None = None,
) -> Submission:
    """The approver returns it to the author. ``fields`` maps the places to correct to a reason each (may be empty)."""
    submission = lock(submission)
    transition = SUBMISSION.check(submission, "send_back", by=by, reason=reason)
    expect_version(submission, version)
    SUBMISSION.move(
        submission,
        "send_back",
        by=by,
        reason=reason,
        return_reason=reason,
        returned_fields=pinned(fields),
        correction_due_at=None,
        version=submission.version + 1,
    )
    tell(
        transition,
        submission,
        text=_("“%(name)s”被退回修改：%(reason)s") % {**_named(submission), "reason": reason},
        url=address(submission),
        by=by,
    )
    return submission


@verb("submission.withdraw")
def withdraw(*, submission: Submission, by: User, reason: str = "", version: int | None = None) -> Submission:
    """Give the submission up. It stays in the list and its history; a new one may be written."""
    submission = lock(submission)
    expect_version(submission, version)
    return SUBMISSION.move(submission, "withdraw", by=by, reason=reason, version=submission.version + 1)


def operators_of(user: User) -> list[Operator]:
    """The operators this person fills in for."""
    held = user.memberships.in_force().filter(operator__isnull=False)
    return [membership.operator for membership in held.select_related("operator")]


def address(submission: Submission) -> str:
    """Where the submission is read in the authority's workspace."""
    return f"/authorities/{submission.authority_id}/submissions/{submission.number}/"


def refuse_stale(submission: Submission) -> None:
    """A change written against an older version must not silently undo what happened since."""
    if submission.kind != SubmissionKind.CHANGE or submission.platform_id is None:
        return
    platform = Platform.objects.with_everything().get(pk=submission.platform_id)
    if platform.version == submission.base_version:
        return
    names = labels(record.differences(record.payload_of(platform), submission.payload))
    raise Conflict(
        _("平台记录在填报之后已经更新，请按最新记录核对后再提交。与最新记录不一致：%(fields)s。")
        % {"fields": "、".join(names) or "—"}
    )


def labels(differences: list[dict[str, Any]]) -> list[str]:
    """What the changed places are called, each once."""
    names: dict[str, None] = {}
    for difference in differences:
        aggregate, _slash, rest = difference["field"].partition("/")
        label = record.LIST_LABELS[aggregate] if rest.isdigit() else record.field(difference["field"]).label
        names[str(label)] = None
    return list(names)


def _named(submission: Submission) -> dict[str, str]:
    return {
        "name": str(submission),
        "number": submission.number,
        "authority": submission.authority.name_zh,
    }


def _checked(
    payload: dict[str, Any], lookups: record.Lookups | None, *, draft: bool = False
) -> dict[str, Any]:
    found = record.check(payload, lookups or record.Lookups.load(), draft=draft)
    if found.problems:
        raise Invalid(found.problems)
    return found.payload


def _set_payload(submission: Submission, payload: dict[str, Any]) -> None:
    submission.payload = payload
    submission.name_zh = payload["platform"].get("name_zh", "")
