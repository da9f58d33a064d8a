"""People in front of a browser: each has a window of their own, opens pages, fills forms and presses buttons."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.test import Client

from platforms.models import User

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
#: A busy machine is slow; whoever waits in vain still learns it.
PATIENCE = 60_000  # milliseconds


def named(name: str) -> re.Pattern[str]:
    """The accessible name, whatever white space the browser puts between its parts."""
    return re.compile(r"^\s*" + r"\s*".join(map(re.escape, name.replace(" ", ""))) + r"\s*$")


class Person:
    """``Person(browser, root, user)`` has signed in; without a user it is anybody. ``said`` is what the page's main part says.

    Buttons, links and labels are found by what is read on them, with JavaScript or without.
    """

    def __init__(self, browser: Any, root: str, user: User | None = None, *, script: bool = True) -> None:
        self.root = root
        self.context = browser.new_context(locale="zh-CN", base_url=root, java_script_enabled=script)
        self.context.set_default_timeout(PATIENCE)
        self.faults: list[str] = []
        if user is not None:
            self.context.add_cookies([_session_of(user) | {"url": root}])
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))

    def open(self, path: str) -> Person:
        self.answer = self.page.goto(path).status
        assert self.answer < 500, f"{path}: {self.answer}"
        return self

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path

    @property
    def said(self) -> str:
        return " ".join(self.page.locator("#main").inner_text().split())

    def reads(self, text: str) -> bool:
        return text in self.page.locator("main").inner_text()

    def has_button(self, name: str) -> bool:
        return self._button(name).count() > 0

    def _button(self, name: str) -> Any:
        return self.page.get_by_role("button", name=named(name))

    def follow(self, link: str) -> Person:
        with self.page.expect_navigation():
            self.page.get_by_role("link", name=named(link)).first.click()
        return self

    def fill(self, label: str, value: str) -> Person:
        self.page.locator("input, textarea").and_(self.page.get_by_label(label)).first.fill(value)
        return self

    def tick(self, name: str) -> Person:
        """Tick every box of one name."""
        for box in self.page.locator(f'input[type=checkbox][name="{name}"]').all():
            box.check()
        return self

    def press(self, button: str, **fields: Any) -> Person:
        """Fill the form of this button, whose names may be given without their prefix, and press it."""
        found = self._button(button).first
        form = found.locator("xpath=ancestor::form")
        for name, value in fields.items():
            _fill(form.locator(f'[name="{name}"], [name$="-{name}"]'), value)
        with self._answered():
            found.click()
        return self

    @contextmanager
    def _answered(self) -> Iterator[None]:
        """The answer to the form itself, before the redirect that follows when it was accepted."""
        asked: list[Any] = []

        def note(response: Any) -> None:
            if response.request.is_navigation_request():
                asked.append(response)

        self.page.on("response", note)
        with self.page.expect_navigation():
            yield
        self.page.remove_listener("response", note)
        self.answer = asked[0].status if asked else 0
        assert all(response.status < 500 for response in asked), self.said

    def close(self) -> None:
        self.context.close()
        assert self.faults == []


def _session_of(user: User) -> dict[str, str]:
    client = Client()
    client.force_login(user, backend=BACKEND)
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value}


def _fill(control: Any, value: Any) -> None:
    kind = control.first.evaluate("e => e.tagName === 'SELECT' ? 'select' : e.type")
    if kind == "select":
        control.first.select_option(label=value)
    elif kind == "radio":
        # the drawn circle lies over the control itself, as in every rating by touch
        control.and_(control.page.locator(f'[value="{value}"]')).check(force=True)
    else:
        control.first.fill(str(value))


Cast = Callable[..., Person]
