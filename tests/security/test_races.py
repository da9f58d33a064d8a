"""The same button pressed by several people at the same moment: exactly one of them succeeds."""

import threading

import pytest
from django.db import IntegrityError, connection, transaction

from platforms.errors import IllegalStep
from platforms.models import Platform
from platforms.transitions import PLATFORM
from tests import factories


@pytest.mark.django_db(transaction=True)
def test_of_eight_people_at_once_exactly_one_moves_the_record(cast):
    platform = factories.PlatformFactory(authority=cast.jiangsu)
    start, outcomes = threading.Barrier(8), []

    def withdraw() -> None:
        try:
            mine = Platform.objects.get(pk=platform.pk)
            start.wait()
            with transaction.atomic():
                PLATFORM.move(
                    mine, "withdraw", by=cast.ministry_approver, reason="示例",
                    status_reason="示例", status_on="2026-11-01",
                )  # fmt: skip
            outcomes.append("moved")
        except IllegalStep:
            outcomes.append("refused")
        except IntegrityError as error:
            outcomes.append(repr(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=withdraw) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["moved", *["refused"] * 7]
