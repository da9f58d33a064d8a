"""People at their browsers, each signed in by form, with or without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from platforms.models import User

PASSWORD = "a-good-long-password"


def named(name: str) -> re.Pattern[str]:
    """The accessible name, whatever white space the browser puts between its parts."""
    return re.compile(r"^\s*" + r"\s*".join(map(re.escape, name.replace(" ", ""))) + r"\s*$")


class Person:
    """One person's window. Links and buttons are found by what is read on them."""

    def __init__(self, page, root: str) -> None:
        self.page, self.root = page, root

    def open(self, path: str) -> Person:
        self.page.goto(self.root + path)
        return self

    def press(self, name: str) -> Person:
        self.page.get_by_role("button", name=named(name)).first.click()
        self.page.wait_for_load_state()
        return self

    def follow(self, name: str) -> Person:
        self.page.get_by_role("link", name=named(name)).first.click()
        self.page.wait_for_load_state()
        return self

    def fill(self, label: str, value: str) -> Person:
        self.page.locator("input, textarea").and_(self.page.get_by_label(label)).first.fill(value)
        return self

    def reads(self, text: str) -> bool:
        return text in self.page.locator("main").inner_text()

    @property
    def path(self) -> str:
        return self.page.url.removeprefix(self.root).split("?")[0].split("#")[0]


@contextmanager
def windows(browser, root: str, *, script: bool) -> Iterator:
    """``sign_in(user)`` opens a window of that person; all are closed at the end."""
    contexts = []

    def sign_in(user: User) -> Person:
        context = browser.new_context(java_script_enabled=script, locale="zh-CN")
        contexts.append(context)
        context.set_default_timeout(20_000)
        page = context.new_page()
        page.goto(f"{root}/accounts/login/")
        page.fill("input[name=login]", user.username)
        page.fill("input[name=password]", PASSWORD)
        page.get_by_role("button", name="登录", exact=True).click()
        page.wait_for_url(root + "/desk/")
        return Person(page, root)

    try:
        yield sign_in
    finally:
        for context in contexts:
            context.close()
