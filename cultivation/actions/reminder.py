"""提醒: the ministry reminds authorities that have not sent their recommendations, at most once a day each."""

from __future__ import annotations

from collections.abc import Collection

from cultivation import clock
from cultivation.actions.window import deadline_of, hold, written
from cultivation.choices import BatchStatus
from cultivation.models import Application, Batch
from platforms.access import Permission, require
from platforms.actions.verb import verb
from platforms.errors import IllegalStep
from platforms.models import Authority, User
from platforms.notifications import authority_people, notify
from platforms.words import gettext_lazy as _


def late(batch: Batch) -> list[Authority]:
    """Authorities that have recommended nothing to this batch so far, in their usual order."""
    sent = Application.objects.filter(batch=batch).counted_in_quota().values("authority_id")
    return list(Authority.objects.exclude(pk__in=sent))


@verb("batch.remind")
def remind(*, batch: Batch, by: User, codes: Collection[str] | None = None) -> int:
    """Tell the people of those authorities (all that are late unless ``codes`` names some); returns how many authorities."""
    require(by, Permission.BATCH_PREPARE)
    batch = hold(batch)
    if batch.status != BatchStatus.RECOMMENDING:
        raise IllegalStep(
            _("“%(batch)s”现在是“%(state)s”，不接受推荐。")
            % {"batch": batch, "state": batch.get_status_display()}
        )
    chosen = [each for each in late(batch) if codes is None or each.code in codes]
    deadline = deadline_of(batch)
    for authority in chosen:
        text = _("“%(batch)s”的推荐将于 %(deadline)s（北京时间）截止，贵单位还没有推荐。") % {
            "batch": batch,
            "deadline": written(deadline),
        }
        notify(
            authority_people(authority),
            kind="batch.remind",
            text=text,
            url=f"/authorities/{authority.code}/batches/{batch.code}/",
            key=f"batch:{batch.pk}:remind:{clock.today():%Y%m%d}:{authority.pk}",
            due_at=deadline,
        )
    return len(chosen)
