"""Many submissions with one act: a job that handles one after another, each in its own transaction.

The move of a record and the job's cursor commit together, so a worker that dies half-way leaves nothing undone twice and
nothing out. What one record refuses is kept as a sentence; the others go on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from django.db import transaction

from cultivation.actions import submission as authority_side
from cultivation.actions import submission_acceptance as ministry_side
from cultivation.actions import submission_city as city_side
from cultivation.models import Submission
from cultivation.transitions import SUBMISSION
from platforms import record
from platforms.access import Role, require
from platforms.errors import DomainError
from platforms.failpoints import failpoint
from platforms.jobs import Work, enqueue, handler
from platforms.models import Authority, Job, User
from platforms.notifications import authority_people, notify, people_with_role
from platforms.words import gettext_lazy as _

PREPARE, SUBMIT, ACCEPT = "submission.prepare_many", "submission.submit_many", "submission.accept_many"
TO_CITY = "submission.send_to_city_many"


def prepare_many(
    *,
    submissions: Iterable[Submission],
    by: User,
    authority: Authority,
    nonce: str = "",
    declared: bool = False,
) -> Job:
    """Hand all complete drafts among ``submissions`` to the approver, with the declaration made for all of them."""
    return _start(PREPARE, submissions, by, authority, nonce, declared=declared)


def send_to_city_many(
    *, submissions: Iterable[Submission], by: User, authority: Authority, nonce: str = ""
) -> Job:
    """Send all complete drafts among ``submissions`` to their cities, where those check first."""
    return _start(TO_CITY, submissions, by, authority, nonce)


def submit_many(*, submissions: Iterable[Submission], by: User, authority: Authority, nonce: str = "") -> Job:
    """Approve and send all of ``submissions`` that the person may approve."""
    return _start(SUBMIT, submissions, by, authority, nonce)


def accept_many(*, submissions: Iterable[Submission], by: User, nonce: str = "") -> Job:
    """Accept all of ``submissions`` into the register."""
    return _start(ACCEPT, submissions, by, None, nonce)


def _start(
    kind: str,
    submissions: Iterable[Submission],
    by: User,
    authority: Authority | None,
    nonce: str,
    **facts: Any,
) -> Job:
    """Queue the job. Pressing the same button of the same page twice gives the same job (``nonce``)."""
    acting_for = Submission(authority=authority) if authority else None
    require(by, SUBMISSION.find(VERBS[kind][0]).permission, acting_for)
    numbers = [submission.pk for submission in submissions]
    with transaction.atomic():
        return enqueue(
            kind,
            params={"submissions": numbers, **facts},
            by=by,
            authority=authority,
            total=len(numbers),
            unique_key=f"{kind}:{by.pk}:{nonce}" if nonce else None,
        )


Facts = dict[str, Any]


def _prepare(submission: Submission, by: User, lookups: record.Lookups, params: Facts) -> None:
    declared = bool(params.get("declared"))
    authority_side.prepare(submission=submission, by=by, lookups=lookups, announce=False, declared=declared)


def _to_city(submission: Submission, by: User, lookups: record.Lookups, params: Facts) -> None:
    city_side.send_to_city(submission=submission, by=by, lookups=lookups)


def _submit(submission: Submission, by: User, lookups: record.Lookups, params: Facts) -> None:
    authority_side.submit(submission=submission, by=by, announce=False)


def _accept(submission: Submission, by: User, lookups: record.Lookups, params: Facts) -> None:
    ministry_side.accept(submission=submission, by=by, lookups=lookups, announce=False)


VERBS: dict[str, tuple[str, Callable[[Submission, User, record.Lookups, Facts], None]]] = {
    TO_CITY: ("send_to_city", _to_city),
    PREPARE: ("prepare", _prepare),
    SUBMIT: ("submit", _submit),
    ACCEPT: ("accept", _accept),
}


@handler(TO_CITY)
@handler(PREPARE)
@handler(SUBMIT)
@handler(ACCEPT)
def move_many(work: Work) -> dict[str, Any]:
    """Take the submissions in turn from where the cursor stands. Result: ``{"moved": n, "refused": [{number, name, reason}]}``."""
    verb, act = VERBS[work.job.kind]
    numbers = work.params["submissions"]
    cursor = {"next": 0, "moved": [], "refused": [], **work.cursor}
    work.step(str(SUBMISSION.find(verb).label), total=len(numbers), done=cursor["next"])
    lookups = record.Lookups.load()
    for index in range(cursor["next"], len(numbers)):
        failpoint(f"{work.job.kind}.{index}")
        with transaction.atomic():
            cursor = _one(numbers[index], act, work, lookups, cursor)
            work.advance(done=index + 1, cursor={**cursor, "next": index + 1})
            failpoint(f"{work.job.kind}.{index}.before_commit")
    _announce(work, cursor["moved"], len(cursor["refused"]))
    return {"moved": len(cursor["moved"]), "refused": cursor["refused"]}


def _one(
    number: int,
    act: Callable[[Submission, User, record.Lookups, Facts], None],
    work: Work,
    lookups: record.Lookups,
    cursor: dict[str, Any],
) -> dict[str, Any]:
    """Move one submission, or keep why not. The person is read again each time: rights may end while the job runs."""
    submission = Submission.objects.get(pk=number)
    try:
        act(submission, work.by(), lookups, work.params)  # type: ignore[arg-type]
    except DomainError as error:
        refusal = {"number": submission.number, "name": submission.name_zh, "reason": str(error)}
        return {**cursor, "refused": [*cursor["refused"], refusal]}
    return {**cursor, "moved": [*cursor["moved"], number]}


def _announce(work: Work, moved: list[int], refused: int) -> None:
    """One message per office instead of one per record; keyed, so that a repeated ending tells once."""
    counts = Counter(Submission.objects.filter(pk__in=moved).values_list("authority_id", flat=True))
    if work.job.kind != TO_CITY:  # a city hears of each as it is sent
        for authority in Authority.objects.filter(code__in=counts):
            _tell_office(work.job, authority, counts[authority.code])
    by = work.by()
    if by is not None:
        notify(
            [by],
            kind=work.job.kind,
            text=(
                _("任务 %(job)s 已完成：办理 %(moved)s 项，未办理 %(refused)s 项")
                % {"job": work.job, "moved": len(moved), "refused": refused}
            ),
            url=f"/jobs/{work.job.pk}/",
            key=f"job:{work.job.pk}",
        )


def _tell_office(job: Job, authority: Authority, count: int) -> None:
    facts = {"authority": authority.name_zh, "n": count}
    people, text, url = {
        PREPARE: (
            lambda: people_with_role(Role.AUTHORITY_APPROVER, authority=authority),
            _("有 %(n)s 项申报等待审核"),
            f"/authorities/{authority.code}/submissions/?state=prepared",
        ),
        SUBMIT: (
            lambda: people_with_role(Role.MINISTRY_CLERK),
            _("%(authority)s上报 %(n)s 项申报"),
            f"/ministry/submissions/?authority={authority.code}",
        ),
        ACCEPT: (
            lambda: authority_people(authority),
            _("本单位有 %(n)s 项申报已入库"),
            f"/authorities/{authority.code}/submissions/?state=accepted",
        ),
    }[job.kind]
    notify(people(), kind=job.kind, text=text % facts, url=url, key=f"job:{job.pk}:{authority.code}")
