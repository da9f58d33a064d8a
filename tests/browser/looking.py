"""What is wrong with a page: one visit, asked everything a browser can tell."""

from __future__ import annotations

import gzip
from urllib.parse import urlsplit

import pytest

axe = pytest.importorskip("axe_playwright_python.sync_playwright")

RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }
}
#: What elder mode promises beyond that: seven to one.
CONTRAST = {
    "runOnly": {"type": "rule", "values": ["color-contrast-enhanced"]},
    "rules": {"color-contrast-enhanced": {"enabled": True}},
}
HEAVIEST = 150_000
#: The browser itself reports the status of an error page; that is no fault of the page.
STATUS = "Failed to load resource: the server responded with a status of"


class Look:
    """One tab that remembers everything that went wrong in it."""

    def __init__(self, context, root: str) -> None:
        self.page, self.root, self.faults = context.new_page(), root, []
        self._asked: list = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("requestfinished", lambda request: self._asked.append(request))
        self.page.on("request", self._sent)
        self.page.add_init_script(
            "document.addEventListener('securitypolicyviolation', e => console.error('CSP ' + e.violatedDirective))"
        )

    def _heard(self, message) -> None:
        if message.type == "error" and not message.text.startswith(STATUS):
            self.faults.append(f"console: {message.text}")
        elif "Content Security Policy" in message.text:
            self.faults.append(f"policy: {message.text}")

    def _sent(self, request) -> None:
        if urlsplit(request.url).netloc != urlsplit(self.root).netloc and not request.url.startswith("data:"):
            self.faults.append(f"asks another host: {request.url}")

    def go(self, path: str) -> Look:
        self._asked.clear()
        self.page.goto(self.root + path)
        return self

    def unreadable(self, rules: dict = RULES) -> list[str]:
        found = axe.Axe().run(self.page, options=rules).response["violations"]
        return [f"axe {item['id']} ({item['impact']}): {item['nodes'][0]['html'][:120]}" for item in found]

    def too_wide(self, width: int) -> list[str]:
        self.page.set_viewport_size({"width": width, "height": 800})
        beyond = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return [f"{beyond} px beyond the edge at {width} px"] if beyond > 0 else []

    def too_heavy(self) -> list[str]:
        """What travels, compressed as nginx would."""
        weight = 0
        for request in self._asked:
            answer = request.response()
            if answer is not None and answer.status == 200:
                weight += len(gzip.compress(answer.body(), 6))
        return [f"{weight} bytes"] if weight > HEAVIEST else []

    def taken(self) -> list[str]:
        found, self.faults = self.faults, []
        return found
