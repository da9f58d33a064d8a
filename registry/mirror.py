"""A mirror: a copy of another installation's public record that is checked, follows the feed, and answers as its source does.

Every step is one transaction that ends at a number of the source's feed, so the mirror is at any moment what its source once
was, whenever either of them is lost. Nothing is believed: documents must have the digest the feed tells, editions must verify
with keys that were taken from the source once and are kept from then on.
"""

from __future__ import annotations

import datetime
import json
import re
import time
from collections.abc import Callable, Iterator
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

import orjson
from django.conf import settings
from django.db import connection, transaction
from django.utils.dateparse import parse_datetime

from cultivation.choices import EditionKind, EditionStatus
from cultivation.models import Edition
from cultivation.releases import files, verify_release
from platforms.api.record import NOUNS
from platforms.converters import FileName, Word
from platforms.feed import CHANGE_COLUMNS
from platforms.models import Change
from platforms.publish import head
from platforms.turns import Turn, wait_for
from registry import mirror_rows
from registry.mirror_rows import NotTrusted
from registry.witness import Absent, Fetch, Lost, Sealed, confirm, keys_of, witness

AT_ONCE = 500
MOST = 256 * 1024 * 1024
TIMEOUT = 30
COLUMNS = (
    "kind", "number", "version", "head", "entry_count", "entries_root", "manifest_sha256", "note_zh",
)  # fmt: skip


#: What names an edition and a file of one, where they are served and where they are kept.
VERSION, FILE = re.compile(Word.regex), re.compile(FileName.regex)
#: What of a change may never be told differently.
SAME = ("noun", "code", "version", "kind", "etag")


def over_http(source: str, *, patient: bool = True, most: int = MOST) -> Fetch:
    """Reads addresses below the source's ``/api/v1/``; waits when the source asks for it, unless it is not to be waited for."""
    base = source.rstrip("/") + "/api/v1/"

    def fetch(path: str) -> bytes:
        while True:
            try:
                asked = Request(base + path, headers={"User-Agent": "registry-mirror"})  # noqa: S310
                with urlopen(asked, timeout=TIMEOUT) as answer:  # noqa: S310 - http(s) only, checked by the command
                    data = answer.read(most + 1)
                    said = answer.headers.get("Content-Length", "")
            except HTTPError as error:
                if error.code == 404:
                    raise Absent(f"{path} is not there") from error
                if error.code != 429 or not patient:
                    raise Lost(f"{path} answered {error.code}") from error
                asked_for = error.headers.get("Retry-After") or ""
                time.sleep(min(int(asked_for) if asked_for.isdecimal() else 5, 60))
                continue
            except (URLError, OSError, HTTPException) as error:
                raise Lost(f"{path}: {error}") from error
            if len(data) > most or (said.isdecimal() and len(data) != int(said)):
                raise Lost(f"{path}: the answer is not whole")
            return data

    return fetch


def pull(fetch: Fetch, *, say: Callable[[str], None] = lambda line: None) -> int:
    """Bring the mirror to the source's newest change; returns its number."""
    editions(fetch, say)
    sealed = witness(fetch)
    if head() == 0:
        _begin(fetch, say, sealed)
    while follow(fetch, sealed):
        say(f"at change {head()}")
    with transaction.atomic():
        confirm(sealed)
    return head()


# --- the first copy -----------------------------------------------------------------------------------------------


def _begin(fetch: Fetch, say: Callable[[str], None], sealed: Sealed | None) -> None:
    """All records and the feed so far, in one transaction."""
    newest = json.loads(fetch("changes/?limit=1"))["head"]
    signed = _signed_entries()
    with transaction.atomic():
        _patiently()
        past: list[dict[str, Any]] = []
        for noun in NOUNS:
            count = 0
            for item in _all(fetch, noun):
                row = item["row"]
                past += item.get("past", [])
                said = signed.get(row["code"]) if noun == "platform" else None
                if said and said["version"] == row["version"] and said["etag"] != row["etag"]:
                    raise NotTrusted(f"{row['code']}: the record is not the one in the signed edition")
                mirror_rows.write(noun, item)
                count += 1
            say(f"{noun}: {count}")
        for change in _changes(fetch, 0, newest):
            _note(change)
        mirror_rows.keep(past)
        confirm(sealed)


