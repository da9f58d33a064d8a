"""Wake-up calls. Each task looks at the database for what there is to do; a lost message loses nothing."""

from celery import shared_task
from django.core.cache import cache
from django.utils import timezone

from platforms import jobs, notifications, pruning, watches, webhooks
from platforms.actions import letter_reminder, quality

BEAT_KEY = "beat-alive"


@shared_task
def run_job(job_id: int) -> None:
    jobs.run(job_id)


@shared_task
def sweep_jobs() -> int:
    return jobs.sweep()


@shared_task
def send_notifications() -> int:
    return notifications.send_due()


@shared_task
def send_watches() -> int:
    return watches.send_due()


@shared_task
def send_webhooks() -> int:
    """One task for each receiver, so that a slow one holds up nobody but itself."""
    due = webhooks.due()
    for webhook_id in due:
        send_webhook.delay(webhook_id)
    return len(due)


@shared_task(expires=30)
def send_webhook(webhook_id: int) -> int:
    return webhooks.send(webhook_id)


@shared_task
def remind_of_letters() -> int:
    return letter_reminder.remind(by=None)


@shared_task
def beat_heartbeat() -> None:
    """Leave a sign that beat, broker and worker all work, for ``/readyz``."""
    cache.set(BEAT_KEY, timezone.now().isoformat(), timeout=300)


@shared_task
def prune() -> dict[str, int]:
    return pruning.prune()


@shared_task
def nightly_check() -> None:
    from django.core.management import call_command

    call_command("verify_registry")


@shared_task
def mark_quality() -> int:
    return quality.mark()
