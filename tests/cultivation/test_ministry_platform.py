"""The ministry's page of a platform: evaluated, put right, ended, brought back, and read as it was on any day."""

import contextlib
import datetime
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from cultivation.actions import designation as designations
from cultivation.actions import evaluation as evaluations
from cultivation.models import Designation, Evaluation, Rectification
from cultivation.replay import on_day
from cultivation.scoring import GradeRule
from platforms.errors import Conflict, IllegalStep, Invalid, NotPermitted
from platforms.models import Notification, Platform, PublicPlatform
from platforms.publish import publish
from tests import factories

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()
RULES = [
    GradeRule("excellent", Decimal(90), Decimal("0.5")),
    GradeRule("good", Decimal(75)),
    GradeRule("qualified", Decimal(60)),
    GradeRule("failed", Decimal(0)),
]


def listed(cast, **fields) -> Platform:
    platform = factories.PlatformFactory(authority=cast.jiangsu, **fields)
    designations.designate(platform=platform, tier="key", on=datetime.date(2026, 1, 5))
    publish(platform)
    platform.refresh_from_db()
    return platform


def page(platform: Platform) -> str:
    return reverse("ministry-platform", args=(platform.code,))


def send(client, platform: Platform, do: str, **fields):
    return client.post(
        page(platform), {"do": do, **{f"{do}-{name}": value for name, value in fields.items()}}
    )


def test_a_failed_platform_has_a_year_to_put_things_right_and_its_authority_is_told(cast, signed_in):
    platform = listed(cast)
    clerk = signed_in(cast.ministry_clerk)
    answer = send(
        clerk, platform, "evaluate", cycle="2026", grade="failed", score="41", evaluated_on=str(TODAY)
    )
    assert answer.status_code == 302
    due = Rectification.objects.get()
    assert (due.due_on - due.starts_on).days == 365
    assert set(Notification.objects.values_list("recipient__username", flat=True)) == {
        "js-clerk",
        "js-approver",
    }
    again = send(clerk, platform, "evaluate", cycle="2026", grade="good", evaluated_on=str(TODAY))
    assert (again.status_code, "该周期已有评价" in again.text, Evaluation.objects.count()) == (409, True, 1)
    closed = send(clerk, platform, "rectify", rectification=due.pk, passed="yes", result="示例：已整改")
    due.refresh_from_db()
    assert (closed.status_code, due.passed, due.closed_by) == (302, True, cast.ministry_clerk)
    with pytest.raises(IllegalStep, match="已经办结"):
        evaluations.close(rectification=due, passed=False, result="示例", by=cast.ministry_clerk)


def test_a_cohort_is_graded_with_caps_all_or_none(cast):
    found = [listed(cast) for _n in range(4)]
    scores = dict(zip(found, map(Decimal, (95, 94, 93, 50)), strict=True))
    given = evaluations.grade_cycle(
        cycle="2026", scores=scores, rules=RULES, evaluated_on=TODAY, by=cast.ministry_clerk
    )
    # half of four may be excellent; the third best is good whatever its score
    assert [each.grade for each in given] == ["excellent", "excellent", "good", "failed"]
    more = {listed(cast): Decimal(80), found[0]: Decimal(80)}
    with pytest.raises(Conflict):
        evaluations.grade_cycle(
            cycle="2026", scores=more, rules=RULES, evaluated_on=TODAY, by=cast.ministry_clerk
        )
    with pytest.raises(Invalid, match="还没有得分"):
        evaluations.grade_cycle(
            cycle="2027", scores={found[0]: None}, rules=RULES, evaluated_on=TODAY, by=cast.ministry_clerk
        )
    assert Evaluation.objects.count() == 4


def test_scores_are_pasted_looked_at_and_recorded_at_once(cast, signed_in):
    best, worst = listed(cast), listed(cast)
    clerk, url = signed_in(cast.ministry_clerk), reverse("ministry-evaluations")
    form = {
        "cycle": "2026", "evaluated_on": str(TODAY), "scores": f"{best.code} 96\n{worst.code}\t41.5\n",
        "excellent_minimum": "90", "excellent_share": "50", "good_minimum": "75", "qualified_minimum": "60",
    }  # fmt: skip
    seen = clerk.post(url, form)
    assert (seen.status_code, "登记等次" in seen.text, Evaluation.objects.count()) == (200, True, 0)
    for wrong in (
        f"{best.code} 101",
        f"{best.code}",
        "ZS-32-99999-9 80",
        f"{best.code} 80\n{best.code} 81",
        "x NaN",
    ):
        refused = clerk.post(url, form | {"scores": wrong, "record": "1"})
        assert (refused.status_code, "读不出" in refused.text) == (400, True)
    assert clerk.post(url, form | {"record": "1"}).status_code == 302
    assert dict(Evaluation.objects.values_list("platform__code", "grade")) == {
        best.code: "excellent",
        worst.code: "failed",
    }
    assert clerk.post(url, form | {"record": "1"}).status_code == 409
    assert (
        signed_in(cast.ministry_approver).post(url, form | {"cycle": "2027", "record": "1"}).status_code
        == 403
    )


