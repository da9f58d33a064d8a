"""审计: how far the changes are sealed stands at the head; what waits too long or tells another history is an alarm."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cultivation.actions import checkpoint
from cultivation.models import LogTile
from cultivation.releases.changelog import TILE
from cultivation.views.control import alarms
from platforms.models import Change
from platforms.publish import head
from tests.cultivation.test_change_log import rewritten, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def auditor(cast, signed_in):
    return signed_in(cast.audit_admin)


def page(client, **asked: str) -> str:
    answer = client.get(reverse("ministry-audit"), asked)
    assert answer.status_code == 200
    return answer.text


def test_the_head_says_how_far_the_changes_are_sealed(auditor):
    assert "还没有检查点" in page(auditor)
    told(3)
    checkpoint.seal()
    assert f"已封存至 #{head()}" in page(auditor)
    assert 'data-kind="alert"' not in page(auditor)
    assert page(auditor).count("待封存") == 0
    Change.objects.create(
        number=head() + 1, at=timezone.now(), kind="created", noun="platform", code="示例-新",
        version=1, title_zh="示例", etag="0" * 64,
    )  # fmt: skip
    fresh = page(auditor)
    assert ("1 条变更尚未封存" in fresh, fresh.count("待封存"), 'data-kind="alert"' in fresh) == (
        True,
        1,
        False,
    )


def test_a_tail_that_waits_is_an_alarm_here_and_on_the_control_desk(auditor):
    checkpoint.seal()
    start = head()
    Change.objects.create(
        number=start + 1, at=timezone.now() - datetime.timedelta(minutes=11), kind="created",
        noun="platform", code="示例-新", version=1, title_zh="示例", etag="0" * 64,
    )  # fmt: skip
    assert 'data-kind="alert"' in page(auditor)
    raised = [alarm["count"] for alarm in alarms() if alarm["url"] == reverse("ministry-audit")]
    assert raised == [0, 1]


def test_a_rewritten_change_is_an_alarm_and_the_check_of_all_names_it(auditor):
    told(TILE + 3 - head())
    checkpoint.seal()
    assert LogTile.objects.count() == 1
    assert "重新计算后与全部检查点相符" in page(auditor, check="1")
    rewritten(TILE + 2, title_zh="示例改")
    seen = page(auditor)
    assert "封存不符" in seen
    assert 'data-kind="alert"' in seen
    assert next(alarm["count"] for alarm in alarms() if alarm["url"] == reverse("ministry-audit")) == 1
    rewritten(TILE + 2, title_zh="示例")
    # what lies within a part that is kept is found by the check of all
    rewritten(5, title_zh="示例改")
    assert "封存不符" not in page(auditor)
    assert f"#1–{TILE}" in page(auditor, check="1")


def test_the_list_is_of_one_record_or_older_and_asks_the_same_of_one_and_of_many(auditor, cast, signed_in):
    told(1)
    with CaptureQueriesContext(connection) as one:
        page(auditor)
    told(60)
    with CaptureQueriesContext(connection) as many:
        seen = page(auditor)
    assert len(one) == len(many)
    assert "更早的变更" in seen
    only = page(auditor, code="示例-7")
    assert (only.count("示例-7"), "示例-8" in only) == (3, False)
    assert "没有符合条件的变更" in page(auditor, code="没有")
    assert auditor.get(reverse("ministry-audit"), {"before": "x"}).status_code == 400
    assert signed_in(cast.ministry_clerk).get(reverse("ministry-audit")).status_code == 200
    assert signed_in(cast.jiangsu_clerk).get(reverse("ministry-audit")).status_code == 403
