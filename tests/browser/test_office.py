"""An authority's two big days in the browser, with and without JavaScript: recommending within the quota, and a hand-over."""

from __future__ import annotations

import datetime

import pytest
from django.utils import timezone

from cultivation.models import Application, Batch, BatchQuota
from platforms.access import Role
from platforms.models import User
from tests import factories

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("script", [True, False], ids=["script", "no script"]),
]
LIST = "/authorities/320000/batches/B2026-key-1/"
NAMES = ("示例·甲", "示例·乙", "示例·丙")


@pytest.fixture
def at_work(person, script):
    return lambda user: person(user, script=script).open("/desk/")


def order() -> list[str]:
    rows = Application.objects.standing().order_by("rank")
    return list(rows.values_list("platform__name_zh", flat=True))


def states() -> dict[str, str]:
    return dict(Application.objects.values_list("platform__name_zh", "status"))


def test_recommending_within_the_quota(cast, at_work):
    batch = factories.BatchFactory(
        code="B2026-key-1", status="recommending", created_by=cast.ministry_clerk, opened_at=timezone.now(),
        opened_by=cast.ministry_approver, requires_lower_tier=False,
    )  # fmt: skip
    BatchQuota.objects.create(batch=batch, authority=cast.jiangsu, places=1)
    for name in NAMES:
        factories.PlatformFactory(name_zh=name, authority=cast.jiangsu)

    clerk = at_work(cast.jiangsu_clerk).open(LIST)
    for name in NAMES:
        clerk.press(f"加入名单 {name}")
    assert order() == list(NAMES)
    clerk.press("上移 示例·丙")
    assert order() == ["示例·甲", "示例·丙", "示例·乙"]
    for name, number in zip(NAMES, "312", strict=True):
        clerk.fill(f"{name} 的序号", number)
    clerk.press("按序号重排")
    assert order() == ["示例·乙", "示例·丙", "示例·甲"]
    clerk.fill("示例·乙 的序号", "2").press("按序号重排")
    assert clerk.reads("第 2 位填写了不止一次")
    clerk.follow("示例·乙").fill("推荐意见", "同意推荐").press("保存意见")

    approver = at_work(cast.jiangsu_approver).open(LIST)
    approver.press("推荐 示例·乙")
    assert approver.reads("名额已用完")
    approver.press("推荐 示例·丙")
    assert approver.reads("名额 1 个已用完（已推荐 1 个），不能再推荐“示例·丙”")
    assert states() == {"示例·甲": "proposed", "示例·乙": "recommended", "示例·丙": "proposed"}

    BatchQuota.objects.update(places=3)
    approver.open(LIST)
    Batch.objects.update(recommend_until=timezone.now() - datetime.timedelta(seconds=1))
    approver.press("推荐 示例·丙")
    assert approver.reads("的推荐已于")
    assert approver.reads("截止，系统收到您的请求是")
    assert states()["示例·丙"] == "proposed"
    assert clerk.open(LIST).reads("推荐已经截止，名单不能再改")


def test_a_hand_over(cast, at_work):
    colleague = factories.person(
        Role.AUTHORITY_CLERK, authority=cast.jiangsu, username="js-clerk-2", name="示例·接手人"
    )
    User.objects.filter(pk=cast.jiangsu_clerk.pk).update(name="示例·离任人")
    draft = factories.SubmissionFactory(
        authority=cast.jiangsu, created_by=cast.jiangsu_clerk, name_zh="示例·草稿"
    )
    factories.SubmissionFactory(
        authority=cast.jiangsu, created_by=cast.jiangsu_clerk, name_zh="示例·退回件", status="returned",
        return_reason="设备缺购置年份",
    )  # fmt: skip
    leaver = at_work(cast.jiangsu_clerk).open(f"/authorities/320000/submissions/{draft.number}/")
    assert leaver.reads("示例·草稿")

    approver = at_work(cast.jiangsu_approver)
    approver.follow("人员与密钥").follow("交接和停用：示例·离任人")
    assert approver.reads("草稿")
    approver.page.get_by_label("接手人").select_option(label="示例·接手人")
    approver.fill("原因", "调离").press("交接并停用账户")
    assert approver.reads("示例·离任人 → 示例·接手人")

    assert leaver.open("/desk/").path == "/accounts/login/"
    successor = at_work(colleague)
    assert successor.reads("设备缺购置年份")
    assert successor.reads("接自 示例·离任人")
    assert successor.reads("示例·离任人的工作已交接给您")
    successor.follow("示例·草稿")
    assert successor.path == f"/authorities/320000/submissions/{draft.number}/"
