"""Client of the registry's API. Python's standard library alone.

>>> registry = Registry("https://registry.example")
>>> for platform in registry.walk("platforms", tier=["key", "national"], region="320000"):
...     print(platform["code"], platform["name_zh"])

Reads are kept and asked again with their entity tag; a busy registry is waited for; every refusal is a ``Problem`` that names all
that is wrong. Writing needs a key and is repeated safely: each ``post`` carries an ``Idempotency-Key``.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

__all__ = ["Answer", "Problem", "Registry", "Transport"]
__version__ = "1.0.0"

MOST_WAITS = 5
#: So many answers are kept to be asked again; a program that follows the feed for months meets new addresses all the time.
MOST_KEPT = 200
#: Several values of these are one parameter with commas; several of any other repeat it.
WITH_COMMAS = ("fields", "omit", "expand", "facets")


@dataclass(frozen=True)
class Answer:
    """``headers`` by lower-case name."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


#: Sends (method, address, headers, body) and returns the answer, whatever its status.
Transport = Callable[[str, str, Mapping[str, str], bytes | None], Answer]


class Problem(Exception):
    """A refusal (RFC 9457). ``errors`` has one entry for everything that is wrong: ``pointer`` or ``parameter``, ``code``, ``detail``."""

    def __init__(self, answer: Answer) -> None:
        try:
            said = answer.json()
        except ValueError:
            said = {}
        self.status: int = answer.status
        self.code: str = said.get("code", "")
        self.detail: str = said.get("detail", "")
        self.errors: list[dict[str, Any]] = said.get("errors", [])
        self.trace_id: str = said.get("trace_id", "")
        super().__init__(f"{self.status} {self.code}: {self.detail}")


def _written(name: str, value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    if name in WITH_COMMAS and not isinstance(value, str):
        return ",".join(value)
    return value


def over_http(method: str, address: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
    request = Request(address, data=body, headers=dict(headers), method=method)  # noqa: S310 - the caller names the installation
    try:
        with urlopen(request, timeout=60) as found:  # noqa: S310
            return Answer(found.status, {k.lower(): v for k, v in found.headers.items()}, found.read())
    except HTTPError as error:
        return Answer(error.code, {k.lower(): v for k, v in error.headers.items()}, error.read())


@dataclass
class Registry:
    """One installation. ``key`` is written as it was shown: ``prefix.secret``. ``language`` is that of refusals: ``zh`` or ``en``."""

    base: str
    key: str = ""
    transport: Transport = over_http
    language: str = ""
    _kept: dict[str, tuple[str, bytes]] = field(default_factory=dict, repr=False)

    # --- reading ---------------------------------------------------------------------------------

    def get(self, path: str, **parameters: Any) -> Any:
        """One answer as parsed JSON. ``path`` is below ``/api/v1/`` or a whole address from an earlier answer."""
        address = self._address(path, parameters)
        tag, known = self._kept.get(address, ("", b""))
        answer = self._send("GET", address, {"If-None-Match": tag} if tag else {})
        if answer.status == 304:
            return json.loads(known)
        if "etag" in answer.headers:
            self._kept.pop(address, None)
            self._kept[address] = (answer.headers["etag"], answer.body)
            if len(self._kept) > MOST_KEPT:
                del self._kept[next(iter(self._kept))]
        return answer.json()

    def walk(self, noun: str, **parameters: Any) -> Iterator[dict[str, Any]]:
        """Every record of a list, by cursor: right also while records change.

        With ``fields``, ``omit`` or ``brief`` a record has only what was asked for; without them it always has ``url``,
        ``html_url`` and ``display``.
        """
        body = self.get(f"{noun}/", cursor="", page_size=200, **parameters)
        while True:
            yield from body["results"]
            if not body["next"]:
                return
            body = self.get(body["next"])

    def changes(self, after: int = 0) -> Iterator[dict[str, Any]]:
        """Every public change after a number, in order; keep the last number and go on from there."""
        while True:
            body = self.get("changes/", after=after)
            yield from body["results"]
            if not body["results"] or body["results"][-1]["number"] >= body["head"]:
                return
            after = body["results"][-1]["number"]

    def export(self, noun: str, **parameters: Any) -> Iterator[dict[str, Any]]:
        """The whole filtered list as one file. Raises ``ValueError`` for a file that was cut off."""
        answer = self._send("GET", self._address(f"{noun}/", {**parameters, "format": "jsonl"}), {})
        *rows, end = answer.body.splitlines()
        trailer = json.loads(end)
        if not trailer.get("complete") or trailer["count"] != len(rows):
            raise ValueError(f"{len(rows)} of {trailer.get('count')} records arrived")
        yield from map(json.loads, rows)

    # --- writing ---------------------------------------------------------------------------------

    def post(self, path: str, body: Mapping[str, Any], *, idempotency_key: str = "") -> Answer:
        """Sent again with the same ``idempotency_key`` it has one effect and one answer."""
        headers = {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}
        return self._send("POST", self._address(path, {}), headers, body)

    def patch(self, path: str, body: Mapping[str, Any], *, etag: str) -> Answer:
        """``etag`` is that of the record this change was made on; 412 when it has changed since."""
        return self._send("PATCH", self._address(path, {}), {"If-Match": etag}, body)

    # --- sending ---------------------------------------------------------------------------------

    def _address(self, path: str, parameters: Mapping[str, Any]) -> str:
        whole = path if "://" in path else f"{self.base.rstrip('/')}/api/v1/{path.lstrip('/')}"
        asked = {name: _written(name, value) for name, value in parameters.items()}
        return f"{whole}?{urlencode(asked, doseq=True)}" if asked else whole

    def _send(
        self, method: str, address: str, headers: Mapping[str, str], body: Mapping[str, Any] | None = None
    ) -> Answer:
        sent = {"Accept": "application/json", "User-Agent": f"pilot-registry-client/{__version__}", **headers}
        if self.language:
            sent["Accept-Language"] = self.language
        # The key is for this installation alone, wherever an address in an answer may lead.
        if self.key and address.startswith(f"{self.base.rstrip('/')}/"):
            sent["Authorization"] = f"Api-Key {self.key}"
        data = None
        if body is not None:
            sent["Content-Type"], data = "application/json", json.dumps(body).encode()
        for _turn in range(MOST_WAITS):
            answer = self.transport(method, address, sent, data)
            if answer.status not in (429, 503):
                break
            time.sleep(min(float(answer.headers.get("retry-after", "1")), 60))
        if answer.status >= 400:
            raise Problem(answer)
        return answer
