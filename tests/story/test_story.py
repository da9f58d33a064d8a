"""From an authority's spreadsheet to the public directory and the official list, as the people concerned live it."""

from __future__ import annotations

import datetime
import json
import re
from zoneinfo import ZoneInfo

from tests.story import importing, sheet
from tests.story.browser import Browser, Page
from tests.story.server import Installation, eventually

TITLE = "示例·第二批重点培育中试平台"
NUMBER = "示例部科〔2026〕2 号"
#: The notice runs five working days; no chain of holidays makes that more than three weeks.
SHIFT = 25
NOT_OFFICIAL = "演示站点，非政府网站"


def changes(public: Browser) -> list[dict]:
    """The whole change feed; its numbers are 1, 2, 3 … without a gap."""
    found, address = [], "changes/?after=0&limit=40"
    while address:
        answer = public.api(address)
        found += answer["results"]
        address = (answer["next"] or "").rpartition("/api/v1/")[2]
    assert [change["number"] for change in found] == list(range(1, len(found) + 1))
    assert answer["head"] == len(found)
    return found


def steps(ministry: Browser, batch: str, name: str, press: str, **fields: str) -> Page:
    return ministry.submit_form(ministry.open(f"/ministry/batches/{batch}/{name}/"), press, **fields)


def test_sixty_platforms_reach_the_directory_and_three_of_them_the_list(place, browser):
    public = browser()
    clerk, approver = browser("jiangsu-clerk"), browser("jiangsu-approver")
    ministry, chief = browser("ministry-clerk"), browser("ministry-approver-1")

    the_clerk_imports_sixty_platforms(place, clerk)
    the_reserve_takes_them_in(public, approver, ministry)
    batch = the_ministry_opens_a_batch(public, ministry, chief)
    chosen = the_authority_recommends(batch, clerk, approver)
    the_batch_is_judged(batch, chosen, public, ministry, [browser("expert-1"), browser("expert-2")])
    notice = the_list_is_put_on_notice(batch, chosen, public, ministry, chief)
    an_objection_is_lodged_and_ruled(notice, public, ministry, chief)
    the_window_closes(place, batch, public)
    address = the_decision_comes_into_force(batch, chosen, ministry, chief)
    everyone_can_see_it(address, chosen, public)
    found = place.manage("verify_registry")
    assert found.returncode == 0, found.stdout + found.stderr


def the_clerk_imports_sixty_platforms(place: Installation, clerk: Browser) -> None:
    page = clerk.open(f"{importing.OFFICE}/imports/")
    content, mistakes = sheet.filled(clerk.download(page, "空白模板（XLSX）"))
    page = importing.upload(clerk, content)
    path = page.path
    page = importing.correct(clerk, page, mistakes)
    assert not importing.cells_to_correct(page), page.text

    killed = []

    def kill_the_worker(done: int, total: int) -> None:
        assert total == sheet.ROWS
        killed.append(place.kill_worker())

    page = clerk.submit_form(page, f"全部写入（{sheet.ROWS} 行）", declared="1")
    importing.written(clerk, path, kill_the_worker)
    assert place.worker() not in killed
    prepared = clerk.api("submissions/", status="prepared", page_size=200)
    assert prepared["count"] == len({row["number"] for row in prepared["results"]}) == sheet.ROWS
    names = {row["name_zh"] for row in prepared["results"]}
    assert names == {sheet.name_of(serial) for serial in range(1, sheet.ROWS + 1)}


def the_reserve_takes_them_in(public: Browser, approver: Browser, ministry: Browser) -> None:
    assert public.api("platforms/")["count"] == 0
    assert importing.submit_all(approver) == sheet.ROWS
    assert public.api("platforms/")["count"] == 0
    importing.accept_all(ministry)
    assert public.api("platforms/", tier="reserve")["count"] == sheet.ROWS
    page = public.open("/platforms/?tier=reserve")
    assert NOT_OFFICIAL in page.soup.get_text()
    assert str(sheet.ROWS) in page
    assert len(changes(public)) >= sheet.ROWS


