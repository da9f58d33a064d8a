"""申报, written by the operator itself: the office passes the pen on, takes it back, or is handed the finished draft."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cultivation.actions.submission import address
from cultivation.actions.submission_city import UNSEEN, closed
from cultivation.actions.submission_pins import pinned
from cultivation.audiences import tell
from cultivation.models import Submission
from cultivation.transitions import SUBMISSION
from platforms.actions.verb import expect_version, lock, verb
from platforms.errors import IllegalStep
from platforms.models import Operator, User
from platforms.notifications import people_of_operator
from platforms.transitions import Transition
from platforms.words import gettext_lazy as _


def offered(submission: Submission, by: Any) -> list[Transition]:
    """The moves of the table that are open to a person in the way this authority works."""
    shut = closed(submission)
    if not submission.authority.self_service:
        shut.add("ask_operator")
    return [move for move in SUBMISSION.available(submission, by) if move.verb not in shut]


@verb("submission.ask_operator")
def ask_operator(
    *,
    submission: Submission,
    by: User,
    reason: str,
    fields: Mapping[str, str] | None = None,
    version: int | None = None,
) -> Submission:
    """Give the draft to the operator's own people, with what is asked of them. Without ``fields`` what the ministry has
    pinned stays pinned. What the operator writes goes past the city again."""
    submission = lock(submission)
    transition = SUBMISSION.check(submission, "ask_operator", by=by, reason=reason)
    expect_version(submission, version)
    operator = whose(submission)
    if not submission.authority.self_service:
        raise IllegalStep(_("本单位没有开通建设单位自助填报，可由审核人在“人员与密钥”中开通。"))
    if operator is None or not people_of_operator(operator):
        raise IllegalStep(_("该建设单位还没有填报人账户，可在“人员与密钥”中邀请。"))
    SUBMISSION.move(
        submission,
        "ask_operator",
        by=by,
        reason=reason,
        operator=operator,
        return_reason=reason,
        returned_fields=pinned(fields) or submission.returned_fields,
        handed_in_at=None,
        handed_in_by=None,
        **UNSEEN,
        version=submission.version + 1,
    )
    text = _("请填写“%(name)s”：%(reason)s") % {"name": submission, "reason": reason}
    tell(transition, submission, text=text, url=address(submission), by=by)
    return submission


@verb("submission.hand_in")
def hand_in(*, submission: Submission, by: User, version: int | None = None) -> Submission:
    """The operator is done; from here on the office checks, completes and sends it up."""
    submission = lock(submission)
    transition = SUBMISSION.check(submission, "hand_in", by=by)
    expect_version(submission, version)
    if submission.authority.city_review:
        raise IllegalStep(_("推荐单位已开通地市初审，请交地市初审。"))
    SUBMISSION.move(submission, "hand_in", by=by, version=submission.version + 1)
    text = _("建设单位交来“%(name)s”（%(number)s）") % {"name": submission, "number": submission.number}
    tell(transition, submission, text=text, url=address(submission), by=by)
    return submission


@verb("submission.fetch_back")
def fetch_back(*, submission: Submission, by: User, version: int | None = None) -> Submission:
    """The office goes on by itself; what the operator has written stays."""
    submission = lock(submission)
    transition = SUBMISSION.check(submission, "fetch_back", by=by)
    expect_version(submission, version)
    SUBMISSION.move(submission, "fetch_back", by=by, version=submission.version + 1)
    text = _("“%(name)s”已由推荐单位收回自行填报") % {"name": submission}
    tell(transition, submission, text=text, url=address(submission), by=by)
    return submission


def whose(submission: Submission) -> Operator | None:
    """The operator the draft is about: of its platform, or named by its code."""
    if submission.platform is not None:
        return submission.platform.operator
    uscc = submission.payload.get("operator", {}).get("uscc")
    return Operator.objects.filter(uscc=uscc).first() if uscc else None
