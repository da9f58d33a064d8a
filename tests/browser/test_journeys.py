"""What people come for, done in a browser: with JavaScript, without it, and with the keyboard alone."""

from __future__ import annotations

import re

import pytest

from platforms.models import Letter
from tests import factories
from tests.cultivation import noticing
from tests.platforms.publishing import published

pytestmark = pytest.mark.django_db(transaction=True)

SCRIPTS = pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])


@pytest.fixture
def root(live_server, settings) -> str:
    settings.ALLOWED_HOSTS = ["*"]
    settings.FORM_LEAST_SECONDS = 0  # a browser that is driven types faster than a person
    return live_server.url


@pytest.fixture
def tab(browser, request):
    """A tab of 375 px; ``script`` of the test says whether it runs JavaScript."""
    script = request.node.callspec.params.get("script", True) if hasattr(request.node, "callspec") else True
    context = browser.new_context(
        viewport={"width": 375, "height": 800}, java_script_enabled=script, locale="zh-CN"
    )
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield page
    context.close()


@pytest.fixture
def platforms(db) -> list[str]:
    return [
        published(name, services=["固态电池放大"], scale="t").code
        for name in ("示例·固态甲平台", "示例·固态乙平台")
    ]


@SCRIPTS
def test_find_compare_enquire(tab, root, platforms, script):
    tab.goto(root + "/")
    tab.locator("#q").fill("固态")
    tab.locator("#q").press("Enter")
    tab.wait_for_url("**/platforms/**")
    for box in tab.locator("input[name=code]").all():
        box.check()
    tab.get_by_role("button", name="对比所选").click()
    tab.wait_for_url("**/compare/**")
    assert tab.locator("h1").inner_text() == "对比 2 个平台"
    tab.get_by_role("link", name="咨询这些平台").click()
    assert tab.locator("input[name=code]:checked").count() == 2
    tab.get_by_label("您要做什么中试").fill("固态电解质 100 公斤级放大")
    tab.get_by_label("电话或邮箱").fill("示例电话")
    tab.get_by_role("button", name="提交咨询").click()
    tab.wait_for_url("**/letters/receipt/**")

    letter = Letter.objects.get()
    assert sorted(d.platform.code for d in letter.deliveries.all()) == sorted(platforms)
    assert letter.receipt in tab.locator("main").inner_text()


@SCRIPTS
def test_notice_objection_receipt(tab, root, cast, script):
    notice = noticing.on_notice(cast, contact="010-00000000")
    tab.goto(f"{root}/notices/{notice.code}/")
    tab.get_by_role("link", name="提出异议").first.click()
    tab.get_by_label("个人").check()
    tab.get_by_label("姓名或单位名称").fill("示例异议人")
    tab.get_by_role("textbox", name="联系方式").fill("示例联系方式")
    tab.get_by_label("异议内容和理由").fill("示例理由。")
    tab.get_by_role("button", name="提交异议").click()
    tab.wait_for_url("**/objection/receipt/**")
    said = tab.locator("main").inner_text()
    receipt, code = re.search(r"YY-\d{8}-\w{6}", said)[0], re.search(r"查询码\s*([0-9A-Z]{10})", said)[1]
    tab.goto(f"{root}/notices/{notice.code}/objection/status/")
    tab.get_by_label("受理编号").fill(receipt)
    tab.get_by_label("查询码").fill(code)
    tab.get_by_role("button", name="查询").click()
    assert receipt in tab.locator("main").inner_text()
    assert "示例异议人" not in tab.content()


@SCRIPTS
def test_verify(tab, root, platforms, script):
    tab.goto(root + "/verify/")
    tab.locator("main input[name=q]").fill(platforms[0].replace("-", " "))
    tab.locator("main input[name=q]").press("Enter")
    assert "真实且最新" in tab.locator("main").inner_text()


@SCRIPTS
def test_report_an_error_and_follow_it(tab, root, platforms, script):
    tab.goto(f"{root}/platforms/{platforms[0]}/")
    tab.get_by_role("link", name="报告错误").click()
    tab.get_by_label("哪里有误，正确的是什么").fill("示例：电话已变更。")
    tab.get_by_role("button", name="提交").click()
    tab.wait_for_url("**/letters/receipt/**")
    said = tab.locator("main").inner_text()
    tab.get_by_role("link", name="查询来信的答复").click()
    tab.get_by_label("受理编号").fill(re.search(r"JC-\d{8}-\w{6}", said)[0])
    tab.get_by_label("查询码").fill(re.search(r"查询码\s*([0-9A-Z]{10})", said)[1])
    tab.get_by_role("button", name="查询").click()
    assert "待答复" in tab.locator("main").inner_text()


