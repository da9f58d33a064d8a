"""中试平台: splitting one record into several. The old code stays as a tombstone that points on; nothing is entered twice."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils import timezone

from cultivation.actions import designation as designations
from cultivation.actions.platform_end import clear_the_way, locked
from cultivation.actions.platform_merge import BROUGHT, append
from platforms.actions import platform as platforms
from platforms.actions.verb import verb
from platforms.choices import ChangeKind, Tier
from platforms.errors import Invalid, Problem
from platforms.failpoints import failpoint
from platforms.models import FormerName, Platform, User
from platforms.publish import publish
from platforms.text import clean_text
from platforms.transitions import PLATFORM
from platforms.words import gettext_lazy as _

#: A part begins as what the whole was, except what tells one record from another and how it stands with enquiries.
OWN = frozenset(
    {
        "id", "code", "name_zh", "name_en", "tier", "status", "status_reason", "status_on", "merged_into", "split_from",
        "version", "created_at", "updated_at", "enquiries_answered", "answer_days", "confirmed_on",
    }
)  # fmt: skip
MOST = 9


@dataclass(frozen=True)
class Part:
    """One of the records that go on: its name, and the rows it takes, by list (``services`` → ids)."""

    name_zh: str
    name_en: str = ""
    rows: dict[str, frozenset[int]] = field(default_factory=dict)


@verb("platform.split")
def split(
    *,
    platform: Platform,
    parts: Sequence[Part],
    heir: int,
    document_no: str,
    by: User,
    reason: str,
    on: datetime.date | None = None,
) -> list[Platform]:
    """End a platform and begin ``parts``. The one numbered ``heir`` keeps the tier, as the decision ``document_no`` says.

    The others enter the reserve when the whole was listed. A row that no part takes goes to the heir, so none is lost.
    """
    platform = locked(platform)[platform.pk]
    PLATFORM.check(platform, "split", by=by, reason=reason)
    _require_sound(platform, parts, heir, document_no)
    held = designations.in_force(platform)
    day = clear_the_way(platform, "split", by=by, reason=reason, on=on, ended_by=designations.transfer)
    # The whole ends first: a part may go on under its name.
    ended = platforms.split(platform=platform, by=by, reason=reason, on=day)
    failpoint("split.after_end")
    made = [_begin(ended, part) for part in parts]
    _share_out(ended, made, parts, heir)
    failpoint("split.after_parts")
    number = clean_text(document_no, max_length=60)
    for place, part in enumerate(made):
        _designate(ended, part, held.tier if held else None, keeps=place == heir, number=number, on=day)
    publish(ended, kind=ChangeKind.SPLIT, decision=number)
    for part in made:
        publish(part, decision=number)
    return made


def _require_sound(platform: Platform, parts: Sequence[Part], heir: int, document_no: str) -> None:
    problems = []
    names = [part.name_zh.strip() for part in parts]
    if not 2 <= len(parts) <= MOST:
        problems.append(Problem("parts", "count", _("拆分后应为 2 至 9 个平台。")))
    if not all(names):
        problems.append(Problem("parts", "required", _("请填写每个平台的名称。")))
    if len(set(names)) < len(names):
        problems.append(Problem("parts", "twice", _("拆分后的平台不能同名。")))
    if not 0 <= heir < len(parts):
        problems.append(Problem("heir", "choice", _("请选择由哪个平台承继梯次。")))
    if not document_no.strip():
        problems.append(Problem("document_no", "required", _("请填写文号。")))
    for name in BROUGHT:
        wanted = [pk for part in parts for pk in part.rows.get(name, ())]
        known = set(getattr(platform, name).values_list("pk", flat=True))
        if len(set(wanted)) < len(wanted) or not known.issuperset(wanted):
            problems.append(Problem("parts", "rows", _("每项内容只能归入一个平台，且须属于被拆分的平台。")))
    if problems:
        raise Invalid(problems)


def _begin(ended: Platform, part: Part) -> Platform:
    """A new record with a new code; the name of the whole stays searchable with each of its parts."""
    values = {
        column.attname: getattr(ended, column.attname)
        for column in Platform._meta.concrete_fields
        if column.name not in OWN
    }
    made = Platform.objects.create(
        **values,
        code=platforms.next_code(ended.region_id),
        name_zh=clean_text(part.name_zh, max_length=120),
        name_en=clean_text(part.name_en, max_length=200),
        split_from=ended,
        confirmed_on=timezone.localdate(),
    )
    if made.name_zh != ended.name_zh:
        FormerName.objects.create(platform=made, name_zh=ended.name_zh, until=ended.status_on)
    return made


def _share_out(ended: Platform, made: list[Platform], parts: Sequence[Part], heir: int) -> None:
    for name in BROUGHT:
        rows = list(getattr(ended, name).all())
        taken = {pk: place for place, part in enumerate(parts) for pk in part.rows.get(name, ())}
        for place, platform in enumerate(made):
            append(platform, name, [row for row in rows if taken.get(row.pk, heir) == place])


def _designate(
    ended: Platform, part: Platform, tier: str | None, *, keeps: bool, number: str, on: datetime.date
) -> None:
    if tier is None:
        return
    basis = (
        _("由“%(name)s”（%(code)s）拆分承继，%(number)s")
        if keeps
        else _("由“%(name)s”（%(code)s）拆分，%(number)s")
    )
    facts = {"name": ended.name_zh, "code": ended.code, "number": number}
    designations.designate(
        platform=part, tier=tier if keeps else Tier.RESERVE, on=on, basis=str(basis % facts)[:200]
    )
