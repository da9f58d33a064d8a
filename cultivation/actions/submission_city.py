"""地市初审: where an authority has switched it on, the city's department checks a submission before the office goes on.

It is returned to whoever sent it, or passed on with an opinion. Where a city has nobody, or does not answer in time, the office
makes the step itself, with a reason, on record.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q
from django.utils import timezone

from cultivation import arranged, calendar
from cultivation.actions.submission import address, operators_of, refuse_unready
from cultivation.actions.submission_pins import pinned
from cultivation.audiences import tell
from cultivation.choices import SubmissionStatus
from cultivation.models import Submission
from cultivation.models.submission import SubmissionQuerySet
from cultivation.transitions import SUBMISSION
from platforms import record
from platforms.access import Permission, Role, require
from platforms.actions.verb import expect_version, lock, verb
from platforms.errors import IllegalStep, NotPermitted
from platforms.models import Authority, ImportRun, Invitation, Membership, Region, User
from platforms.notifications import authority_people, notify, people_of_operator, people_with_role
from platforms.words import gettext_lazy as _

#: Working days a city has, counted from the day after it was sent.
CITY_DAYS = 10
#: The columns of a submission that no city has had before it.
UNSEEN: dict[str, Any] = {
    "city_sent_at": None,
    "city_sent_by": None,
    "city_due_at": None,
    "city_passed_at": None,
    "city_passed_by": None,
    "city_opinion": "",
    "city_stood_in": False,
}
NOT_OPEN = _("本单位没有开通地市初审，可由审核人在“人员与密钥”中开通。")


@verb("authority.set_city_review")
def set_city_review(*, authority: Authority, on: bool, by: User) -> Authority:
    """Let the cities check first, or no longer. Switched off, what waits there goes back to the clerks at once."""
    authority = lock(authority)
    require(by, Permission.OFFICE_ARRANGE, Invitation(authority=authority))
    if authority.city_review == on:
        raise IllegalStep(_("现在已经是这样，没有改动。"))
    if on and not authority.cities().exists():
        raise IllegalStep(_("本单位没有下辖的地市，不能开通地市初审。"))
    authority.city_review = on
    authority.save(update_fields=["city_review"])
    if not on:
        _release(authority)
    return authority


def _release(authority: Authority) -> None:
    waiting = Submission.objects.filter(authority=authority)
    count = SUBMISSION.move_all(waiting, "release_from_city", by=None, version=F("version") + 1, **UNSEEN)
    if count:
        notify(
            people_with_role(Role.AUTHORITY_CLERK, authority=authority),
            kind="submission.release_from_city",
            text=_("地市初审已关闭，%(n)s 项申报转回经办人") % {"n": count},
            url=f"/authorities/{authority.pk}/submissions/?state=draft",
        )


@verb("submission.hand_to_city")
def hand_to_city(*, submission: Submission, by: User, version: int | None = None) -> Submission:
    """The operator is done; the city looks at it before the office does."""
    submission = lock(submission)
    SUBMISSION.check(submission, "hand_to_city", by=by)
    expect_version(submission, version)
    _refuse_switched_off(submission)
    return _send(submission, "hand_to_city", by, handed_in_at=timezone.now(), handed_in_by=by)


@verb("submission.send_to_city")
def send_to_city(
    *,
    submission: Submission,
    by: User,
    version: int | None = None,
    lookups: record.Lookups | None = None,
    announce: bool = True,
) -> Submission:
    """The clerk's complete draft goes to the city. What has passed once does not go there again."""
    submission = lock(submission)
    SUBMISSION.check(submission, "send_to_city", by=by)
    expect_version(submission, version)
    _refuse_switched_off(submission)
    if submission.city_passed_at is not None:
        raise IllegalStep(_("这份申报已经通过地市初审，可以提交给审核人。"))
    refuse_unready(submission, lookups)
    written = {"payload": submission.payload, "name_zh": submission.name_zh, "unfinished": {}}
    return _send(submission, "send_to_city", by, announce=announce, **written)


def _refuse_switched_off(submission: Submission) -> None:
    if not submission.authority.city_review:
        raise IllegalStep(NOT_OPEN)


