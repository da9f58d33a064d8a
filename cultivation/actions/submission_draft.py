"""申报, while somebody types: what was typed is kept at once, and two people in one draft learn of each other."""

from __future__ import annotations

import copy
import datetime
from dataclasses import dataclass
from typing import Any

from cultivation.actions.submission import create_draft, lock_for_writing, store, within
from cultivation.actions.submission_pins import unlocked
from cultivation.models import Submission
from cultivation.models.submission import written
from platforms import record
from platforms.actions.verb import verb
from platforms.errors import Conflict, Invalid, Problem
from platforms.models import Authority, User
from platforms.words import gettext_lazy as _

#: A rule across fields may only show once another value is set aside; more rounds than rules are never needed.
ROUNDS = 8
#: The longest text that is kept although it cannot be accepted.
LONGEST = 20_000


@dataclass(frozen=True)
class Kept:
    """A draft as stored, and what is wrong with the values that were kept beside the record."""

    submission: Submission
    problems: list[Problem]


@verb("submission.autosave")
def autosave(
    *,
    submission: Submission,
    typed: dict[str, Any],
    section: str,
    by: User,
    version: int | None,
    lookups: record.Lookups | None = None,
) -> Kept:
    """Keep one section as it is typed. Wrong values are kept too, beside the record, until they are corrected.

    ``typed`` is the part of the payload that the page shows; ``version`` is the draft the page was made from. When somebody
    else has changed something on this page since, nothing is written and ``Conflict`` is raised.
    """
    submission = lock_for_writing(submission, by)
    lookups = lookups or record.Lookups.load()
    if version != submission.version and others_places(submission, typed, section, version, lookups):
        raise Conflict(_("其他人先保存了这份申报，您填写的内容还没有保存。"))
    raw = over(submission.payload, typed)
    payload, aside, problems = settled(raw, lookups)
    elsewhere = {path: text for path, text in submission.unfinished.items() if not within(path, section)}
    try:
        return Kept(store(submission, payload, elsewhere | aside), problems)
    except Invalid as refusal:
        if not _only_a_duplicate(refusal):
            raise
        aside[NAME] = payload["platform"].pop("name_zh")
        return Kept(store(submission, payload, elsewhere | aside), [*problems, *refusal.problems])


def begin(
    *, authority: Authority, typed: dict[str, Any], start_key: str, by: User, lookups: record.Lookups
) -> Kept:
    """The first words of a new platform. The page's ``start_key`` makes one draft of all its attempts."""
    payload, aside, problems = settled(over(record.empty_payload(), typed), lookups)
    facts: dict[str, Any] = {"authority": authority, "by": by, "lookups": lookups, "start_key": start_key}
    try:
        return Kept(create_draft(payload=payload, unfinished=aside, **facts), problems)
    except Invalid as refusal:
        if not _only_a_duplicate(refusal):
            raise
        aside[NAME] = payload["platform"].pop("name_zh")
        submission = create_draft(payload=payload, unfinished=aside, **facts)
        return Kept(submission, [*problems, *refusal.problems])


NAME = "platform/name_zh"


def _only_a_duplicate(refusal: Invalid) -> bool:
    """A platform that is already on record is no reason to lose the other words; its name waits beside them."""
    return [(problem.pointer, problem.code) for problem in refusal.problems] == [(NAME, "duplicate")]


def over(payload: dict[str, Any], typed: dict[str, Any]) -> dict[str, Any]:
    """The payload with one page laid over it: values one by one, lists whole."""
    whole = copy.deepcopy(payload)
    for aggregate, part in typed.items():
        if isinstance(part, list):
            whole[aggregate] = copy.deepcopy(part)
        else:
            whole[aggregate] = {**(whole.get(aggregate) or {}), **part}
    return whole


def settled(
    raw: dict[str, Any], lookups: record.Lookups
) -> tuple[dict[str, Any], dict[str, str], list[Problem]]:
    """What of ``raw`` can be stored, what has to wait (place → text as typed), and why."""
    raw = copy.deepcopy(raw)
    aside: dict[str, str] = {}
    problems: list[Problem] = []
    for _round in range(ROUNDS):
        found = record.check(raw, lookups, draft=True)
        if not found.problems:
            return found.payload, aside, problems
        for problem in found.problems:
            _set_aside(raw, problem, aside)
        problems += found.problems
    raise Invalid(found.problems)


def _set_aside(raw: dict[str, Any], problem: Problem, aside: dict[str, str]) -> None:
    parts = problem.pointer.split("/")
    if len(parts) == 2 and parts[0] in record.SINGLES:
        holder = raw[parts[0]]
    elif len(parts) == 3 and parts[1].isdecimal():
        holder = raw[parts[0]][int(parts[1])]
    else:
        raise Invalid([problem])
    value = holder.pop(parts[-1], None)
    if value is None:
        return  # two rules about one value
    text = str(value).replace("\x00", "\ufffd")
    if len(text) > LONGEST:
        raise Invalid([problem])
    aside[problem.pointer] = text


def page_places(submission: Submission, section: str) -> frozenset[str]:
    """The fields and lists that are written on the page of a section, without those a return has locked."""
    places = {
        item.path if item.aggregate in record.SINGLES else item.aggregate
        for item in record.FIELDS
        if item.section == section
    }
    return frozenset(place for place in places if unlocked(submission, place))


def places(
    submission: Submission,
    typed: dict[str, Any],
    section: str,
    version: int | None,
    lookups: record.Lookups,
) -> list[record.Place]:
    """Where the page, made from ``version``, and the draft as it is now differ. Of an unknown version nothing is assumed."""
    theirs = _normal(submission.as_written, lookups)
    mine = _normal(over(submission.payload, typed), lookups)
    base = record.empty_payload()
    event = submission.events.filter(version=version or 0).order_by("-pgh_id").first()  # type: ignore[attr-defined]
    if event is not None:
        base = _normal(written(event.payload, event.unfinished), lookups)
    return record.meeting(base, theirs, mine, page_places(submission, section))


def others_places(*arguments: Any) -> list[record.Place]:
    """Those of the differences that somebody else has brought about."""
    return [place for place in places(*arguments) if place.changed != record.MINE]


def _normal(raw: dict[str, Any], lookups: record.Lookups) -> dict[str, Any]:
    """As it would be stored, so that “3,000” and 3000 are no difference, nor a box that was never ticked and one that is not.
    What cannot be stored stays as typed."""
    payload = record.check(raw, lookups, draft=True).payload
    return {
        name: [_ticked(row) for row in part] if isinstance(part, list) else _ticked(part)
        for name, part in payload.items()
    }


def _ticked(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not False}


def last_change(submission: Submission) -> tuple[str, str, datetime.datetime]:
    """Who wrote in the draft last (user name, name) and when."""
    event = submission.events.order_by("-pgh_id").values("pgh_context", "pgh_created_at").first()  # type: ignore[attr-defined]
    facts = event["pgh_context"] or {}
    return str(facts.get("actor", "")), str(facts.get("actor_name", "")), event["pgh_created_at"]
