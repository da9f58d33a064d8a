"""The authority's table: what is shown is what the address says, and the file is what is shown."""

import csv
import datetime
import io

import pytest
from django.utils import timezone

from platforms import quality
from platforms.actions import quality as quality_verbs
from platforms.models import Notification, QualityMark, SavedView
from tests import factories

pytestmark = pytest.mark.django_db
HOME = "/authorities/320000/platforms/"


@pytest.fixture
def table(cast):
    today = timezone.localdate()
    factories.PlatformFactory(
        authority=cast.jiangsu,
        name_zh="示例·新近",
        tier="key",
        confirmed_on=today,
        operator=cast.operator_unit,
    )
    factories.PlatformFactory(
        authority=cast.jiangsu, name_zh="=示例·久未更新", tier="reserve", operator=cast.operator_unit,
        confirmed_on=today - datetime.timedelta(days=366),
    )  # fmt: skip
    factories.PlatformFactory(authority=cast.ningbo, name_zh="示例·宁波的")


def test_the_file_has_the_rows_and_columns_of_the_page(cast, table, signed_in):
    answer = signed_in(cast.jiangsu_clerk).get(f"{HOME}export.csv?issue=stale&col=tier&col=phone")
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert rows[0][-6:] == ["平台编号", "平台名称", "建设单位", "状态", "梯次", "办公电话"]
    assert [row[-5] for row in rows[1:]] == ["'=示例·久未更新"]
    assert answer["X-Total-Count"] == "1"


def test_columns_order_and_filters_are_in_the_address(cast, table, signed_in):
    page = signed_in(cast.jiangsu_clerk).get(f"{HOME}?sort=confirmed&col=confirmed").content.decode()
    assert page.index("示例·久未更新") < page.index("示例·新近")
    assert 'aria-sort="ascending"' in page
    assert "示例·宁波的" not in page
    page = signed_in(cast.jiangsu_clerk).get(f"{HOME}?tier=key").content.decode()
    assert "示例·久未更新" not in page


def test_a_view_is_kept_shown_as_a_tab_and_dropped_by_its_owner_alone(cast, table, signed_in):
    clerk = signed_in(cast.jiangsu_clerk)
    clerk.post(f"{HOME}views/", {"name": "重点培育", "query": "tier=key&col=tier"})
    view = SavedView.objects.get()
    assert (view.user, view.query) == (cast.jiangsu_clerk, "tier=key&col=tier")
    assert 'href="?tier=key&amp;col=tier"' in clerk.get(HOME).content.decode()
    assert "重点培育</a>" not in signed_in(cast.jiangsu_approver).get(HOME).content.decode()
    assert signed_in(cast.jiangsu_approver).post(f"{HOME}views/{view.pk}/drop/").status_code == 404
    clerk.post(f"{HOME}views/{view.pk}/drop/")
    assert not SavedView.objects.exists()


def test_a_reminder_reaches_the_operator_once_a_day(cast, table, signed_in):
    clerk = signed_in(cast.jiangsu_clerk)
    ids = [row.pk for row in quality.with_fault(cast.jiangsu.platforms.all(), "stale")]
    for _time in range(2):
        clerk.post(f"{HOME}bulk/", {"id": ids, "do": "remind"})
    assert [row.recipient for row in Notification.objects.all()] == [cast.operator]
    assert (
        signed_in(cast.jiangsu_approver).post(f"{HOME}bulk/", {"id": ids, "do": "remind"}).status_code == 404
    )


def test_one_button_reminds_the_operators_of_all_that_is_stale(cast, table, signed_in):
    clerk = signed_in(cast.jiangsu_clerk)
    assert "remind-stale" in clerk.get(f"{HOME}?issue=stale").text
    assert "remind-stale" not in clerk.get(HOME).text
    answer = clerk.post(f"{HOME}bulk/", {"do": "remind-stale"})
    assert (answer.status_code, answer["Location"]) == (302, HOME)
    [stale] = quality.with_fault(cast.jiangsu.platforms.all(), "stale")
    assert [(row.recipient, row.url) for row in Notification.objects.all()] == [
        (cast.operator, f"/platforms/{stale.code}/")
    ]
    refused = signed_in(cast.jiangsu_approver).post(f"{HOME}bulk/", {"do": "remind-stale"})
    assert refused.status_code == 404


def test_without_an_account_of_the_operator_the_reminder_says_so(cast, table, signed_in):
    cast.operator.memberships.all().update(valid_until=timezone.now())
    ids = list(cast.jiangsu.platforms.values_list("pk", flat=True))
    answer = signed_in(cast.jiangsu_clerk).post(f"{HOME}bulk/", {"id": ids, "do": "remind"})
    assert answer.status_code == 409
    assert "没有填报账户" in answer.content.decode()


def test_the_ticked_rows_alone_are_exported_and_never_another_offices(cast, table, signed_in):
    ids = [*cast.ningbo.platforms.values_list("pk", flat=True)]
    ids += cast.jiangsu.platforms.filter(tier="key").values_list("pk", flat=True)
    answer = signed_in(cast.jiangsu_clerk).post(f"{HOME}bulk/", {"id": ids, "do": "export"})
    text = b"".join(answer.streaming_content).decode()
    assert ("示例·新近" in text, "久未更新" in text, "宁波" in text) == (True, False, False)


def test_quality_counts_what_is_wanting(cast, table):
    found = quality.by_authority("320000")["320000"]
    assert (found.platforms, found.issues["stale"], found.issues["services"]) == (2, 1, 2)
    asked = 2 * len(quality.faults())
    assert float(found.score) == round(100 * (asked - sum(found.issues.values())) / asked, 1)


def test_the_desk_shows_quality_its_trend_and_the_quota(cast, table, signed_in):
    quality_verbs.mark()
    assert quality_verbs.mark() == 2
    assert QualityMark.objects.count() == 2
    long_ago = timezone.localdate() - datetime.timedelta(days=20)
    QualityMark.objects.filter(authority="320000").update(on=long_ago, score=40)
    batch = factories.BatchFactory(
        status="recommending", opened_at=timezone.now(), opened_by=cast.ministry_approver, title_zh="示例批次"
    )
    batch.quotas.create(authority=cast.jiangsu, places=3)
    page = signed_in(cast.jiangsu_clerk).get("/desk/").content.decode()
    score = quality.by_authority("320000")["320000"].score
    assert f"{score}</b>" in page
    assert f"{long_ago} 为 40.0 分" in page
    assert "还可推荐 3 个" in page
    assert f"{HOME}?issue=stale" in page
    other = signed_in(cast.ningbo_clerk).get("/desk/").content.decode()
    assert f"{score}</b>" not in other
