"""The ministry's pages in English: what is read there in Chinese is a name or a text of a record, and says so with ``lang``."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from tests.security.routes import Route, ours
from tests.security.test_access_matrix import addresses
from tests.security.world import World

pytestmark = pytest.mark.django_db

HAN = re.compile(r"[\u3400-\u9fff]")
#: One thing is not many: "1 panels have not …".
ONE_OF_MANY = re.compile(r"(?<![\d.,/–-])\b1 (?!(?:is|has|was|this|hours|days)\b)[a-z]+s\b")
#: Offices and areas of the world that have an English name: their Chinese one has no place here, marked or not.
ENGLISHED = {"江苏", "宁波"}
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
#: Not read as prose: an option cannot say its language, a text area holds what somebody wrote.
UNREAD = {"script", "style", "textarea", "svg", "option"}


class Unmarked(HTMLParser):
    """Texts in ``main`` with Chinese characters that no ``lang`` around them announces."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.text: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self._main = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._main = self._main or tag == "main"
        if tag not in VOID:
            foreign = (dict(attrs).get("lang") or "").startswith("zh") or tag in UNREAD
            self._open.append((tag, foreign))

    def handle_endtag(self, tag: str) -> None:
        if tag == "main":
            self._main = False
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not self._main:
            return
        self.text.append(data)
        foreign = any(foreign for _tag, foreign in self._open)
        if data.strip() in ENGLISHED or (HAN.search(data) and not foreign):
            self.found.append(" ".join(data.split())[:80])


def ministry_pages() -> list[Route]:
    return [route for route in ours() if route.kind == "page" and route.pattern.startswith("ministry/")]


def test_the_ministrys_pages_in_english_are_english(world: World):
    wrong, seen = [], 0
    for route in ministry_pages():
        url = next(iter(addresses(world, route)))
        answer = world.client("ministry approver").get(f"/en{url}")
        if answer.status_code != 200 or "html" not in answer["content-type"]:
            continue
        seen += 1
        page = Unmarked()
        page.feed(answer.content.decode())
        said = " ".join("".join(page.text).split())
        wrong += [f"{url}: {text}" for text in [*page.found, *ONE_OF_MANY.findall(said)]]
    assert wrong == [], "\n".join(wrong)
    assert seen > 35
