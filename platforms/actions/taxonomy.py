"""分类换版: platforms move from the directions of an old edition to those that succeed them, as mapped; previewed, then done by a job."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet
from django.utils import timezone

from platforms.access import Permission, require
from platforms.actions.verb import lock, verb
from platforms.choices import JobStatus
from platforms.errors import IllegalStep, Invalid, Problem
from platforms.jobs import Work, enqueue, handler
from platforms.models import Direction, DirectionMapping, Job, Platform, TaxonomyEdition, User
from platforms.publish import publish_read
from platforms.words import gettext_lazy as _

JOB = "taxonomy.apply"
CHUNK = 100


@dataclass(frozen=True)
class Impact:
    """What applying an edition would do: mapped directions with the platforms they move, and those left without a successor."""

    moves: list[tuple[DirectionMapping, int]]
    unmapped: list[tuple[Direction, int]]

    @property
    def total(self) -> int:
        return sum(number for _mapping, number in self.moves)


def impact(edition: TaxonomyEdition) -> Impact:
    """Two queries and one for the mappings; changes nothing."""
    counts: dict[str, int] = dict(
        Platform.objects.active()
        .exclude(direction__area__edition=edition)
        .filter(direction__isnull=False)
        .order_by()
        .values_list("direction")
        .annotate(n=Count("pk"))
    )
    mappings = DirectionMapping.objects.filter(new__area__edition=edition).select_related(
        "old__area", "new__area"
    )
    moves = [(each, counts.pop(each.old_id, 0)) for each in mappings.order_by("old")]
    left = Direction.objects.filter(pk__in=counts).select_related("area")
    return Impact(moves, [(each, counts[each.pk]) for each in left])


@verb("taxonomy.apply")
def apply(*, edition: TaxonomyEdition, typed: int | None, by: User) -> Job:
    """Start moving every platform that is mapped into ``edition``. ``typed`` is the number that the person saw."""
    require(by, Permission.CHANGE_DECIDE)
    edition = lock(edition)
    running = Job.objects.filter(
        kind=JOB, params__edition=edition.pk, status__in=(JobStatus.QUEUED, JobStatus.RUNNING)
    ).first()
    if running is not None:
        return running
    total = impact(edition).total
    if not total:
        raise IllegalStep(_("没有需要换版的平台。"))
    if typed != total:
        raise Invalid([Problem("typed", "count", _("条数不符，请核对影响后重新填写。"))])
    return enqueue(JOB, params={"edition": edition.pk}, by=by, total=total)


@handler(JOB)
def _apply_job(work: Work) -> dict[str, Any]:
    """A hundred platforms to a transaction. What has moved is no longer found, so another worker simply goes on."""
    edition, done = TaxonomyEdition.objects.get(pk=work.params["edition"]), work.cursor.get("done", 0)
    while keys := list(_waiting(edition).order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        done += _move(keys=keys, edition=edition, by=work.by(), work=work, done=done)
    return {"moved": done}


@verb("taxonomy.move")
def _move(*, keys: list[int], edition: TaxonomyEdition, by: User | None, work: Work, done: int) -> int:
    """One part of the job: the new direction and its area on the record and in public, with the cursor, all or none."""
    rows = _waiting(edition).filter(pk__in=keys).select_for_update(of=("self",)).order_by("pk")
    platforms = list(rows)
    mapped = DirectionMapping.objects.filter(new__area__edition=edition).select_related("new")
    successors = {each.old_id: each.new for each in mapped}
    for platform in platforms:
        new = successors[str(platform.direction_id)]
        platform.direction, platform.area_id = new, new.area_id
        platform.version += 1
        platform.updated_at = timezone.now()
        platform.save(update_fields=["direction", "area", "version", "updated_at"])
    for platform in (
        Platform.objects.with_everything().filter(pk__in=[each.pk for each in platforms]).order_by("pk")
    ):
        publish_read(platform)
    work.advance(done=done + len(platforms), cursor={"done": done + len(platforms)})
    return len(platforms)


def _waiting(edition: TaxonomyEdition) -> QuerySet[Platform]:
    mapped = DirectionMapping.objects.filter(new__area__edition=edition).values("old")
    return Platform.objects.active().filter(direction__in=mapped)
