"""What beat rings for and when, in Beijing time. Each is only a wake-up call: what one that is missed left undone, the next does."""

from __future__ import annotations

from typing import Any

from celery.schedules import crontab

CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "sweep-jobs": {"task": "platforms.tasks.sweep_jobs", "schedule": 15.0},
    "send-notifications": {"task": "platforms.tasks.send_notifications", "schedule": 30.0},
    "send-webhooks": {"task": "platforms.tasks.send_webhooks", "schedule": 10.0},
    "send-watches": {"task": "platforms.tasks.send_watches", "schedule": 60.0},
    "release-announcements": {"task": "cultivation.tasks.release_announcements", "schedule": 60.0},
    "advance-notices": {"task": "cultivation.tasks.close_finished_notices", "schedule": 60.0},
    "expire-designations": {
        "task": "cultivation.tasks.expire_designations",
        "schedule": crontab(hour=0, minute=10),  # in Beijing, after the last day has ended
    },
    "remind-of-reports": {
        "task": "cultivation.tasks.remind_of_reports",
        "schedule": crontab(hour=8, minute=40),
    },
    "remind-experts": {"task": "cultivation.tasks.remind_experts", "schedule": crontab(minute=20)},
    "remind-of-corrections": {
        "task": "cultivation.tasks.remind_of_corrections",
        "schedule": crontab(
            hour="8,14", minute=30
        ),  # in office hours, twice, so that a missed beat is made up for
    },
    "remind-of-letters": {
        "task": "platforms.tasks.remind_of_letters",
        "schedule": crontab(hour="9,15", minute=0),
    },
    "verify-registry": {"task": "platforms.tasks.nightly_check", "schedule": crontab(hour=3, minute=0)},
    "mark-quality": {"task": "platforms.tasks.mark_quality", "schedule": crontab(hour=1, minute=30)},
    "seal-changes": {"task": "cultivation.tasks.seal_changes", "schedule": 60.0},
    "state-latest-editions": {
        "task": "cultivation.tasks.state_latest_editions",
        "schedule": crontab(hour=2, minute=30),
    },
    "prune": {"task": "platforms.tasks.prune", "schedule": crontab(hour=3, minute=30)},
    "heartbeat": {"task": "platforms.tasks.beat_heartbeat", "schedule": 30.0},
}
