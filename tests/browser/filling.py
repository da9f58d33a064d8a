"""What people do in the browser with a form, said once for every story."""

from __future__ import annotations

import re
from typing import Any

from platforms import record

PASSWORD = "a-good-long-password"


def sign_in(context: Any, root: str, username: str) -> Any:
    """A page of that person, at the desk."""
    page = context.new_page()
    page.goto(f"{root}/accounts/login/?next=/desk/")
    page.fill("input[name=login]", username)
    page.fill("input[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(f"{root}/desk/")
    return page


def fill_section(page: Any, section: str, payload: dict[str, Any]) -> None:
    """Type one section of ``payload`` into the page that shows it."""
    for item in record.FIELDS:
        if item.section != section:
            continue
        if item.aggregate in record.SINGLES:
            put(page, f"{item.aggregate}-{item.key}", item, payload[item.aggregate].get(item.key))
            continue
        for index, row in enumerate(payload[item.aggregate]):
            put(page, f"{item.aggregate}-{index}-{item.key}", item, row.get(item.key))


def put(page: Any, name: str, item: record.Field, value: Any) -> None:
    if value is None or value is False:
        return
    control = page.locator(f'[name="{name}"]')
    if item.kind in ("choice", "reference"):
        control.select_option(str(value))
    elif item.kind == "boolean":
        control.check()
    else:
        control.fill(str(value))


def press(page: Any, label: str) -> None:
    """Press the button that says exactly this and wait for the page that follows.

    A new page is loaded; the address alone also changes when the script has saved the first words of a new draft.
    """
    with page.expect_event("load"):
        page.get_by_role("button", name=label, exact=True).first.click()


def follow(page: Any, label: str) -> None:
    with page.expect_navigation():
        page.get_by_role("link", name=re.compile(f"^{re.escape(label)}")).first.click()


def open_up(page: Any, label: str) -> None:
    """Unfold what is folded under this word."""
    page.locator("summary", has_text=re.compile(f"^{re.escape(label)}$")).first.click()
