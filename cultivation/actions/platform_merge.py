"""中试平台: merging one record into another, with what is kept of which, and taking that back within thirty days."""

from __future__ import annotations

import datetime
from collections.abc import Collection
from typing import Any

from django.apps import apps
from django.db.models import Max
from django.utils import timezone

from cultivation import clock
from cultivation.actions import designation as designations
from cultivation.actions.platform_end import clear_the_way, locked
from cultivation.models import Merger
from platforms.actions import platform as platforms
from platforms.actions.verb import lock, verb
from platforms.choices import PlatformStatus
from platforms.errors import IllegalStep, Invalid, Problem
from platforms.failpoints import failpoint
from platforms.models import FormerName, Platform, User
from platforms.publish import publish
from platforms.record import LISTS, Field, fields_of
from platforms.transitions import PLATFORM
from platforms.words import gettext_lazy as _

UNDONE_WITHIN = datetime.timedelta(days=30)
#: What the code says and who recommends stay the surviving record's own; so do its address and the place it lies in.
NEVER_TAKEN = {"region", "city", "address", "authority"}
#: Lists whose rows may come over. Yearly figures stay: two records of one year cannot be added up unseen.
BROUGHT = ("lines", "services", "equipment", "qualifications")


def takeable() -> list[Field]:
    """The fields of a platform of which a merger may keep either value."""
    return [item for item in fields_of("platform") if item.key not in NEVER_TAKEN]


def bringable() -> list[tuple[str, str]]:
    """The lists whose rows may come over, with what they are called."""
    return [(name, str(apps.get_model("platforms", LISTS[name])._meta.verbose_name)) for name in BROUGHT]


@verb("platform.merge")
def merge(
    *,
    platform: Platform,
    into: Platform,
    by: User,
    reason: str,
    on: datetime.date | None = None,
    take: Collection[str] = (),
    bring: Collection[str] = (),
) -> Platform:
    """End a platform whose work goes on in another one. The other keeps its own designation and gains none.

    ``take`` names fields whose value the other takes over, ``bring`` lists whose rows move to it.
    """
    rows = locked(platform, into)
    platform, survivor = rows[platform.pk], rows[into.pk]
    _require_known(take, bring)
    PLATFORM.check(platform, "merge", by=by, reason=reason)
    held = designations.in_force(platform)
    day = clear_the_way(platform, "merge", by=by, reason=reason, on=on)
    # The rows first, so that the tombstone is published once; the name afterwards, when the ended record has given it up.
    brought = _bring(platform, survivor, bring)
    merged = platforms.merge(platform=platform, into=survivor, by=by, reason=reason, on=day)
    failpoint("merge.after_end")
    taken = _take(merged, survivor, take)
    Merger.objects.create(
        platform=merged, into=survivor, designation=held, taken=taken, brought=brought, merged_by=by
    )
    if taken or brought:
        _touch(survivor)
        publish(survivor)
    return merged


@verb("platform.unmerge")
def unmerge(*, platform: Platform, by: User, reason: str) -> Platform:
    """Take a merger back as a whole: the record, its tier, its rows, and every value that nobody has changed since."""
    merger = standing(platform)
    rows = locked(platform, merger.into) if merger else {platform.pk: lock(platform)}
    platform = rows[platform.pk]
    PLATFORM.check(platform, "unmerge", by=by, reason=reason)
    if merger is None:
        raise IllegalStep(_("这次合并没有留下可以撤销的明细，不能撤销。"))
    if not is_recent(merger):
        raise IllegalStep(_("合并已超过 30 天，不能撤销。"))
    merger, survivor = lock(merger), rows[merger.into_id]
    if survivor.status != PlatformStatus.ACTIVE:
        raise IllegalStep(
            _("“%(platform)s”现为“%(state)s”，须先恢复它。")
            % {"platform": survivor, "state": survivor.get_status_display()}
        )
    _give_back(merger, platform, survivor)
    Merger.objects.filter(pk=merger.pk).update(undone_at=clock.now(), undone_by=by)
    if merger.designation is not None:
        basis = str(_("撤销合并，恢复原认定"))
        designations.reinstate(
            designation=merger.designation, platform=platform, on=clock.today(), basis=basis
        )
    revived = platforms.unmerge(platform=platform, by=by, reason=reason)
    if merger.taken or merger.brought:
        _touch(survivor)
        publish(survivor)
    return revived


def standing(platform: Platform) -> Merger | None:
    """The merger by which a platform ended, if it has not been taken back."""
    return Merger.objects.filter(platform=platform, undone_at=None).select_related("into").first()


def is_recent(merger: Merger) -> bool:
    """Whether it may still be taken back."""
    return clock.now() - merger.merged_at <= UNDONE_WITHIN


def _require_known(take: Collection[str], bring: Collection[str]) -> None:
    unknown = [name for name in take if name not in {item.key for item in takeable()}]
    unknown += [name for name in bring if name not in BROUGHT]
    if unknown:
        raise Invalid([Problem("take", "choice", _("不是允许的取值。"))])


def _take(platform: Platform, survivor: Platform, names: Collection[str]) -> dict[str, Any]:
    """Give the survivor the values of the ended record; a name that goes out of use stays searchable."""
    taken: dict[str, Any] = {}
    for item in takeable():
        column = item.stored_in.attname
        before, after = getattr(survivor, column), getattr(platform, column)
        if item.key in names and before != after:
            taken[item.key] = {"before": _as_text(before), "after": _as_text(after)}
            setattr(survivor, column, after)
    if "name_zh" in taken:
        until = timezone.localdate()
        FormerName.objects.create(platform=survivor, name_zh=taken["name_zh"]["before"], until=until)
    if taken:
        survivor.save(update_fields=list(taken))
    return taken


def _bring(platform: Platform, survivor: Platform, names: Collection[str]) -> dict[str, list[int]]:
    """Move rows behind those the survivor has, in their order."""
    brought = {}
    for name in BROUGHT:
        rows = list(getattr(platform, name).all()) if name in names else []
        if rows:
            append(survivor, name, rows)
            brought[name] = [row.pk for row in rows]
    return brought


def append(platform: Platform, name: str, rows: list[Any]) -> None:
    """Make ``rows`` the last of one of a platform's lists."""
    manager = getattr(platform, name)
    ordered = any(field.name == "position" for field in manager.model._meta.fields)
    last = manager.aggregate(last=Max("position"))["last"] if ordered else None
    start = 0 if last is None else last + 1
    for place, row in enumerate(rows, start):
        row.platform = platform
        if ordered:
            row.position = place
        row.save(update_fields=["platform", "position"] if ordered else ["platform"])


def _give_back(merger: Merger, platform: Platform, survivor: Platform) -> None:
    """What was changed since stays as it is: an undone merger must not undo somebody's later work."""
    returned = []
    for item in takeable():
        change = merger.taken.get(item.key)
        if change and _as_text(getattr(survivor, item.stored_in.attname)) == change["after"]:
            value = item.stored_in.to_python(change["before"]) if not item.reference else change["before"]
            setattr(survivor, item.stored_in.attname, value)
            returned.append(item.key)
    if returned:
        survivor.save(update_fields=returned)
    if "name_zh" in returned:
        survivor.former_names.filter(name_zh=survivor.name_zh).delete()
    for name, keys in merger.brought.items():
        append(platform, name, list(getattr(survivor, name).filter(pk__in=keys)))


def _touch(platform: Platform) -> None:
    platform.version += 1
    platform.updated_at = timezone.now()
    platform.save(update_fields=["version", "updated_at"])


def _as_text(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | str) else str(value)
