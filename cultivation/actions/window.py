"""The recommending window of a batch, and whose turn it is inside it.

Locks are always taken in one order: batch, authority, application. Many authorities recommend at the same moment, so they
share the batch: nobody can close or change it meanwhile, and they do not wait for each other. The acts of one authority
wait for one another, which is what makes its quota and its ranking exact.
"""

from __future__ import annotations

import datetime

from django.db import connection
from django.utils import timezone

from cultivation.calendar import BEIJING
from cultivation.choices import BatchStatus
from cultivation.models import Batch
from platforms.errors import IllegalStep
from platforms.models import Authority
from platforms.words import gettext_lazy as _


def hold(batch: Batch) -> Batch:
    """The batch as it is now; it stays so until the end of the act."""
    return Batch.objects.raw("SELECT * FROM cultivation_batch WHERE id = %s FOR SHARE", [batch.pk])[0]


def take_turn(batch: Batch, authority: Authority) -> Batch:
    """Hold the batch and let one act at a time of this authority through.

    Whoever arrived in time must not be sent away because many others did too: the wait for a lock is bounded by the limit on
    statements alone, not by the short one that keeps other pages quick. Trying again would be too late.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = 0")
    held = hold(batch)
    Authority.objects.select_for_update(no_key=True).only("pk").get(pk=authority.pk)
    return held


def require_window(batch: Batch, arrived_at: datetime.datetime | None) -> None:
    """Raise unless the batch takes recommendations and the request arrived in time.

    The deadline is exclusive and compared with the instant at which the request reached the server, to the microsecond.
    """
    if batch.status != BatchStatus.RECOMMENDING or batch.recommend_until is None:
        raise IllegalStep(
            _("“%(batch)s”现在是“%(state)s”，不接受推荐。")
            % {"batch": batch, "state": batch.get_status_display()}
        )
    arrived_at = arrived_at or timezone.now()
    if batch.recommend_from and arrived_at < batch.recommend_from:
        raise IllegalStep(
            _("“%(batch)s”的推荐从 %(start)s（北京时间）开始，系统收到您的请求是 %(arrived)s。")
            % {
                "batch": batch,
                "start": written(batch.recommend_from),
                "arrived": written(arrived_at, fine=True),
            }
        )
    if arrived_at >= batch.recommend_until:
        raise IllegalStep(
            _("“%(batch)s”的推荐已于 %(deadline)s（北京时间）截止，系统收到您的请求是 %(arrived)s。")
            % {
                "batch": batch,
                "deadline": written(batch.recommend_until),
                "arrived": written(arrived_at, fine=True),
            }
        )


def deadline_of(batch: Batch) -> datetime.datetime:
    """The deadline; every batch that has been opened has one (``batch_open_has_deadline``)."""
    if batch.recommend_until is None:
        raise IllegalStep(_("没有推荐截止时间"))
    return batch.recommend_until


def written(instant: datetime.datetime, *, fine: bool = False) -> str:
    """Beijing time; midnight as 24:00 of the day before, as official notices write it. ``fine`` shows microseconds."""
    local = instant.astimezone(BEIJING)
    if fine:
        return f"{local:%Y-%m-%d %H:%M:%S.%f}"
    if (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0):
        return f"{local.date() - datetime.timedelta(days=1):%Y-%m-%d} 24:00"
    return f"{local:%Y-%m-%d %H:%M}"