def test_the_reserve_is_not_evaluated_and_only_the_clerk_records(cast):
    reserve = factories.PlatformFactory(authority=cast.jiangsu, tier="reserve")
    facts = {"cycle": "2026", "grade": "good", "evaluated_on": TODAY}
    with pytest.raises(IllegalStep):
        evaluations.record(platform=reserve, by=cast.ministry_clerk, **facts)
    with pytest.raises(NotPermitted):
        evaluations.record(platform=listed(cast), by=cast.ministry_approver, **facts)


def test_the_approver_withdraws_a_tier_then_the_platform_and_brings_it_back(cast, signed_in):
    platform = listed(cast)
    approver, clerk = signed_in(cast.ministry_approver), signed_in(cast.ministry_clerk)
    assert "撤销认定" not in clerk.get(page(platform)).text
    assert send(clerk, platform, "withdraw", reason="示例").status_code == 403
    assert send(approver, platform, "end_tier", reason="").status_code == 400
    assert send(approver, platform, "end_tier", reason="示例：复核未通过").status_code == 302
    assert (Designation.objects.get().status, PublicPlatform.objects.get().tier) == ("withdrawn", None)
    assert send(approver, platform, "withdraw", reason="示例：停止运行").status_code == 302
    assert PublicPlatform.objects.get().status == "withdrawn"
    assert send(approver, platform, "restore", reason="示例：恢复运行").status_code == 302
    assert PublicPlatform.objects.get().status == "active"


def test_merging_on_the_page_names_the_survivor(cast, signed_in):
    ending, survivor = listed(cast), listed(cast)
    approver = signed_in(cast.ministry_approver)
    assert send(approver, ending, "merge", into="ZS-00-00000-0", reason="示例").status_code == 400
    assert send(approver, ending, "merge", into=survivor.code, reason="示例").status_code == 302
    ending.refresh_from_db()
    assert (ending.status, ending.merged_into) == ("merged", survivor)


@pytest.mark.django_db(transaction=True)  # the history dates events by their transaction
def test_the_record_is_read_as_it_was_on_any_day(cast, signed_in):
    """The database's clock dates every event, and its history cannot be rewritten: so the days asked for are around today."""
    platform = factories.PlatformFactory(authority=cast.jiangsu, name_zh="示例·旧名称")
    factories.ServiceItemFactory(platform=platform)
    platform.refresh_from_db()
    yesterday, tomorrow = (TODAY + datetime.timedelta(days=n) for n in (-1, 1))
    client = signed_in(cast.ministry_approver)
    assert on_day(platform, yesterday).existed is False
    assert "还没有这条记录" in client.get(page(platform), {"on": str(yesterday)}).text

    facts = {fact["label"]: fact for fact in on_day(platform, tomorrow).facts}
    assert not any(fact["changed"] for fact in facts.values())
    moment = _end_of_events()
    Platform.objects.filter(pk=platform.pk).update(name_zh="示例·新名称", floor_area_m2=None)
    platform.services.all().delete()
    platform.refresh_from_db()
    with _at(moment):
        then = on_day(platform, TODAY)
    changed = {fact["label"]: (fact["then"], fact["now"]) for fact in then.facts if fact["changed"]}
    assert changed == {
        "平台名称": ("示例·旧名称", "示例·新名称"),
        "中试场地及配套面积（平方米）": ("3000", ""),
    }
    assert ("服务项目", 1, 0) in [(each["label"], each["then"], each["now"]) for each in then.lists]


def _end_of_events() -> datetime.datetime:
    """The database's time after everything so far."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


@contextlib.contextmanager
def _at(moment: datetime.datetime):
    """Let “24:00 of that day” be this moment."""
    from cultivation import replay

    before, replay.end_of_day = replay.end_of_day, lambda day: moment
    try:
        yield
    finally:
        replay.end_of_day = before


def test_nonsense_for_a_day_asks_for_none(cast, signed_in):
    platform = listed(cast)
    for day in ("0000-00-00", "x", "9999-12-31", "0001-01-01"):
        assert signed_in(cast.ministry_clerk).get(page(platform), {"on": day}).status_code == 200