def the_ministry_opens_a_batch(public: Browser, ministry: Browser, chief: Browser) -> str:
    page = ministry.submit_form(
        ministry.open("/ministry/batches/"), "建立草稿", title_zh=TITLE, tier="重点培育"
    )
    batch = page.path.split("/")[3]
    until = datetime.datetime.now(ZoneInfo("Asia/Shanghai")) + datetime.timedelta(days=3)
    page = ministry.submit_form(
        page, "保存内容", title_en="Sample second key batch", recommend_until=f"{until:%Y-%m-%dT%H:%M}"
    )
    kinds = ["形式审查", "专家评审", "公示", "决定"]
    plan = {f"kind_{n}": kind for n, kind in enumerate([*kinds, *["—"] * 4], 1)}
    page = ministry.submit_form(page, "保存环节", **plan)
    page = ministry.open(f"/ministry/batches/{batch}/criteria/")
    page = ministry.submit_form(page, "添加指标条件")
    line = {"text_zh": "示例：中试场地面积", "text_en": "Sample: pilot floor area", "unit": "m²"}
    threshold = {"field": "platform.floor_area_m2", "op": "gte", "value": "2000"}
    ministry.submit_form(
        page, "保存条件", **{f"lines-0-{name}": each for name, each in {**line, **threshold}.items()}
    )
    ministry.submit_form(ministry.open(f"/ministry/batches/{batch}/quotas/"), "保存名额", **{"320000": "3"})
    public.open(f"/batches/{batch}/", expect=404)
    refused = ministry.open(f"/ministry/batches/{batch}/open/")
    assert refused.button("开放推荐") is None
    steps(chief, batch, "open", "开放推荐")
    assert TITLE in public.open(f"/batches/{batch}/")
    return batch


def the_authority_recommends(batch: str, clerk: Browser, approver: Browser) -> tuple[str, ...]:
    """Four are proposed and ranked, three have a place; returns the names of the three."""
    path = f"{importing.OFFICE}/batches/{batch}/"
    names = [sheet.name_of(serial) for serial in (11, 12, 13, 14)]
    for name in names:
        page = clerk.submit_form(clerk.open(f"{path}?q={name}"), f"加入名单 {name}", expect=200)
    page = clerk.open(path)
    ranks = {control["name"]: control["value"] for control in page.soup.select('input[name^="rank-"]')}
    backwards = dict(zip(ranks, reversed(ranks.values()), strict=True))
    page = clerk.submit_form(page, "按序号重排", **backwards)
    wanted = tuple(reversed(names))
    assert _names_in_order(page, names) == list(wanted)

    page = approver.open(path)
    page = approver.submit_form(page, "推荐所选", id=page.ticks("id"))
    assert "名额 3 个已用完" in page
    page = approver.submit_form(page, "确认推荐")
    page = approver.submit_form(page, f"推荐 {wanted[3]}", expect=409)
    assert "名额 3 个已用完" in page
    return wanted[:3]


def _names_in_order(page: Page, names: list[str]) -> list[str]:
    return [name for cell in page.soup.select("tr[id] th") for name in names if name in cell.get_text()]


def the_batch_is_judged(
    batch: str, chosen: tuple[str, ...], public: Browser, ministry: Browser, experts: list[Browser]
) -> None:
    steps(ministry, batch, "close", "结束推荐，进入评审", reason="示例：提前结束")
    page = ministry.open(f"/ministry/batches/{batch}/")
    page = ministry.submit_form(page, "形式审查通过", id=page.ticks("id"))
    page = ministry.submit_form(page, "形式审查通过")
    assert "已处理 3 条" in page
    steps(ministry, batch, "finish_stage", "完成当前环节")

    page = ministry.submit_form(
        ministry.open(f"/ministry/batches/{batch}/panels/"), "组建评审组", name="示例评审组"
    )
    panel = page.path
    page = ministry.submit_form(page, "查看方案", per_application="2")
    page = ministry.submit_form(page, "应用方案：分配 6 项")
    page = ministry.submit_form(page, "开始评审")
    for expert in experts:
        the_expert_scores_all(expert)
    page = ministry.submit_form(ministry.open(panel), "结束评审")

    page = ministry.open(f"/ministry/batches/{batch}/scores/")
    page = ministry.submit_form(page, "列入初步名单", application=page.ticks("application"))
    assert "已处理 3 个平台" in page
    steps(ministry, batch, "finish_stage", "完成当前环节")
    no_name_is_public(batch, chosen, public)


def the_expert_scores_all(expert: Browser) -> None:
    sheets = expert.open("/reviews/").links("/reviews/")
    sheets = [link for link in sheets if re.search(r"/reviews/\d+/$", link)]
    assert len(sheets) == 3
    for link in sheets:
        page = expert.open(link)
        marks = {radio["name"]: "4" for radio in page.soup.select("input[type=radio]")}
        assert len(marks) == 6
        page = expert.submit_form(page, "保存并提交", comment="示例意见", **marks)
        assert "评分已提交" in page


def no_name_is_public(batch: str, chosen: tuple[str, ...], public: Browser) -> None:
    """Between recommendation and notice nobody outside learns who is in the batch."""
    seen = [public.open(path).text for path in (f"/batches/{batch}/", f"/en/batches/{batch}/", "/batches/")]
    seen += [
        json.dumps(public.api(path), ensure_ascii=False)
        for path in (f"batches/{batch}/", "notices/", "lists/", "releases/", "designations/?tier=key")
    ]
    for name in chosen:
        assert not [text for text in seen if name in text]
    assert public.api("platforms/", tier="key")["count"] == 0