def _all(fetch: Fetch, noun: str) -> Iterator[dict[str, Any]]:
    yield from _pages(fetch, f"records/?noun={noun}{mirror_rows.with_past(noun, 0)}")


def _pages(fetch: Fetch, first: str) -> Iterator[dict[str, Any]]:
    """The results of a list to its end; one that leads back to where it was has none."""
    address, been = first, set()
    while address:
        if address in been:
            raise NotTrusted(f"{first}: the list leads back to {address}")
        been.add(address)
        body = json.loads(fetch(address))
        yield from body["results"]
        address = body["next"].partition("/api/v1/")[2] if body["next"] else ""


def _changes(fetch: Fetch, after: int, until: int) -> Iterator[dict[str, Any]]:
    while after < until:
        found = json.loads(fetch(f"changes/?after={after}&limit={AT_ONCE}"))["results"]
        if not found:
            raise NotTrusted(f"the feed ends at {after}, but {until} changes were told of")
        for change in found:
            if change["number"] != after + 1:
                raise NotTrusted(f"the feed goes from {after} to {change['number']}")
            after = change["number"]
            if after <= until:
                yield change


# --- following ----------------------------------------------------------------------------------------------------


def follow(fetch: Fetch, sealed: Sealed | None = None) -> bool:
    """Take over the next changes; whether there were any."""
    here = head()
    body = json.loads(fetch(f"changes/?after={max(here - 1, 0)}&limit={AT_ONCE}"))
    if body["head"] < here:
        raise NotTrusted(
            f"the source is at change {body['head']}, this mirror at {here}: the source has gone back"
        )
    if here:
        _same_history(here, body["results"])
    if body["head"] == here:
        return False
    changes = list(_changes(fetch, here, min(body["head"], here + AT_ONCE)))
    wanted: dict[str, set[str]] = {}
    for change in changes:
        wanted.setdefault(change["noun"], set()).add(change["code"])
    found = [(noun, item) for noun, codes in wanted.items() for item in _named(fetch, noun, sorted(codes))]
    with transaction.atomic():
        _patiently()
        told = {(change["noun"], change["code"]): change for change in changes}
        for noun, item in found:
            said = told.get((noun, item["row"]["code"]))
            row = item["row"]
            if said and row["version"] == said["version"] and row["etag"] != said["etag"]:
                raise NotTrusted(f"{row['code']}: the record is not the one change {said['number']} tells of")
            mirror_rows.write(noun, item)
        for change in changes:
            _note(change)
        mirror_rows.keep([row for _noun, item in found for row in item.get("past", [])])
        confirm(sealed)
    return True


def _same_history(here: int, told: list[dict[str, Any]]) -> None:
    """The source still tells of the change this mirror stands at as it did: a witness notices another history."""
    ours = Change.objects.values("number", *SAME).get(number=here)
    theirs = {name: told[0][name] for name in ours} if told else {}
    if theirs != ours:
        raise NotTrusted(
            f"change {here} is {theirs.get('code')} {theirs.get('etag')} at the source and was {ours['code']} "
            f"{ours['etag']}: fork, the source shows two histories"
        )


def _named(fetch: Fetch, noun: str, codes: list[str]) -> Iterator[dict[str, Any]]:
    if noun == "list":  # a new version also changes which of the others is the latest
        yield from _all(fetch, noun)
        return
    since = mirror_rows.with_past(noun, head())
    for start in range(0, len(codes), 50):
        query = "&".join(f"code={quote(code, safe='')}" for code in codes[start : start + 50])
        yield from json.loads(fetch(f"records/?noun={noun}{since}&{query}"))["results"]


