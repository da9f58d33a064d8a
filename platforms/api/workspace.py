"""Addresses for signed-in people and their programs: own records, strict bodies, versions in ``If-Match``."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import parse_etags, quote_etag
from django.utils.translation import gettext as _
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request

from platforms.access import reach
from platforms.api.authentication import ApiKeyAuthentication
from platforms.api.endpoint import json_answer
from platforms.api.listing import Listing
from platforms.api.problems import Refused
from platforms.transitions import Transition

#: The version at the end of an entity tag.
VERSION_OF_TAG = re.compile(r'\.([0-9]{1,9})"')
AUTHENTICATION = (ApiKeyAuthentication, SessionAuthentication)


class OwnListing(Listing):
    """A list of the records a person may see; ``permission`` is what seeing takes."""

    authentication_classes = AUTHENTICATION
    published = False
    permission: ClassVar[str]
    model: ClassVar[type[Model]]

    def rows(self) -> QuerySet:
        return own(self.request, self.model._default_manager.all(), self.permission)


def own(request: Request, queryset: QuerySet, permission: str) -> QuerySet:
    """The part of a queryset that the caller may see; everything else does not exist."""
    return reach(request.user).rows(queryset, permission)


def own_record(request: Request, queryset: QuerySet, permission: str, **lookup: Any) -> Any:
    return get_object_or_404(own(request, queryset, permission), **lookup)


def body_of(request: Request, allowed: Iterable[str], required: Iterable[str] = ()) -> dict[str, Any]:
    """The body, with every field that is unknown or missing named at once."""
    body: Any = request.data
    allowed = set(allowed)
    errors = [_fault(name, "unknown_field", _("没有这个字段。")) for name in body if name not in allowed]
    missing = [name for name in required if body.get(name) in (None, "", {}, [])]
    errors += [_fault(name, "required", _("必填。")) for name in missing]
    if errors:
        raise Refused(errors=errors, code="invalid")
    return {name: body[name] for name in body}  # of a form, the last value of each field


def text_of(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise wrong(name, "not_text", _("此处须为文字。"))
    return value or ""


def object_of(body: dict[str, Any], name: str) -> dict[str, Any]:
    value = body.get(name)
    if value is not None and not isinstance(value, dict):
        raise wrong(name, "not_an_object", _("此处应为一组字段。"))
    return value or {}


def texts_of(body: dict[str, Any], name: str) -> dict[str, str]:
    """An object whose values are all text."""
    values = object_of(body, name)
    if not all(isinstance(value, str) for value in values.values()):
        raise wrong(name, "not_text", _("此处须为文字。"))
    return values


def wrong(name: str, code: str, sentence: Any) -> Refused:
    """A refusal (400) because of one field of the body."""
    return Refused(errors=[_fault(name, code, sentence)], code="invalid")


def _fault(name: str, code: str, sentence: Any) -> dict[str, str]:
    return {"pointer": f"#/{str(name)[:60]}", "code": code, "detail": f"{str(name)[:60]}: {sentence}"}


def arrived_at(request: Request) -> datetime.datetime:
    """When the request reached the server; deadlines are judged by this."""
    return request._request.arrived_at  # type: ignore[attr-defined]


# --- versions -----------------------------------------------------------------------------------------------------


def version_tag(record: Any, key: str) -> str:
    return quote_etag(f"{key}.{record.version}")


def expected_version(
    request: Request, record: Any, key: str, *, required: bool = True, fields: tuple[str, ...] = ()
) -> int | None:
    """The version the caller worked on. Missing 428, another one than is stored 412; both name the present one.

    ``fields`` are those the caller may read and write; a 412 says what has become of them since.
    """
    given = request.headers.get("If-Match")
    present = version_tag(record, key)
    if given is None:
        if not required:
            return None
        raise stale(428, "precondition_required", _("请在 If-Match 中给出您所依据的版本。"), present)
    if present not in parse_etags(given):
        sentence = _("这条记录已被其他人修改，请取最新版本核对后再提交。")
        raise stale(412, "stale", sentence, present, changes_since(record, given, fields))
    return record.version


def stale(
    status: int, code: str, sentence: str, present: str, changes: list[dict[str, Any]] | None = None
) -> Refused:
    return Refused(f"{sentence}（{present}）", status=status, code=code, etag=present, changes=changes)


def changes_since(record: Any, given: str, fields: tuple[str, ...]) -> list[dict[str, Any]] | None:
    """What each of ``fields`` was in the version the caller names and is now; nothing when there was no such version."""
    version = VERSION_OF_TAG.search(given)
    if not fields or version is None:
        return None
    earlier = record.events.filter(version=int(version[1])).order_by("pgh_id").values(*fields).first()
    if earlier is None:
        return None
    return [
        change for name in fields for change in _differing(earlier[name], getattr(record, name), f"#/{name}")
    ]


def _differing(then: Any, now: Any, pointer: str) -> Iterator[dict[str, Any]]:
    """Objects are compared field by field, lists as a whole, because that is how they are written."""
    if isinstance(then, dict) and isinstance(now, dict):
        for name in sorted(then.keys() | now.keys()):
            yield from _differing(then.get(name), now.get(name), f"{pointer}/{name}")
    elif then != now:
        yield {"pointer": pointer, "then": then, "now": now}


# --- answers ------------------------------------------------------------------------------------------------------


def answer(body: dict[str, Any], *, status: int = 200, etag: str = "", location: str = "") -> HttpResponse:
    response = json_answer(body, etag=etag)
    response.status_code = status
    if location:
        response["Location"] = location
    return response


def moves(open_to_them: Iterable[Transition], address: str) -> list[dict[str, Any]]:
    """What the caller may do with a record now, and where."""
    return [
        {
            "verb": transition.verb,
            "label": str(transition.label),
            "needs_reason": transition.needs_reason,
            "url": f"{address}{transition.verb}/",
        }
        for transition in open_to_them
    ]
