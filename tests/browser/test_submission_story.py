"""登记一个平台, in a browser and by its pages only: written, returned on two fields, corrected, accepted. With a script and without."""

from __future__ import annotations

import pytest

from tests.browser.filling import fill_section, follow, open_up, press, sign_in
from tests.cultivation.submissions import reference_data
from tests.factories import valid_payload

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "示例·申报平台"


@pytest.mark.parametrize("script", [True, False], ids=["with a script", "without"])
def test_register_submit_returned_on_two_fields_corrected_accepted(browser, live_server, cast, script):
    from django.conf import settings

    settings.ALLOWED_HOSTS = ["*"]
    reference_data()
    root, opened, faults = live_server.url, [], []

    def person(username: str):
        context = browser.new_context(java_script_enabled=script, locale="zh-CN")
        opened.append(context)
        page = sign_in(context, root, username)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if "Policy" in said.text else None)
        return page

    clerk, approver, ministry = person("js-clerk"), person("js-approver"), person("mi-clerk")

    # The clerk writes it section by section and hands it over.
    follow(clerk, "申报")
    follow(clerk, "登记新平台")
    payload = valid_payload(name=NAME)
    fill_section(clerk, "identity", payload)
    press(clerk, "保存并继续")
    for section in ("mode", "capability", "equipment", "services", "results", "narrative", "contact"):
        assert f"/sections/{section}/" in clerk.url
        fill_section(clerk, section, payload)
        press(clerk, "保存并继续")
    assert clerk.locator("text=完成 8 / 8").count() >= 1
    hand_over(clerk)
    assert clerk.locator("text=已提交，本单位审核人会收到消息").count() == 1

    # The approver finds it on the desk.
    approve(approver, root)

    # The ministry returns it on two fields, each with its reason.
    open_at_the_ministry(ministry, root)
    open_up(ministry, "退回补正")
    ministry.fill("[name=reason]", "两处与材料不符")
    open_up(ministry, "能力")
    ministry.fill('[name="why-platform-staff_total"]', "台账为 28 人")
    open_up(ministry, "联系与声明")
    ministry.fill('[name="why-platform-office_phone"]', "号码打不通")
    ministry.fill("[name=due_on]", "2099-12-31")
    press(ministry, "退回补正")
    assert ministry.locator("text=已退回补正，原因已发给推荐单位").count() == 1

    # The clerk sees it first on the desk and may change these two only.
    clerk.goto(f"{root}/desk/")
    assert NAME in clerk.locator("main tbody tr").first.inner_text()
    follow(clerk, NAME)
    correct(clerk, "3 能力", "platform-staff_total", "台账为 28 人", "28")
    correct(clerk, "8 联系与声明", "platform-office_phone", "号码打不通", "0510-88880009")
    assert clerk.locator("text=退回之后改动 2 处").count() == 1
    hand_over(clerk)

    approve(approver, root)

    # The ministry reads the differences and accepts.
    open_at_the_ministry(ministry, root)
    changes = ministry.locator("section[aria-labelledby=corrected] tbody tr").all_inner_texts()
    assert [line.split() for line in changes] == [
        ["专职人员（人）", "30", "28"],
        ["办公电话", "0510-88880000", "0510-88880009"],
    ]
    press(ministry, "受理入库")
    assert ministry.locator("text=已受理入库").count() == 1
    follow(ministry, "ZS-32-")
    assert ministry.locator("h1").inner_text().startswith(NAME)
    assert "0510-88880009" in ministry.locator("main").inner_text()

    for context in opened:
        context.close()
    assert faults == []


def hand_over(page) -> None:
    page.check("#declared")
    press(page, "提交给审核人")


def approve(page, root: str) -> None:
    page.goto(f"{root}/desk/")
    follow(page, NAME)
    press(page, "审核通过并上报")
    assert page.locator("text=已上报，等待部受理").count() == 1


def open_at_the_ministry(page, root: str) -> None:
    page.goto(f"{root}/desk/")
    page.locator("main a[href*='/ministry/submissions/']").first.click()
    follow(page, NAME)


def correct(page, task: str, name: str, reason: str, value: str) -> None:
    page.get_by_role("link", name=task).first.click()
    controls = page.locator("form#section [name^=platform-]")
    assert [item.get_attribute("name") for item in controls.all()] == [name]
    assert page.locator(f".pin:has-text('{reason}')").count() == 1
    controls.first.fill(value)
    press(page, "保存并返回核对")