def _send(submission: Submission, name: str, by: User, *, announce: bool = True, **more: Any) -> Submission:
    city = city_of(submission)
    facts = {**UNSEEN, "city": city, "city_due_at": due_at(submission.correction_due_at), **more}
    del facts["city_sent_at"], facts["city_sent_by"]
    SUBMISSION.move(submission, name, by=by, version=submission.version + 1, **facts)
    if announce:
        text = _("“%(name)s”等待地市初审（%(number)s）") % _named(submission)
        transition, due = SUBMISSION.find(name), submission.city_due_at
        if not tell(transition, submission, text=text, url=address(submission), by=by, due_at=due):
            tell_vacant(
                submission.authority, city, url=address(submission), key=f"submission:{submission.pk}"
            )
    return submission


def city_of(submission: Submission) -> Region | None:
    """The city in which the platform stands, if it answers to the submission's authority."""
    code = submission.payload.get("platform", {}).get("city")
    return submission.authority.cities().filter(pk=code).first() if code else None


def due_at(correction_due_at: datetime.datetime | None, on: datetime.date | None = None) -> datetime.datetime:
    """Until when a city has what is sent to it on this day; not longer than the ministry has given for a correction."""
    following = (on or timezone.localdate()) + calendar.ONE_DAY
    closes = arranged.working_days(following, CITY_DAYS).closes_at
    return min(closes, correction_due_at) if correction_due_at else closes


def tell_vacant(authority: Authority, city: Region | None, *, url: str, key: str) -> None:
    """The office hears that what was sent to a city has nobody there to look at it; once a day for the same thing."""
    text = _("%(city)s还没有初审人员：请在“人员与密钥”中邀请，或由经办人代行初审") % {
        "city": city.name_zh if city else str(_("所填城市"))
    }
    key = f"{key}:vacant:{timezone.localdate()}"
    notify(authority_people(authority), kind="submission.city_vacant", text=text, url=url, key=key)


def tell_cities(run: ImportRun) -> int:
    """Each city hears once how many of an import wait for it; returns how many wait in all."""
    rows = Submission.objects.in_state(SubmissionStatus.CITY_REVIEW).filter(import_run=run)
    counts = dict(rows.order_by().values_list("city").annotate(n=Count("pk")))
    cities = Region.objects.in_bulk([code for code in counts if code])
    for code, count in counts.items():
        city = cities.get(code) if code else None
        people, key = reviewers_of(run.authority, city), f"import_run:{run.pk}:{code or ''}"
        if not people:
            tell_vacant(run.authority, city, url=f"/authorities/{run.authority_id}/people/", key=key)
            continue
        text = _("有 %(n)s 项申报等待地市初审（导入 %(run)s）") % {"run": run, "n": count}
        notify(people, kind="import_run.to_city", text=text, url="/city-review/", key=key)
    return sum(counts.values())


@verb("submission.city_pass")
def city_pass(*, submission: Submission, by: User, reason: str, version: int | None = None) -> Submission:
    """The city has no objection; its opinion (``reason``) goes with the submission to the office."""
    submission = lock(submission)
    SUBMISSION.check(submission, "city_pass", by=by, reason=reason)
    expect_version(submission, version)
    _refuse_own(submission, by)
    return _passed(submission, "city_pass", by, reason)


@verb("submission.stand_in_for_city")
def stand_in_for_city(
    *, submission: Submission, by: User, reason: str, version: int | None = None
) -> Submission:
    """The office makes the city's step itself, where nobody there can or somebody has not in time; ``reason`` says so."""
    submission = lock(submission)
    SUBMISSION.check(submission, "stand_in_for_city", by=by, reason=reason)
    expect_version(submission, version)
    if not may_stand_in(submission):
        raise IllegalStep(_("该市有初审人员，初审也没有逾期，请等待或催办；需要修改时可以收回。"))
    return _passed(submission, "stand_in_for_city", by, reason, city_stood_in=True)


def _passed(submission: Submission, name: str, by: User, opinion: str, **more: Any) -> Submission:
    """Pins of the city are settled with its passing; those of the ministry last until the ministry has decided anew."""
    SUBMISSION.move(
        submission,
        name,
        by=by,
        reason=opinion,
        city_opinion=opinion.strip(),
        returned_fields=submission.returned_fields if submission.decided_at else [],
        version=submission.version + 1,
        **more,
    )
    text = _("“%(name)s”已过地市初审：%(opinion)s") % {**_named(submission), "opinion": opinion}
    tell(SUBMISSION.find(name), submission, text=text, url=address(submission), by=by)
    return submission


