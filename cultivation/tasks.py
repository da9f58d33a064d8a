"""Wake-up calls of the cultivation process; importing this module also registers its job handlers with the worker."""

from celery import shared_task

from cultivation.actions import (
    announcement,
    campaign,
    checkpoint,
    designation,
    edition,
    notice,
    panel_invitation,
    review_reminder,
    submission_reminder,
)
from cultivation.actions import decision as _decision_jobs  # noqa: F401


@shared_task
def close_finished_notices() -> int:
    return notice.close_finished()


@shared_task
def state_latest_editions() -> int:
    """Say once a day which editions are the newest, so that a copy that stopped following can be told."""
    return edition.state_latest()


@shared_task
def seal_changes() -> int:
    """The size of the newest checkpoint, 0 when there was nothing new to seal."""
    sealed = checkpoint.seal()
    return sealed.size if sealed else 0


@shared_task
def release_announcements() -> int:
    return announcement.release_due()


@shared_task
def expire_designations() -> int:
    return designation.expire_due()


@shared_task
def remind_of_reports() -> int:
    return campaign.remind_due()


@shared_task
def remind_experts() -> int:
    """Places of those who never answered become free first, so that nobody is reminded of a lapsed invitation."""
    panel_invitation.lapse_due(by=None)
    return review_reminder.remind(by=None)


@shared_task
def remind_of_corrections() -> int:
    return submission_reminder.remind(by=None) + submission_reminder.remind_city(by=None)
