"""申报, the ministry's side: accept into the register, return for correction, reject."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, cast

from django.utils import timezone

from cultivation.actions.designation import designate
from cultivation.actions.submission import address, refuse_stale
from cultivation.actions.submission_contact import write_contact
from cultivation.actions.submission_pins import pinned
from cultivation.audiences import tell
from cultivation.choices import SubmissionKind
from cultivation.models import Submission
from cultivation.transitions import SUBMISSION
from platforms import record
from platforms.actions import platform as platforms
from platforms.actions.verb import expect_version, lock, verb
from platforms.choices import PlatformStatus, Tier
from platforms.errors import IllegalStep, Invalid
from platforms.models import FormerName, Operator, Platform, User
from platforms.publish import publish
from platforms.words import gettext_lazy as _


@verb("submission.accept")
def accept(
    *,
    submission: Submission,
    by: User,
    reason: str = "",
    version: int | None = None,
    lookups: record.Lookups | None = None,
    demo: bool = False,
    announce: bool = True,
) -> Submission:
    """Write the proposed record into the register and publish it. A new platform gets its code and enters the reserve."""
    submission = lock(submission)
    transition = SUBMISSION.check(submission, "accept", by=by, reason=reason)
    expect_version(submission, version)
    found = record.check(submission.payload, lookups or record.Lookups.load())
    if found.problems:
        raise Invalid(found.problems)
    if submission.kind == SubmissionKind.CHANGE:
        platform = _change(submission, found.payload)
    else:
        platform = _enter(submission, found.payload, demo=demo)
    SUBMISSION.move(
        submission,
        "accept",
        by=by,
        reason=reason,
        platform=platform,
        operator=platform.operator,
        payload=found.payload,
        version=submission.version + 1,
        returned_fields=[],
        return_reason="",
        correction_due_at=None,
    )
    write_contact(platform, submission)
    publish(platform)
    if announce:
        tell(
            transition,
            submission,
            text=_("“%(name)s”已入库，编号 %(code)s") % {"name": platform, "code": platform.code},
            url=address(submission),
            by=by,
        )
    return submission


@verb("submission.return")
def return_(
    *,
    submission: Submission,
    by: User,
    reason: str,
    fields: Mapping[str, str] | None = None,
    due_at: datetime.datetime | None = None,
    version: int | None = None,
) -> Submission:
    """Ask the authority for corrections. With ``fields`` only these places may be changed; ``due_at`` is exclusive."""
    submission = lock(submission)
    transition = SUBMISSION.check(submission, "return", by=by, reason=reason)
    expect_version(submission, version)
    if due_at is not None and due_at <= timezone.now():
        raise IllegalStep(_("补正截止时间应在现在之后。"))
    SUBMISSION.move(
        submission,
        "return",
        by=by,
        reason=reason,
        return_reason=reason,
        returned_fields=pinned(fields),
        correction_due_at=due_at,
        version=submission.version + 1,
    )
    tell(
        transition,
        submission,
        text=_("“%(name)s”退回补正：%(reason)s") % {"name": submission, "reason": reason},
        url=address(submission),
        by=by,
        due_at=due_at,
    )
    return submission


@verb("submission.reject")
def reject(*, submission: Submission, by: User, reason: str, version: int | None = None) -> Submission:
    """Refuse for good, with the reason; the authority may write a new submission."""
    submission = lock(submission)
    transition = SUBMISSION.check(submission, "reject", by=by, reason=reason)
    expect_version(submission, version)
    SUBMISSION.move(submission, "reject", by=by, reason=reason, version=submission.version + 1)
    tell(
        transition,
        submission,
        text=_("“%(name)s”不予受理：%(reason)s") % {"name": submission, "reason": reason},
        url=address(submission),
        by=by,
    )
    return submission


def _enter(submission: Submission, payload: dict[str, Any], *, demo: bool) -> Platform:
    """A platform that was not in the register. Version 0 until its first designation makes it 1."""
    before = _operator_values(payload)
    platform = Platform(
        code=platforms.next_code(payload["platform"]["region"]),
        authority=submission.authority,
        demo=demo,
        version=0,
        confirmed_on=timezone.localdate(),
    )
    record.apply(platform, payload)
    _spread_operator(platform, payload, before)
    designate(
        platform=platform,
        tier=Tier.RESERVE,
        on=timezone.localdate(),
        submission=submission,
        basis=str(_("受理申报 %(number)s") % {"number": submission.number}),
    )
    return platform


def _change(submission: Submission, payload: dict[str, Any]) -> Platform:
    """Bring a platform up to date; a name that goes out of use stays searchable."""
    # The database lets no change be without its platform.
    platform = lock(cast(Platform, submission.platform))
    if platform.status != PlatformStatus.ACTIVE:
        raise IllegalStep(
            _("“%(platform)s”现在是“%(state)s”，不能变更。")
            % {"platform": platform, "state": platform.get_status_display()}
        )
    refuse_stale(submission)
    _name_operator(platform, payload)
    name, before = platform.name_zh, _operator_values(payload)
    platform.version += 1
    platform.updated_at = timezone.now()
    platform.confirmed_on = timezone.localdate()
    record.apply(platform, payload)
    _spread_operator(platform, payload, before)
    if platform.name_zh != name:
        FormerName.objects.create(platform=platform, name_zh=name, until=timezone.localdate())
    return platform


def _operator_values(payload: dict[str, Any]) -> dict[str, Any] | None:
    operator = Operator.objects.filter(uscc=payload["operator"]["uscc"]).first()
    return record.values_of(operator, "operator") if operator else None


def _name_operator(platform: Platform, payload: dict[str, Any]) -> None:
    """An operator whose code was never published gets the one that is given now, instead of a twin."""
    operator, uscc = platform.operator, payload["operator"]["uscc"]
    if operator is None or operator.uscc or Operator.objects.filter(uscc=uscc).exists():
        return
    operator.uscc = uscc
    operator.save(update_fields=["uscc"])


def _spread_operator(platform: Platform, payload: dict[str, Any], before: dict[str, Any] | None) -> None:
    """An operator's new name or form shows on its other platforms too, and makes drafts written against them stale."""
    if before is None or before == payload["operator"]:
        return
    for sibling in Platform.objects.active().filter(operator=platform.operator).exclude(pk=platform.pk):
        sibling = lock(sibling)
        sibling.version += 1
        sibling.updated_at = timezone.now()
        sibling.save(update_fields=["version", "updated_at"])
        publish(sibling)