@verb("submission.city_return")
def city_return(
    *,
    submission: Submission,
    by: User,
    reason: str,
    fields: Mapping[str, str] | None = None,
    version: int | None = None,
) -> Submission:
    """Back to the clerk who sent it, with what to correct."""
    return _return(submission, "city_return", by, reason, fields, version)


@verb("submission.city_return_operator")
def city_return_operator(
    *,
    submission: Submission,
    by: User,
    reason: str,
    fields: Mapping[str, str] | None = None,
    version: int | None = None,
) -> Submission:
    """Back to the operator who sent it, with what to correct."""
    return _return(submission, "city_return_operator", by, reason, fields, version)


def _return(
    submission: Submission,
    name: str,
    by: User,
    reason: str,
    fields: Mapping[str, str] | None,
    version: int | None,
) -> Submission:
    submission = lock(submission)
    transition = SUBMISSION.check(submission, name, by=by, reason=reason)
    expect_version(submission, version)
    _refuse_own(submission, by)
    if way_back(submission) != name:
        raise IllegalStep(_("申报由谁送来就退回给谁，请用页面上的退回办理。"))
    SUBMISSION.move(
        submission,
        name,
        by=by,
        reason=reason,
        return_reason=reason,
        returned_fields=pinned(fields),
        version=submission.version + 1,
    )
    text = _("“%(name)s”被地市初审退回：%(reason)s") % {**_named(submission), "reason": reason}
    tell(transition, submission, text=text, url=address(submission), by=by)
    return submission


def way_back(submission: Submission) -> str:
    """The move that returns it to whoever sent it; to the clerks where the operator cannot write any more."""
    by_operator = submission.city_sent_by_id and submission.city_sent_by_id == submission.handed_in_by_id
    if not by_operator or not submission.authority.self_service or submission.operator is None:
        return "city_return"
    return "city_return_operator" if people_of_operator(submission.operator) else "city_return"


@verb("submission.fetch_from_city")
def fetch_from_city(*, submission: Submission, by: User, version: int | None = None) -> Submission:
    """The office takes it back before the city has answered; to go on it is sent there again."""
    submission = lock(submission)
    transition = SUBMISSION.check(submission, "fetch_from_city", by=by)
    expect_version(submission, version)
    SUBMISSION.move(submission, "fetch_from_city", by=by, version=submission.version + 1, **UNSEEN)
    text = _("“%(name)s”已由推荐单位从地市收回") % _named(submission)
    tell(transition, submission, text=text, url=address(submission), by=by)
    return submission


def closed(submission: Submission) -> set[str]:
    """The moves of the table that this submission's authority, or its way so far, does not leave open."""
    if not submission.authority.city_review:
        return {"hand_to_city", "send_to_city", "stand_in_for_city"}
    ways = {"city_return", "city_return_operator"} - {way_back(submission)}
    passed = {"send_to_city"} if submission.city_passed_at else {"prepare"}
    return {"hand_in", *ways, *passed} | (set() if may_stand_in(submission) else {"stand_in_for_city"})


def may_stand_in(submission: Submission) -> bool:
    """Whether the office may make the city's step: nobody is there, or the time is over."""
    late = submission.city_due_at is not None and submission.city_due_at <= timezone.now()
    return late or not reviewers_of(submission.authority, submission.city)


def reviewers_of(authority: Authority, city: Region | None) -> list[User]:
    return people_with_role(Role.CITY_REVIEWER, authority=authority, city=city) if city else []


def unattended(rows: SubmissionQuerySet) -> SubmissionQuerySet:
    """Of these, what waits with a city that has nobody, or longer than it has time: ``may_stand_in`` for a set."""
    there = Membership.objects.in_force().filter(
        role=Role.CITY_REVIEWER,
        authority=OuterRef("authority"),
        city=OuterRef("city"),
        user__is_active=True,
    )
    waiting = rows.in_state(SubmissionStatus.CITY_REVIEW)
    return waiting.filter(Q(city_due_at__lte=timezone.now()) | ~Exists(there))


def _refuse_own(submission: Submission, by: User) -> None:
    if submission.handed_in_by_id == by.pk or submission.operator in operators_of(by):
        raise NotPermitted(sentence=_("您是该建设单位的填报人，不能初审本单位的申报。"))


def _named(submission: Submission) -> dict[str, str]:
    return {"name": str(submission), "number": submission.number}
