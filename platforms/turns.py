"""Queues of one: acts that must not overlap wait for their turn, and hold it to the end of the transaction.

PostgreSQL keeps these locks by number. The numbers live here, so that no two kinds of act ever share one.
"""

from __future__ import annotations

from enum import IntEnum

from django.db import connection


class Turn(IntEnum):
    """What is handed out one at a time."""

    CHANGE_NUMBER = 0x5A53
    SUBMISSION_NUMBER = 0x5A54
    PLATFORM_CODE = 0x5A55
    BATCH_CODE = 0x5A56
    EDITION = 0x5A57
    CHECKPOINT = 0x5A58
    ANNOUNCEMENT_CODE = 0x5A59


def wait_for(turn: Turn, part: int = 0) -> None:
    """Wait until nobody else holds this turn (for this ``part``, such as a year or a province); it ends with the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [int(turn), part])
