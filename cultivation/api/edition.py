"""发布版 over the API: what there is, its files, proofs of single entries, and cutting the next one."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, ClassVar

import orjson
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request

from cultivation.actions import edition as verbs
from cultivation.choices import EditionKind
from cultivation.filters import EditionFilters
from cultivation.models import Edition
from cultivation.releases import files, notes
from platforms.access import Permission
from platforms.api import parameters, shapes
from platforms.api.authentication import ApiKeyAuthentication
from platforms.api.endpoint import Access, PublicEndpoint, api_url, entity_tag, tagged_answer, unchanged
from platforms.api.idempotency import idempotent
from platforms.api.listing import Listing, Row
from platforms.api.workspace import answer, body_of, text_of
from platforms.views.access import PUBLIC
from platforms.walks import Key

EDITION = {
    "kind": shapes.words(EditionKind),
    "number": shapes.INTEGER,
    "version": shapes.STRING,
    "issued_at": shapes.MOMENT,
    "head": shapes.INTEGER,
    "entry_count": shapes.INTEGER,
    "entries_root": shapes.STRING,
    "manifest_sha256": shapes.STRING,
    "note_zh": shapes.STRING,
    "status": shapes.STRING,
}
DETAIL = shapes.record(**EDITION, files=shapes.many({"type": "object"}), manifest={"type": "object"})
PROOF = shapes.thing(
    code=shapes.STRING,
    index=shapes.INTEGER,
    entry=shapes.STRING,
    path=shapes.many(shapes.STRING),
    checkpoint=shapes.STRING,
)
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/jsonl",
    "json": "application/json",
    "pdf": "application/pdf",
    "note": "text/plain; charset=utf-8",
    "py": "text/x-python; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


FOREVER = "public, max-age=31536000, immutable"


def _card(row: Row) -> dict[str, Any]:
    values = dict(zip(EDITION, row, strict=True))
    address = api_url(f"releases/{values['kind']}/{values['version']}/")
    return {"url": address, "html_url": None, "display": f"{values['kind']} {values['version']}", **values}


class Releases(Listing):
    """Editions of the directory and of the service resource list, the newest first. POST cuts the next one."""

    noun = "releases"
    access: ClassVar[dict[str, Access]] = {"GET": PUBLIC, "POST": (Permission.EDITION_CUT,)}
    authentication_classes = (ApiKeyAuthentication, SessionAuthentication)
    filters = EditionFilters
    published = False
    columns = tuple(EDITION)
    orders: ClassVar = {
        "issued": (Key("issued_at", descending=True), Key("pk", descending=True)),
        "number": (Key("number"), Key("pk")),
    }
    csv_columns = (*EDITION, "url")
    item_schema = shapes.record(**EDITION)
    takes_key = True
    bodies: ClassVar = {
        "POST": {**shapes.thing(kind=shapes.words(EditionKind), note=shapes.STRING), "required": ["kind"]}
    }
    answers: ClassVar = {"POST": (202, shapes.record(**EDITION))}

    def rows(self) -> QuerySet:
        return Edition.objects.published()

    def represent(self, row: Row) -> bytes:
        return orjson.dumps(_card(row))

    @idempotent
    def post(self, request: Request) -> HttpResponse:
        """Cut the next edition. It appears in the list when its files are made."""
        body = body_of(request, ("kind", "note"), required=("kind",))
        edition = verbs.cut(kind=text_of(body, "kind"), note=text_of(body, "note"), by=request.user)
        card = _card(tuple(getattr(edition, name) for name in EDITION))
        return answer(card, status=202, location=card["url"])


def _published(kind: str, version: str = "") -> Edition:
    rows = Edition.objects.published().filter(kind=kind).order_by("-number")
    edition = (rows.filter(version=version) if version else rows).first()
    if edition is None:
        raise Http404
    return edition


def _folder(edition: Edition) -> Path:
    """Where its files are. An installation that has lost them does not have the edition."""
    folder = files.folder_of(edition)
    if not (folder / files.CHECKPOINT).is_file():
        raise Http404
    return folder


class ReleaseDetail(PublicEndpoint):
    """One edition with its manifest and the addresses of its files."""

    item_schema = DETAIL

    def get(self, request: Request, kind: str, version: str) -> HttpResponse:
        parameters.check(request.query_params, ())
        edition = _published(kind, version)
        card = _card(tuple(getattr(edition, name) for name in EDITION))
        listed = [
            {
                "name": name,
                "url": f"{card['url']}files/{name}",
                **edition.manifest.get("files", {}).get(name, {}),
            }
            for name in files.names(edition)
        ]
        return tagged_answer(request, {**card, "files": listed, "manifest": edition.manifest})


class LatestRelease(PublicEndpoint):
    """302 to the newest edition of a kind."""

    answers: ClassVar = {"GET": (302, {"type": "object"})}

    def get(self, request: Request, kind: str) -> HttpResponse:
        parameters.check(request.query_params, ())
        edition = _published(kind)
        address = api_url(f"releases/{kind}/{edition.version}/")
        response = HttpResponseRedirect(address, content_type="application/json")
        response.content = orjson.dumps({"url": address})
        return response


class ReleaseFile(PublicEndpoint):
    """One file of an edition, byte for byte as it was signed. It never changes."""

    media_types = tuple(sorted({kind.partition(";")[0] for kind in TYPES.values()}))

    def get(self, request: Request, kind: str, version: str, name: str) -> HttpResponseBase:
        parameters.check(request.query_params, ())
        edition = _published(kind, version)
        if name not in files.names(edition):
            raise Http404
        digest = edition.manifest.get("files", {}).get(name, {}).get("sha256") or edition.manifest_sha256
        tag = entity_tag(edition.kind, version, name, digest)
        return unchanged(request, tag) or _file(files.folder_of(edition) / name, FOREVER, tag)


class LatestNote(PublicEndpoint):
    """The registry's signed statement of which edition is the newest, renewed daily."""

    media_types = ("text/plain",)

    def get(self, request: Request, kind: str) -> HttpResponseBase:
        parameters.check(request.query_params, ())
        path = files.folder_of(_published(kind)).parent / "latest.note"
        if not path.is_file():
            raise Http404
        tag = entity_tag(kind, hashlib.sha256(path.read_bytes()).hexdigest())
        return unchanged(request, tag) or _file(path, "public, max-age=60", tag)


