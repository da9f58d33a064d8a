"""A batch from its draft to the official list, in browsers: the key tier with its consultation, the national tier with two
rounds of review, visits and two approvers. At every station somebody also tries what may not be done there."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pytest

from cultivation.actions import notice as notices
from cultivation.actions.designation import designate
from cultivation.models import Batch, Notice, Reviewer
from platforms import jobs
from platforms.access import Role
from platforms.choices import Tier
from platforms.models import Job, Platform, PublicPlatform
from platforms.publish import publish
from registry.verification import differences
from tests import factories
from tests.browser.people import Person
from tests.cultivation import noticing

pytestmark = pytest.mark.django_db(transaction=True)

BEIJING = ZoneInfo("Asia/Shanghai")


@dataclass
class Story:
    """Everybody at their windows, and what they talk about."""

    title: str
    names: list[str]
    public: Person
    clerk: Person
    approver: Person
    ministry: Person
    chief: Person
    experts: Sequence[Person]
    batch: str = ""

    def step(self, name: str, press: str, by: Person | None = None, **fields: str) -> Person:
        return (by or self.ministry).open(f"/ministry/batches/{self.batch}/{name}/").press(press, **fields)

    def finish_stage(self) -> None:
        self.step("finish_stage", "完成当前环节")
        assert "已办理：完成当前环节" in self.ministry.said

    def cannot_finish(self, why: str) -> None:
        """The page of the step says why instead of offering the button."""
        self.ministry.open(f"/ministry/batches/{self.batch}/finish_stage/")
        assert why in self.ministry.said
        assert not self.ministry.has_button("完成当前环节")


@pytest.fixture
def story(cast, person, monkeypatch):
    noticing.set_clock(monkeypatch, noticing.MONDAY)

    def begin(tier: str, *, platforms: int, experts: int) -> Story:
        names = _platforms(cast, tier, platforms)
        return Story(
            title=f"示例·{Tier(tier).label}故事",
            names=names,
            public=person(),
            clerk=person(cast.jiangsu_clerk),
            approver=person(cast.jiangsu_approver),
            ministry=person(cast.ministry_clerk),
            chief=person(cast.ministry_approver),
            experts=[person(_expert(n)) for n in range(experts)],
        )

    return begin


def _platforms(cast, tier: str, number: int) -> list[str]:
    """Platforms of Jiangsu on the tier below, on the public record."""
    below = {"key": Tier.RESERVE, "national": Tier.KEY}[tier]
    found = [factories.PlatformFactory(authority=cast.jiangsu) for _n in range(number)]
    for platform in found:
        designate(platform=platform, tier=below, on=datetime.date(2026, 1, 5))
        publish(platform)
    return [platform.name_zh for platform in found]


def _expert(number: int):
    user = factories.person(Role.EXPERT, username=f"story-expert-{number}", name=f"示例专家{number}")
    Reviewer.objects.create(user=user, organisation=f"示例研究院{number}").areas.set(
        [factories.AreaFactory()]
    )
    return user


def test_the_key_tier_from_draft_to_list(cast, story, monkeypatch):
    told = story("key", platforms=3, experts=2)
    a_batch_is_drafted_and_opened(told, "重点培育")
    the_authority_recommends(told)
    the_formal_check(told)
    a_round_of_review(told, marks=(3, 5))
    the_score_room_sorts(told, told.names[:2], left_out=told.names[2])
    told.finish_stage()
    the_consultation(told)
    the_notice_runs_its_days(told, told.names[:2], monkeypatch)
    the_decision(told, told.names[:2], approvers=[told.chief])
    everyone_reads_it(told, "key", told.names[:2])


def test_the_national_tier_with_two_rounds_visits_and_two_approvers(cast, story, person, monkeypatch):
    told = story("national", platforms=2, experts=2)
    second = person(cast.second_approver)
    a_batch_is_drafted_and_opened(told, "国家级")
    the_authority_recommends(told)
    the_formal_check(told)
    told.cannot_finish("还没有组建评审组")
    a_round_of_review(told, marks=(4, 5))
    told.finish_stage()
    a_round_of_review(told, marks=(5, 4))
    the_score_room_sorts(told, told.names)
    told.finish_stage()
    the_site_visits(told)
    the_notice_runs_its_days(told, told.names, monkeypatch)
    the_decision(told, told.names, approvers=[told.chief, second])
    everyone_reads_it(told, "national", told.names)


def a_batch_is_drafted_and_opened(told: Story, tier: str) -> None:
    ministry = told.ministry
    ministry.open("/ministry/batches/").press("建立草稿", title_zh=told.title, tier=tier)
    told.batch = ministry.path.split("/")[3]
    assert told.public.open(f"/batches/{told.batch}/").answer == 404
    told.chief.open(f"/ministry/batches/{told.batch}/open/").press("开放推荐")
    assert (told.chief.answer, "没有推荐截止时间" in told.chief.said) == (409, True)
    until = datetime.datetime.now(BEIJING) + datetime.timedelta(days=2)
    ministry.press("保存内容", recommend_until=f"{until:%Y-%m-%dT%H:%M}")
    ministry.open(f"/ministry/batches/{told.batch}/criteria/").press("添加指标条件")
    ministry.press(
        "试算", text_zh="示例：中试场地面积", field="中试场地及配套面积", op="不低于", value="2000", unit="m²"
    )
    assert "试算了现在" in ministry.said
    ministry.press("保存条件")
    assert "审查条件已保存" in ministry.said
    ministry.open(f"/ministry/batches/{told.batch}/open/")
    assert not ministry.has_button("开放推荐"), "whoever drafted it cannot open it"
    told.step("open", "开放推荐", by=told.chief)
    assert told.title in told.public.open(f"/batches/{told.batch}/").said


def the_authority_recommends(told: Story) -> None:
    page = f"/authorities/320000/batches/{told.batch}/"
    for name in told.names:
        told.clerk.open(page).press(f"加入名单 {name}")
    told.clerk.open(page)
    assert not told.clerk.has_button("推荐所选"), "the clerk proposes, another person recommends"
    told.approver.open(page).tick("id").press("推荐所选").press("确认推荐")
    told.step("close", "结束推荐，进入评审")
    assert (told.ministry.answer, "推荐截止时间" in told.ministry.said) == (409, True)
    told.step("close", "结束推荐，进入评审", reason="示例：提前结束")
    told.approver.open(page)
    assert not told.approver.has_button("推荐所选")


def the_formal_check(told: Story) -> None:
    told.cannot_finish(f"还有 {len(told.names)} 个没有审查结论")
    ministry = told.ministry.open(f"/ministry/batches/{told.batch}/")
    ministry.tick("id").press("列入初步名单")
    assert "将处理 0 条" in ministry.said
    assert "不能“列入初步名单”" in ministry.said
    ministry.open(f"/ministry/batches/{told.batch}/").tick("id").press("形式审查通过").press("形式审查通过")
    assert f"已处理 {len(told.names)} 条" in ministry.said
    told.finish_stage()


def a_round_of_review(told: Story, *, marks: Sequence[int]) -> None:
    ministry = told.ministry.open(f"/ministry/batches/{told.batch}/panels/")
    ministry.press("组建评审组", name="示例评审组")
    panel = ministry.path
    ministry.press("开始评审")
    assert (ministry.answer, "还没有分配任何评审任务" in ministry.said) == (409, True)
    tasks = len(told.names) * len(told.experts)
    ministry.open(panel).press("查看方案", per_application=str(len(told.experts)))
    ministry.press(f"应用方案：分配 {tasks} 项").press("开始评审")
    for expert, mark in zip(told.experts[:-1], marks, strict=False):
        the_expert_scores(expert, mark, len(told.names))
    ministry.open(panel).press("结束评审")
    assert (ministry.answer, "份评分没有提交" in ministry.said) == (409, True)
    told.cannot_finish("还有 1 个评审组没有结束评审")
    the_expert_scores(told.experts[-1], marks[-1], len(told.names))
    ministry.open(panel).press("结束评审")


def the_expert_scores(expert: Person, mark: int, sheets: int) -> None:
    rows = expert.open("/reviews/").page.locator("tbody tr", has_text="待评")
    waiting = [row.locator("a").get_attribute("href") for row in rows.all()]
    assert len(waiting) == sheets
    for sheet in waiting:
        boxes = expert.open(sheet).page.locator("fieldset.criterion input[type=radio]").all()
        groups = list(dict.fromkeys(box.get_attribute("name") for box in boxes))
        if sheet == waiting[0]:
            expert.press("保存并提交", **{groups[0]: mark})
            assert (expert.answer, "还有评分项没有打分" in expert.said) == (409, True)
        expert.press("保存并提交", comment="示例意见", **dict.fromkeys(groups, mark))
        assert "评分已提交" in expert.said


def the_score_room_sorts(told: Story, chosen: Sequence[str], left_out: str = "") -> None:
    ministry = told.ministry.open(f"/ministry/batches/{told.batch}/scores/")
    for name in chosen:
        ministry.page.locator("tbody tr", has_text=name).locator("input[type=checkbox]").check()
    ministry.press("列入初步名单")
    if left_out:
        ministry.open(f"/ministry/batches/{told.batch}/scores/")
        ministry.page.locator("tbody tr", has_text=left_out).locator("input[type=checkbox]").check()
        ministry.press("列为备选")
        assert "请写明原因" in ministry.said
        ministry.open(f"/ministry/batches/{told.batch}/scores/")
        ministry.page.locator("tbody tr", has_text=left_out).locator("input[type=checkbox]").check()
        ministry.press("列为备选", reason="示例：名额所限")
    told.clerk.open(f"/authorities/320000/batches/{told.batch}/")
    assert "拟入选" not in told.clerk.said and "备选" not in told.clerk.said


def the_consultation(told: Story) -> None:
    told.cannot_finish("还没有征求意见的记录")
    page = f"/ministry/batches/{told.batch}/consultations/"
    today = datetime.datetime.now(BEIJING).date().isoformat()
    told.ministry.open(page).press("登记征求意见", body="示例司局", asked_on=today)
    told.cannot_finish("还有 1 个征求对象没有答复")
    told.ministry.open(page).press("登记答复", consultation="示例司局", answered_on=today, opinion="无意见。")
    told.finish_stage()


def the_site_visits(told: Story) -> None:
    told.cannot_finish(f"还有 {len(told.names)} 个拟入选平台没有现场考察记录")
    today = datetime.datetime.now(BEIJING).date().isoformat()
    for name in told.names:
        told.ministry.open(f"/ministry/batches/{told.batch}/visits/").press(
            "登记现场考察",
            application=name, visited_on=today, visitors="示例甲、示例乙", report="示例：属实。", recommended="建议通过",
        )  # fmt: skip
        assert "已登记现场考察" in told.ministry.said
    told.finish_stage()


def the_notice_runs_its_days(told: Story, chosen: Sequence[str], monkeypatch) -> None:
    told.ministry.open("/ministry/notices/").press(
        "编制公示", batch=told.title, title=f"{told.title}公示", contact="010-00000000"
    )
    code = told.ministry.path.split("/")[3]
    assert not told.ministry.has_button("发布公示"), "whoever prepared it cannot publish it"
    assert told.public.open(f"/notices/{code}/").answer == 404
    told.chief.open(f"/ministry/notices/{code}/").press("发布公示")
    said = told.public.open(f"/notices/{code}/").said
    assert [name for name in told.names if name in said] == sorted(chosen)
    notice = Notice.objects.get(code=code)
    the_list_is_not_decided_while_it_is_on_notice(told)
    noticing.close(monkeypatch, notice)
    assert notices.close_finished() == 0


def the_list_is_not_decided_while_it_is_on_notice(told: Story) -> None:
    told.ministry.open("/ministry/decisions/").press(
        "起草", batch=told.title, document_no=f"示例〔2026〕{told.batch}", title=f"{told.title}名单",
        decided_on="2026-11-27",
    )  # fmt: skip
    assert "公示至" in told.ministry.said
    assert not told.ministry.has_button("冻结名单")


def the_decision(told: Story, chosen: Sequence[str], *, approvers: Sequence[Person]) -> None:
    found = Batch.objects.get(code=told.batch).decisions.get()
    page = f"/ministry/decisions/{found.pk}/"
    told.ministry.open(page).press("冻结名单")
    assert not told.ministry.has_button("批准"), "the drafter does not approve"
    approvers[0].open(page).press("批准", entries_typed=len(chosen) + 1)
    assert (approvers[0].answer, "条数不符" in approvers[0].said) == (400, True)
    for person in approvers:
        assert not Job.objects.filter(kind="decision.bring_into_force").exists()
        person.open(page).press("批准", entries_typed=len(chosen))
        assert not person.has_button("批准"), "nobody approves twice"
    assert jobs.run(Job.objects.get(kind="decision.bring_into_force").pk)


def everyone_reads_it(told: Story, tier: str, chosen: Sequence[str]) -> None:
    public = told.public.open(f"/platforms/?tier={tier}")
    assert [name for name in told.names if name in public.said] == sorted(chosen)
    link = public.open(f"/batches/{told.batch}/").page.locator("a[href*='/lists/'][href$='/1.0/']").first
    link.click()
    assert re.search(r"/lists/[\w-]+/1\.0/$", public.path)
    assert [name for name in told.names if name in public.said] == sorted(chosen)
    assert set(PublicPlatform.objects.filter(tier=tier).values_list("name_zh", flat=True)) == set(chosen)
    assert Platform.objects.filter(tier=tier).count() == len(chosen)
    assert list(differences()) == []
