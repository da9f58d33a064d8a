"""People in front of a browser: each has a window of their own, opens pages, fills forms and presses buttons."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.test import Client

from platforms.models import User

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


class Person:
    """``Person(browser, root, user)`` has signed in; without a user it is anybody. ``said`` is what the page's main part says."""

    def __init__(self, browser: Any, root: str, user: User | None = None) -> None:
        self.root = root
        self.context = browser.new_context(locale="zh-CN", base_url=root)
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
        return self.page.url.removeprefix(self.root)

    @property
    def said(self) -> str:
        return " ".join(self.page.locator("#main").inner_text().split())

    def has_button(self, name: str) -> bool:
        return self.page.get_by_role("button", name=name, exact=True).count() > 0

    def tick(self, name: str) -> Person:
        """Tick every box of one name."""
        for box in self.page.locator(f'input[type=checkbox][name="{name}"]').all():
            box.check()
        return self

    def press(self, button: str, **fields: Any) -> Person:
        """Fill the form of this button, whose names may be given without their prefix, and press it."""
        found = self.page.get_by_role("button", name=button, exact=True).first
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