# --- writing ------------------------------------------------------------------------------------------------------


def _patiently() -> None:
    wait_for(Turn.CHANGE_NUMBER)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL statement_timeout = 0")


def _note(change: dict[str, Any]) -> None:
    values = {name: change[name] for name in CHANGE_COLUMNS}
    Change.objects.create(**{**values, "at": parse_datetime(values["at"])})


# --- editions -----------------------------------------------------------------------------------------------------


def editions(fetch: Fetch, say: Callable[[str], None] = lambda line: None) -> None:
    """Take over editions that are not here yet, each only when every byte of it verifies."""
    keys = keys_of(fetch)
    listed = list(_pages(fetch, "releases/?ordering=number&page_size=200"))
    _same_editions(listed)
    known = set(Edition.objects.values_list("kind", "version"))
    for item in listed:
        if (item["kind"], item["version"]) in known:
            continue
        detail = json.loads(fetch(f"releases/{_kind(item)}/{_name(item['version'], VERSION)}/"))
        folder = settings.EDITIONS / item["kind"] / item["version"]
        partial = folder.with_name(f".{folder.name}")
        partial.mkdir(parents=True, exist_ok=True)
        for file in detail["files"]:
            name = _name(file["name"], FILE)
            (partial / name).write_bytes(fetch(f"releases/{item['kind']}/{item['version']}/files/{name}"))
        told = verify_release.verify(partial, keys=keys)
        if told["verdict"] != "valid":
            raise NotTrusted(f"edition {item['version']}: {told['verdict']}: {told['sentence']}")
        if not folder.exists():
            partial.rename(folder)
        issued = datetime.datetime.fromisoformat(item["issued_at"])
        Edition.objects.create(
            **{name: item[name] for name in COLUMNS},
            status=EditionStatus.PUBLISHED,
            manifest=json.loads((folder / "manifest.json").read_bytes()),
            previous=Edition.objects.filter(kind=item["kind"], number=item["number"] - 1).first(),
            issued_at=issued,
            published_at=issued,
        )
        say(f"edition {item['kind']} {item['version']}: {told['entries']} entries, verified")
    for kind in {_kind(item) for item in listed}:
        files.write(settings.EDITIONS / kind, "latest.note", fetch(f"releases/{kind}/latest.note"))


def _kind(item: dict[str, Any]) -> str:
    if item["kind"] not in EditionKind:
        raise NotTrusted(f"{item['kind']!r} is no kind of edition")
    return str(item["kind"])


def _name(told: str, form: re.Pattern[str]) -> str:
    """Of a folder or a file: what is written before anything has verified must not lead anywhere else."""
    if not form.fullmatch(told):
        raise NotTrusted(f"{told!r} is no name of an edition or of a file of one")
    return told


def _same_editions(listed: list[dict[str, Any]]) -> None:
    """Editions that are here are still told of, and as they were: an edition never changes and never goes."""
    told = {(item["kind"], item["number"]): item for item in listed}
    for ours in Edition.objects.published().order_by("kind", "number"):
        theirs = told.get((ours.kind, ours.number))
        name = f"edition {ours.kind} {ours.number}"
        if theirs is None:
            raise NotTrusted(f"{name} is gone from the source: the source has gone back")
        if (theirs["version"], theirs["manifest_sha256"]) != (ours.version, ours.manifest_sha256):
            raise NotTrusted(
                f"{name} is {theirs['version']} {theirs['manifest_sha256']} at the source and was {ours.version} "
                f"{ours.manifest_sha256}: fork, the source shows two histories"
            )


def _signed_entries() -> dict[str, dict[str, Any]]:
    newest = Edition.objects.published().filter(kind="directory").order_by("-number").first()
    if newest is None:
        return {}
    file = settings.EDITIONS / newest.kind / newest.version / "entries.jsonl"
    entries = (orjson.loads(line) for line in file.read_bytes().splitlines())
    return {entry["code"]: {"version": entry["version"], "etag": entry["etag"]} for entry in entries}
