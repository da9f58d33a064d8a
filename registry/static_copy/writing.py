"""Asking the site for everything public and keeping the answers, first as they are, then with links that work from files.

All of it is read in one transaction, so the copy shows one moment. The folder gets its name last: ``DIR`` is a link to the newest
finished copy, moved in one step; a copy that was cut off is never seen. Bodies go to disk piece by piece.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from platforms.api.root import OPEN
from platforms.publish import head
from registry.pages.files import addresses
from registry.static_copy.places import file_of, links_of, links_of_css, rewritten
from registry.variants import TRADITIONAL, traditional

Say = Callable[[str], None]
FILES = (
    "/sitemap.xml",
    "/robots.txt",
    "/.well-known/security.txt",
    "/feed.atom",
    "/en/feed.atom",
    "/static/favicon.svg",
)
#: Collections of the API that are kept whole; changes go by number and have no such file.
WHOLE = tuple(name for name in OPEN if name != "changes")
SAID_EVERY = 1000
#: A page in simplified Chinese, traditional Chinese and English.
LANGUAGES = ("", f"/{TRADITIONAL}", "/en")
#: Rows asked for at once of a collection that has no file of its own.
PAGE = 200


class Unanswered(Exception):
    """The site could not answer; what it would have said is not left out in silence."""


@dataclass
class Copy:
    """What has been kept so far. ``files`` maps an address to its file, or to ``None`` where the living site answers."""

    folder: Path
    files: dict[str, str | None] = field(default_factory=dict)
    #: File → the address that was asked for it; other addresses of the same → that one.
    first: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    pages: list[str] = field(default_factory=list)
    waiting: deque[str] = field(default_factory=deque)
    #: How many addresses have been asked for.
    asked: int = 0


def export(target: Path, say: Say = lambda text: None) -> Copy:
    """Make a copy and let ``target`` lead to it. Raises ``FileExistsError`` where ``target`` is something else already."""
    if target.exists() and not target.is_symlink():
        raise FileExistsError(f"{target} is not a copy made by this command; name another place")
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    folder.chmod(0o755)
    copy = Copy(folder)
    try:
        with _one_moment(), _unhurried():
            newest = head()
            _crawl(copy, say)
        for address, plain in copy.aliases.items():
            copy.files[address] = copy.files[plain]
        notes = {prefix: _note(prefix) for prefix in LANGUAGES}
        for address in copy.pages:
            _rewrite(copy, address, notes)
        _sums(copy, newest)
        _switch(target, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return copy


@contextmanager
def _one_moment() -> Iterator[None]:
    """All requests share one connection and one snapshot: the end of a request must not give the connection back."""
    signals = (request_started, request_finished)
    joined = [signal for signal in signals if signal.disconnect(close_old_connections)]
    try:
        with transaction.atomic():
            if not connection.savepoint_ids:
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                    # Pages that a cache answers ask the database nothing for a while.
                    cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            yield
    finally:
        for signal in joined:
            signal.connect(close_old_connections)


@contextmanager
def _unhurried() -> Iterator[None]:
    """Nobody is to be kept off who asks for everything at once, here in this process."""
    rates: dict[str, Any] = settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]  # type: ignore[assignment]
    before = dict(rates)
    rates.update(dict.fromkeys(rates))
    try:
        yield
    finally:
        rates.update(before)


# --- asking -------------------------------------------------------------------------------------------------------


def _crawl(copy: Copy, say: Say) -> None:
    application = WSGIHandler()
    for path, _day in addresses():
        for prefix in LANGUAGES:
            _want(copy, f"{prefix}{path}")
    for path in FILES:
        _want(copy, path)
    for name in ("", "schema/", "releases/keys/", *(f"{name}/" for name in WHOLE)):
        _want(copy, f"/api/v1/{name}")
    while copy.waiting:
        address = copy.waiting.popleft()
        _keep(copy, application, address)
        copy.asked += 1
        if copy.asked % SAID_EVERY == 0:
            say(f"{copy.asked} addresses, {len(copy.waiting)} waiting")


def _want(copy: Copy, address: str) -> None:
    if address not in copy.files:
        file = file_of(address)
        plain = copy.first.setdefault(file, address) if file else address
        if plain != address:  # “?page=1” is the list itself
            copy.files[address], copy.aliases[address] = copy.files[plain], plain
            return
        copy.files[address] = file
        if file is not None:
            copy.waiting.append(address)


def _keep(copy: Copy, application: WSGIHandler, address: str) -> None:
    """Ask for an address; what is not simply there, or is made for one reader, stays with the living site."""
    whole = address.startswith("/api/v1/") and address.removeprefix("/api/v1/").strip("/") in WHOLE
    status, headers, body = _ask(application, f"{address}?format=jsonl" if whole else address)
    if whole and status == 400:  # a collection that is handed out page by page only
        body.close()
        whole, (status, headers, body) = _page_by_page(application, address)
    file = copy.files[address]
    try:
        if status >= 500 or status == 429:
            raise Unanswered(f"{address}: {status}")
        private = "Set-Cookie" in headers or "private" in headers.get("Cache-Control", "")
        if status != 200 or private or file is None:
            copy.files[address] = None
            return
        if whole:
            copy.files[address] = file = f"{address[1:]}all.jsonl"
        place = copy.folder / file
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("wb") as out:
            for piece in body:
                out.write(piece)
    finally:
        body.close()
    _follow(copy, address, place, headers.get("Content-Type", ""))


def _page_by_page(application: WSGIHandler, address: str) -> tuple[bool, tuple[int, dict[str, str], _Body]]:
    """A collection without a file of its own, read to its end and kept as such a file; or the one document there is."""
    status, headers, body = _ask(application, address)
    document = orjson.loads(b"".join(body)) if status == 200 else {}
    body.close()
    if "results" not in document:
        return False, _ask(application, address)
    rows, following = [], f"{address}?page_size={PAGE}"
    while following:
        status, headers, body = _ask(application, following)
        page = orjson.loads(b"".join(body))
        body.close()
        if status != 200:
            raise Unanswered(f"{following}: {status}")
        rows += page["results"]
        following = (page["next"] or "").removeprefix(settings.BASE_URL)
    lines = [*rows, {"count": len(rows), "complete": True}]
    return True, (200, headers, _Body([orjson.dumps(line) + b"\n" for line in lines]))


def _follow(copy: Copy, address: str, place: Path, kind: str) -> None:
    """Whatever a kept file leads to is wanted, too."""
    if kind.startswith("text/html"):
        copy.pages.append(address)
        found = links_of(place.read_text("utf-8"), address)
    elif kind.startswith("text/css"):
        found = links_of_css(place.read_text("utf-8"), address)
    elif place.name == "all.jsonl":
        found = list(_told(place))
    elif address.startswith("/api/v1/releases/") and address.endswith("/") and kind == "application/json":
        found = _files_of_edition(orjson.loads(place.read_bytes()))
    else:
        found = []
    for link in found:
        _want(copy, link)


def _told(place: Path) -> Iterator[str]:
    """The addresses of the records of a whole collection. Its last line tells how many there were."""
    with place.open("rb") as lines:
        for line in lines:
            url = orjson.loads(line).get("url") or ""
            if url.startswith(f"{settings.BASE_URL}/api/v1/"):
                yield url.removeprefix(settings.BASE_URL)


def _files_of_edition(document: dict[str, Any]) -> list[str]:
    return [item["url"].removeprefix(settings.BASE_URL) for item in document.get("files", ())]


class _Body:
    """The pieces of an answer; closing it closes what the view has opened."""

    def __init__(self, pieces: Any) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._pieces)

    def close(self) -> None:
        close = getattr(self._pieces, "close", None)
        if close is not None:
            close()


def _ask(application: WSGIHandler, address: str) -> tuple[int, dict[str, str], _Body]:
    """One GET through all of the site's own layers, without a network."""
    parts, base = urlsplit(address), urlsplit(settings.BASE_URL)
    secure = base.scheme == "https"
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": unquote(parts.path).encode().decode("latin-1"),
        "QUERY_STRING": parts.query,
        "SERVER_NAME": base.hostname or "localhost",
        "SERVER_PORT": str(base.port or (443 if secure else 80)),
        "HTTP_HOST": settings.ALLOWED_HOSTS[0] if settings.ALLOWED_HOSTS[0] != "*" else base.netloc,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "SCRIPT_NAME": "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": base.scheme,
        "wsgi.input": BytesIO(),
        "wsgi.errors": BytesIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "HTTP_X_FORWARDED_PROTO": base.scheme,
    }
    answered: dict[str, Any] = {}

    def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
        answered["status"], answered["headers"] = int(status[:3]), dict(headers)
        return lambda data: None

    pieces = application(environ, start)
    return answered["status"], answered["headers"], _Body(pieces)