def the_list_is_put_on_notice(
    batch: str, chosen: tuple[str, ...], public: Browser, ministry: Browser, chief: Browser
) -> str:
    page = ministry.submit_form(
        ministry.open("/ministry/notices/"),
        "编制公示",
        batch=TITLE,
        title=f"{TITLE}公示",
        title_en="Sample notice",
        contact="010-00000000",
    )
    code = page.path.split("/")[3]
    assert page.button("发布公示") is None
    public.open(f"/notices/{code}/", expect=404)
    no_name_is_public(batch, chosen, public)
    page = chief.submit_form(chief.open(page.path), "发布公示")
    for path in (f"/notices/{code}/", f"/en/notices/{code}/"):
        page = public.open(path)
        assert all(name in page for name in chosen), page.text
    assert sheet.name_of(11) not in page
    assert public.api("platforms/", tier="key")["count"] == 0
    return code


def an_objection_is_lodged_and_ruled(notice: str, public: Browser, ministry: Browser, chief: Browser) -> None:
    page = public.submit_form(
        public.open(f"/notices/{notice}/objection/"),
        "提交异议",
        party="person",
        name="示例异议人",
        contact="010-11111111",
        reasons="示例：对建设条件有疑问。",
    )
    receipt, query_code = (found.get_text() for found in page.soup.select("b.code"))
    page = ministry.open(f"/ministry/objections/{receipt}/")
    assert "示例异议人" not in page
    page = ministry.submit_form(page, "开始办理")
    assert page.button("作出裁定") is None
    page = chief.submit_form(
        chief.open(page.path), "作出裁定", ruling="dismiss", finding="示例：已核实。", reply="示例：不成立。"
    )
    page = public.submit_form(
        public.open(f"/notices/{notice}/objection/status/"), "查询", receipt=receipt, query_code=query_code
    )
    assert "示例：不成立。" in page


def the_window_closes(place: Installation, batch: str, public: Browser) -> None:
    """A rehearsal's clock jumps; the scheduler then closes the notice by itself."""
    page = public.open(f"/batches/{batch}/")
    assert "初步名单正在公示" in page
    place.restart(REGISTRY_CLOCK_SHIFT_DAYS=str(SHIFT))
    assert "公示已结束" in public.open(f"/batches/{batch}/")
    eventually(lambda: public.api(f"batches/{batch}/")["status"] == "deciding", "the notice to be closed")


def the_decision_comes_into_force(
    batch: str, chosen: tuple[str, ...], ministry: Browser, chief: Browser
) -> str:
    day = datetime.datetime.now(ZoneInfo("Asia/Shanghai")).date() + datetime.timedelta(days=SHIFT - 1)
    page = ministry.submit_form(
        ministry.open("/ministry/decisions/"),
        "起草",
        batch=TITLE,
        document_no=NUMBER,
        title=f"{TITLE}名单",
        title_en="Sample list",
        decided_on=day.isoformat(),
    )
    page = ministry.submit_form(page, "冻结名单")
    assert all(name in page for name in chosen)
    path = page.path
    token = page.soup.find("input", attrs={"name": "csrfmiddlewaretoken"})["value"]  # type: ignore[index]
    own = {"csrfmiddlewaretoken": token, "do": "approve", "approve-entries_typed": "3"}
    assert ministry.send("POST", path, data=own).status_code == 403
    page = chief.submit_form(chief.open(path), "批准", entries_typed="2", expect=400)
    assert "2" in page
    page = chief.submit_form(chief.open(path), "批准", entries_typed="3")
    page = chief.wait(path, lambda page: bool(page.links("/lists/")), "the decision to be in force")
    return page.links("/lists/")[0]


def everyone_can_see_it(address: str, chosen: tuple[str, ...], public: Browser) -> None:
    path = address[address.index("/lists/") :]
    for page in (public.open(path), public.open(f"/en{path}")):
        assert all(name in page for name in chosen), page.text
        assert NUMBER in page
        assert page.links(path.rsplit("/", 2)[0] + "/0.1/"), "the list names its earlier versions"
    for prefix in ("", "/en"):
        page = public.open(f"{prefix}/platforms/?tier=key")
        assert all(name in page for name in chosen), page.text
    key = public.api("platforms/", tier="key")
    assert {card["name_zh"] for card in key["results"]} == set(chosen)
    assert public.api("platforms/", tier="reserve")["count"] == sheet.ROWS - len(chosen)
    code = key["results"][0]["code"]
    for prefix, language in (("", "zh-Hans"), ("/en", "en")):
        page = public.open(f"{prefix}/platforms/{code}/")
        assert page.soup.html["lang"] == language  # type: ignore[index]
        assert NUMBER in page, page.text
        assert page.links(path), "the platform page leads to the list"
    history = public.api(f"platforms/{code}/history/")
    assert NUMBER in json.dumps(history, ensure_ascii=False)
    feed = [change for change in changes(public) if change["code"] == code]
    assert NUMBER in json.dumps(feed, ensure_ascii=False), feed