def test_find_compare_enquire_by_keyboard_alone(tab, root, platforms):
    tab.set_viewport_size({"width": 1280, "height": 900})
    tab.goto(root + "/platforms/?q=固态")
    press(tab, "input[name=code]", "Space")
    press(
        tab,
        f"input[name=code][value='{tab.locator('input[name=code]').nth(1).get_attribute('value')}']",
        "Space",
    )
    press(tab, "button:has-text('对比所选')", "Enter")
    tab.wait_for_url("**/compare/**")
    press(tab, "a:has-text('咨询这些平台')", "Enter")
    tab.wait_for_url("**/enquiry/**")
    press(tab, "textarea[name=need]")
    tab.keyboard.type("固态电解质放大")
    press(tab, "input[name=contact]")
    tab.keyboard.type("sample")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/letters/receipt/**")
    assert Letter.objects.count() == 1


def test_notice_objection_receipt_by_keyboard_alone(tab, root, cast):
    notice = noticing.on_notice(cast)
    tab.goto(f"{root}/notices/{notice.code}/")
    press(tab, "main a:has-text('提出异议')", "Enter")
    tab.wait_for_url("**/objection/**")
    press(tab, "input[name=party]", "Space")
    for name in ("name", "contact", "reasons"):
        press(tab, f"[name={name}]")
        tab.keyboard.type("sample")
    press(tab, "button:has-text('提交异议')", "Enter")
    tab.wait_for_url("**/objection/receipt/**")
    assert "YY-" in tab.locator("main").inner_text()


def test_suggestions_come_while_typing(tab, root, platforms):
    tab.goto(root + "/platforms/")
    tab.locator("#q").press_sequentially("固态")
    tab.locator("#q-said", has_text="2").wait_for()
    assert tab.locator("#q-suggestions option[value='示例·固态甲平台']").count() == 1


def test_the_first_tab_leads_past_the_head_of_the_page(tab, root, platforms):
    tab.goto(root + "/platforms/")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.getAttribute('href')") == "#main"
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.closest('main') !== null")


def press(tab, selector: str, key: str = "") -> None:
    """Walk with Tab until the control has the focus, seen as focused, and press ``key`` on it."""
    wanted = tab.locator(selector).first
    for _step in range(150):
        tab.keyboard.press("Tab")
        if wanted.evaluate("item => item === document.activeElement"):
            outline = wanted.evaluate("item => getComputedStyle(item).outlineStyle")
            assert outline != "none", f"{selector}: focus is not to be seen"
            if key:
                tab.keyboard.press(key)
            return
    raise AssertionError(f"{selector} is not reached with Tab")


def test_a_message_of_the_desk_reaches_who_answers(tab, root, cast):
    """The other half of the enquiry: the operator answers, the firm reads it."""
    from platforms import receipts
    from platforms.actions import letter as letters

    platform = factories.PlatformFactory(operator=cast.operator_unit, authority=cast.jiangsu)
    receipt = letters.send(
        kind="enquiry", codes=[platform.code], nonce=receipts.new_nonce(), need="示例需求", contact="示例"
    )
    tab.goto(f"{root}/accounts/login/?next=/desk/letters/")
    tab.fill("input[name=login]", "operator")
    tab.fill("input[name=password]", "a-good-long-password")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/desk/letters/")
    tab.get_by_role("link", name=receipt.letter.receipt).click()
    tab.get_by_role("textbox", name="答复").fill("可以承接。")
    tab.get_by_role("button", name="答复", exact=True).click()
    tab.wait_for_url("**/desk/letters/")
    tab.goto(f"{root}/letters/status/")
    tab.get_by_label("受理编号").fill(receipt.letter.receipt)
    tab.get_by_label("查询码").fill(receipt.query_code)
    tab.get_by_role("button", name="查询").click()
    assert "可以承接。" in tab.locator("main").inner_text()
