"""The table of a batch by keyboard: every key does what a visible control does, and all can be switched off."""

from __future__ import annotations

import pytest

from tests.cultivation import batches

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_key_does_what_a_control_does_and_all_can_be_switched_off(cast, person):
    batch = batches.open_batch(cast)
    for name in ("示例·一", "示例·二"):
        batches.recommended(cast, batch, name_zh=name)
    batches.closed(cast, batch)
    here = f"/ministry/batches/{batch.code}/"
    clerk = person(cast.ministry_clerk).open(here)
    page, press = clerk.page, clerk.page.keyboard.press

    def row() -> str:
        return page.evaluate("document.activeElement.closest('tr[data-row]')?.innerText ?? ''")

    def ticked() -> list[bool]:
        return [box.is_checked() for box in page.locator("tr[data-row] input[type=checkbox]").all()]

    def focused() -> str:
        return page.evaluate("document.activeElement.id")

    page.locator("h1").click()
    press("j")
    assert "示例·一" in row()
    press("j")
    press("j")
    assert "示例·二" in row(), "the last row is the last"
    assert page.locator("tr[data-row][tabindex='0']").count() == 1
    press("k")
    press("x")
    assert ticked() == [True, False]
    press("a")
    assert ticked() == [True, True]
    press("?")
    assert page.locator("#keys").get_attribute("open") is not None
    assert page.locator("#keys kbd").all_inner_texts() == [
        "?", "/", "j", "k", "x", "a", "o", "p", "e", "g", "n", "b", "Esc", "?",
    ]  # fmt: skip
    press("?")
    press("g")
    assert focused() == "f-group"
    page.locator("h1").click()
    press("/")
    assert focused() == "q"
    page.keyboard.type("jxo")
    assert page.locator("#q").input_value() == "jxo", "in a field the keys are letters"
    for key, landed in (("p", "#peek"), ("o", "/applications/"), ("e", "#moves")):
        clerk.open(here)
        press("j")
        with page.expect_navigation():
            press(key)
        assert landed in page.url
        if key == "p":
            with page.expect_navigation():
                press("Escape")
            assert page.locator("#peek").count() == 0
    clerk.open(here)
    page.locator("#keys summary").click()
    page.get_by_role("button", name="下一行").click()
    assert "示例·一" in row()
    page.get_by_role("button", name="关闭快捷键").click()
    clerk.open(here)
    press("j")
    assert row() == ""
    page.locator("#keys summary").click()
    page.get_by_role("button", name="启用快捷键").click()
    page.locator("h1").click()
    press("j")
    assert "示例·一" in row()
    with page.expect_navigation():
        press("Control+k")
    assert page.url.endswith("/desk/go/")
    assert focused() == "go"
