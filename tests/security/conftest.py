"""The world of the guards is built once per module, inside a transaction that is rolled back at the end.

Tests that use it are marked ``django_db``: each then runs in a savepoint of that transaction, so the world stays as it was.
"""

from __future__ import annotations

import pytest
from django.db import transaction

from tests.security import world as worlds


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        atomic = transaction.atomic()
        atomic.__enter__()
        try:
            built = worlds.build()
            worlds.content_types()
            yield built
        finally:
            transaction.set_rollback(True)
            atomic.__exit__(None, None, None)


@pytest.fixture(autouse=True)
def _no_throttle(settings):
    """Guards ask thousands of questions; that the brake works is tested with the API."""
    settings.REST_FRAMEWORK = {
        **settings.REST_FRAMEWORK,
        "DEFAULT_THROTTLE_RATES": {"anon": "1000000/min", "user": "1000000/min"},
    }
