"""基础数据: what the system administrator edits in the admin, and the public records that repeat it.

Names of regions, authorities, areas and directions stand in public documents as text, so that reading needs no second look.
When one is edited, a job brings the documents that repeat it up to date; what was frozen in a list stays as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.db.models import ProtectedError, Q, QuerySet

from platforms.access import Permission, require
from platforms.actions.verb import verb
from platforms.errors import IllegalStep
from platforms.jobs import Work, enqueue, handler
from platforms.models import Area, Authority, Direction, Platform, Region, TaxonomyEdition, User
from platforms.publish import publish_read
from platforms.words import gettext_lazy as _

JOB = "reference.republish"
CHUNK = 100
#: Which platforms repeat a row of reference data, by its key.
REPEATED_BY: dict[type[models.Model], Callable[[Any], Q]] = {
    Region: lambda pk: Q(region=pk) | Q(city=pk) | Q(authority__region=pk),
    Authority: lambda pk: Q(authority=pk),
    TaxonomyEdition: lambda pk: Q(area__edition=pk),
    Area: lambda pk: Q(area=pk) | Q(direction__area=pk),
    Direction: lambda pk: Q(direction=pk),
}


@verb("reference.save")
def save(*, record: models.Model, by: User) -> int:
    """Store a new or edited row and queue the platforms that repeat it; returns how many those are."""
    require(by, Permission.REFERENCE_EDIT)
    record.save()
    return republish(record=record, by=by)


@verb("reference.delete")
def delete(*, record: models.Model, by: User) -> None:
    """Remove a row that nothing uses."""
    require(by, Permission.REFERENCE_EDIT)
    try:
        record.delete()
    except ProtectedError as error:
        raise IllegalStep(_("“%(record)s”正在使用，不能删除。") % {"record": record}) from error


def affected(record: models.Model) -> QuerySet[Platform]:
    """The platforms whose public documents repeat this row."""
    condition = REPEATED_BY.get(type(record))
    if condition is None or record.pk is None:
        return Platform.objects.none()
    # The condition may lead through optional parents; a platform is counted once whichever way leads to it.
    return Platform.objects.filter(pk__in=Platform.objects.filter(condition(record.pk)).values("pk"))


def republish(*, record: models.Model, by: User | None) -> int:
    """Queue the job, in the transaction of the edit. Part of the verbs that edit or load reference data."""
    number = affected(record).count()
    if number:
        enqueue(JOB, params={"model": record._meta.label, "pk": record.pk}, by=by, total=number)
    return number


@handler(JOB)
def _republish(work: Work) -> dict[str, Any]:
    """A hundred platforms to a transaction; the cursor commits with them, so another worker goes on where this one ended."""
    record = apps.get_model(work.params["model"])._default_manager.filter(pk=work.params["pk"]).first()
    if record is None:
        return {"published": 0}
    done, changed = work.cursor.get("done", 0), work.cursor.get("changed", 0)
    after = work.cursor.get("after", 0)
    while keys := list(
        affected(record).filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:CHUNK]
    ):
        with transaction.atomic():
            found = Platform.objects.with_everything().filter(pk__in=keys).order_by("pk")
            changed += sum(publish_read(platform) is not None for platform in found)
            after, done = keys[-1], done + len(keys)
            work.advance(done=done, cursor={"after": after, "done": done, "changed": changed})
    return {"published": changed}