# --- writing ------------------------------------------------------------------------------------------------------


def _note(prefix: str) -> str:
    """What every page of a copy says of itself, in its language."""
    with translation.override("en" if prefix == "/en" else settings.LANGUAGE_CODE):
        day = timezone.localdate().isoformat()
        sentence = _("这是 %(day)s 的静态副本。带 ↗ 的链接、检索和表单须联网，在原网站上打开。") % {
            "day": day
        }
        about = _("关于此副本")
    if prefix == f"/{TRADITIONAL}":
        sentence, about = traditional(sentence), traditional(about)
    return f'<aside class="wrap" aria-label="{about}"><p class="hint">{sentence}</p></aside>'


def _rewrite(copy: Copy, address: str, notes: dict[str, str]) -> None:
    file = copy.files[address]
    assert file is not None  # noqa: S101 - pages are kept
    place = copy.folder / file
    text = place.read_text("utf-8")
    prefix = f"/{address[1:].partition('/')[0]}"
    text = rewritten(text, address, file, copy.files.get, settings.BASE_URL)
    place.write_text(text.replace("</header>", f"</header>{notes.get(prefix, notes[''])}", 1), "utf-8")


def _sums(copy: Copy, newest: int) -> None:
    """Which moment the copy shows, and a checksum of every file."""
    facts = {
        "source": settings.BASE_URL,
        "head": newest,
        "made_at": timezone.localtime().isoformat(timespec="seconds"),
        "pages": len(copy.pages),
        "demonstration": not settings.OFFICIAL,
    }
    (copy.folder / "copy.json").write_text(json.dumps(facts, indent=2) + "\n")
    with (copy.folder / "SHA256SUMS").open("w") as sums:
        for place in sorted(path for path in copy.folder.rglob("*") if path.is_file()):
            if place.name != "SHA256SUMS":
                with place.open("rb") as data:
                    digest = hashlib.file_digest(data, "sha256").hexdigest()
                sums.write(f"{digest}  {place.relative_to(copy.folder)}\n")


def _switch(target: Path, folder: Path) -> None:
    """``target`` leads to the new copy from one moment to the next; the one before is removed."""
    stamp = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%S%f")
    named = target.parent / f"{target.name}.{stamp}"
    folder.rename(named)
    former = Path(os.path.realpath(target)) if target.is_symlink() else None
    link = target.parent / f".{target.name}.link"
    link.unlink(missing_ok=True)
    link.symlink_to(named.name)
    link.replace(target)
    if former is not None and former.parent == named.parent and former.name.startswith(f"{target.name}."):
        shutil.rmtree(former, ignore_errors=True)
