"""A browser without JavaScript: pages, links and forms, with cookies and CSRF as a person's browser would send them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

import httpx
from bs4 import BeautifulSoup, Tag

from platforms.demo import people
from tests.story.server import Installation, eventually

File = tuple[str, bytes]


def words(element: Tag) -> str:
    return " ".join(element.get_text(" ").split())


class Page:
    """One answer of the server, read."""

    def __init__(self, response: httpx.Response) -> None:
        self.status = response.status_code
        self.path = response.url.raw_path.decode()
        self.url = str(response.url)
        self.soup = BeautifulSoup(response.text, "html.parser")
        self.main = self.soup.find(id="main") or self.soup
        self.text = words(self.main)

    def __contains__(self, text: str) -> bool:
        return text in self.text

    def button(self, text: str) -> Tag | None:
        return next((found for found in self.soup.find_all("button") if words(found) == text), None)

    def link(self, text: str) -> str:
        found = next((link for link in self.soup.find_all("a", href=True) if text in words(link)), None)
        assert found, f"no link “{text}” on {self.path}:\n{self.text}"
        return urljoin(self.url, found["href"])

    def links(self, part: str) -> list[str]:
        """Addresses in the page's main part that contain ``part``, each once."""
        return list(
            dict.fromkeys(
                urljoin(self.url, a["href"]) for a in self.main.find_all("a", href=True) if part in a["href"]
            )
        )

    def ticks(self, name: str) -> list[str]:
        """What can be ticked under one name."""
        return [box["value"] for box in self.soup.select(f'input[type=checkbox][name="{name}"]')]

    def progress(self) -> tuple[int, int] | None:
        bar = self.soup.find("progress", attrs={"value": True})
        return (int(bar["value"]), int(bar["max"])) if bar else None


class Browser:
    """One person's browser; follows redirects, keeps cookies and never accepts an answer of 500 or above."""

    def __init__(self, place: Installation) -> None:
        self.place = place
        self.client = httpx.Client(base_url=place.address, follow_redirects=True, timeout=60, trust_env=False)

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def send(self, method: str, path: str, **content: Any) -> httpx.Response:
        response = self.client.request(method, path, **content)
        assert response.status_code < 500, (
            f"{method} {path}: {response.status_code}\n{self.place.last_words()}"
        )
        return response

    def open(self, path: str, *, expect: int | tuple[int, ...] = 200) -> Page:
        return self._page(self.send("GET", path), expect)

    def api(self, path: str, **parameters: Any) -> dict[str, Any]:
        response = self.send("GET", f"/api/v1/{path}", params=parameters or None)
        assert response.status_code == 200, response.text
        return response.json()

    def follow(self, page: Page, link: str) -> Page:
        return self.open(page.link(link))

    def download(self, page: Page, link: str) -> bytes:
        response = self.send("GET", page.link(link))
        assert response.status_code == 200, response.text
        return response.content

    def submit_form(
        self, page: Page, press: str, *, expect: int | tuple[int, ...] = 200, **fields: Any
    ) -> Page:
        """Fill the form of the button ``press`` with ``fields`` (a prefix of the names may be left out) and press it."""
        button = page.button(press)
        assert button, f"no button “{press}” on {page.path}:\n{page.text}"
        form = _form_of(page, button)
        data, files = _filled(page, form, fields)
        if button.get("name"):
            data[button["name"]] = button.get("value", "")
        address = urljoin(page.url, button.get("formaction") or form.get("action") or page.url)
        method = form.get("method", "get").upper()
        content = {"params": data} if method == "GET" else {"data": data, "files": files or None}
        return self._page(self.send(method, address, **content), expect)

    def sign_in(self, username: str) -> Browser:
        page = self.submit_form(
            self.open("/accounts/login/"), "登录", login=username, password=people.password()
        )
        assert page.path == "/desk/", page.text
        return self

    def wait(self, path: str, until: Any, what: str, *, either: tuple[int, ...] = (200,)) -> Page:
        """Reload until the page satisfies ``until``, as a person without JavaScript would."""
        last: list[Page] = []

        def look() -> Page | None:
            last[:] = [self.open(path, expect=either)]
            return last[0] if until(last[0]) else None

        try:
            return eventually(look, what)
        except AssertionError as error:
            raise AssertionError(
                f"{error}; the page said:\n{last[0].text}\n{self.place.last_words()}"
            ) from None

    def _page(self, response: httpx.Response, expect: int | tuple[int, ...]) -> Page:
        page = Page(response)
        assert page.status in (expect if isinstance(expect, tuple) else (expect,)), (
            f"{page.path} answered {page.status}:\n{page.text}"
        )
        return page


def _form_of(page: Page, button: Tag) -> Tag:
    form = page.soup.find("form", id=button["form"]) if button.get("form") else button.find_parent("form")
    assert form, f"the button on {page.path} belongs to no form"
    return form


def _filled(page: Page, form: Tag, fields: dict[str, Any]) -> tuple[dict[str, Any], dict[str, File]]:
    """What the browser would send: the values the form came with, and those of the person."""
    controls = [
        control
        for control in page.soup.find_all(["input", "select", "textarea"])
        if control.get("name")
        and (
            control["form"] == form.get("id") if control.get("form") else control.find_parent("form") is form
        )
    ]
    names = {control["name"] for control in controls}
    data: dict[str, Any] = {}
    for control in controls:
        for value in _values(control):
            data.setdefault(control["name"], []).append(value)
    files: dict[str, File] = {}
    for given, value in fields.items():
        name = given if given in names else next((n for n in names if n.endswith(f"-{given}")), "")
        assert name, f"the form on {page.path} has no field “{given}”, but {sorted(names)}"
        control = next(control for control in controls if control["name"] == name)
        if control.get("type") == "file":
            files[name] = value
        else:
            data[name] = _chosen(control, value)
    return data, files


def _values(control: Tag) -> list[str]:
    if control.name == "select":
        options = control.find_all("option")
        chosen = [option for option in options if option.has_attr("selected")] or options[:1]
        return [option.get("value", words(option)) for option in chosen]
    if control.name == "textarea":
        return [control.get_text().removeprefix("\n")]
    kind = control.get("type", "text")
    if kind in ("submit", "button", "file") or (
        kind in ("checkbox", "radio") and not control.has_attr("checked")
    ):
        return []
    return [control.get("value", "on" if kind in ("checkbox", "radio") else "")]


def _chosen(control: Tag, value: Any) -> Any:
    """A choice may be named by what the person reads."""
    if control.name == "select":
        for option in control.find_all("option"):
            if words(option) == value:
                return option.get("value", "")
    return value