def _file(path: Path, keep: str, etag: str) -> HttpResponseBase:
    if not path.is_file():
        raise Http404
    response = FileResponse(path.open("rb"), content_type=TYPES[path.suffix.lstrip(".")])
    response["Cache-Control"], response["ETag"] = keep, etag
    return response


class ReleaseProof(PublicEndpoint):
    """Proof that an entry is in an edition: the entry, its path in the tree and the signed root."""

    item_schema = PROOF

    def get(self, request: Request, kind: str, version: str, code: str) -> HttpResponse:
        parameters.check(request.query_params, ())
        edition = _published(kind, version)
        _folder(edition)
        found = files.proof_of(edition, code)
        if found is None:
            raise Http404
        return tagged_answer(request, found)


class ReleaseCodes(PublicEndpoint):
    """The codes of all entries of an edition."""

    item_schema = shapes.thing(codes=shapes.many(shapes.STRING))

    def get(self, request: Request, kind: str, version: str) -> HttpResponse:
        parameters.check(request.query_params, ())
        folder = _folder(_published(kind, version))
        listed = orjson.loads((folder / files.LINES).read_bytes())[files.ENTRIES]["codes"]
        return tagged_answer(request, {"codes": listed})


class ReleaseKeys(PublicEndpoint):
    """The public keys editions are signed with. Take them once from a source you trust, and keep them."""

    item_schema = shapes.thing(
        origin=shapes.STRING, algorithm=shapes.STRING, keys=shapes.many({"type": "object"})
    )

    def get(self, request: Request) -> HttpResponse:
        parameters.check(request.query_params, ())
        return tagged_answer(request, notes.known_keys())
