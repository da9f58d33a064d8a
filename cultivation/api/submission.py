"""申报 over the API: the same verbs as on the pages, for an authority's own system and for the ministry."""

from __future__ import annotations

import inspect
from typing import Any, ClassVar

import orjson
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from rest_framework.request import Request

from cultivation.actions import submission as verbs
from cultivation.actions import submission_acceptance, submission_city, submission_filling
from cultivation.choices import SubmissionKind
from cultivation.filters import SubmissionFilters
from cultivation.models import Submission
from cultivation.transitions import SUBMISSION
from platforms import record
from platforms.access import Permission
from platforms.actions.verb import VERBS
from platforms.api import shapes
from platforms.api.endpoint import Access, Endpoint, api_url, page_url
from platforms.api.idempotency import idempotent
from platforms.api.listing import Row
from platforms.api.problems import Refused
from platforms.api.rehearsal import rehearsable
from platforms.api.workspace import (
    OwnListing,
    answer,
    body_of,
    expected_version,
    moves,
    object_of,
    own_record,
    text_of,
    texts_of,
    version_tag,
    wrong,
)
from platforms.errors import Conflict
from platforms.models import Authority, Platform
from platforms.walks import Key

#: What a person may do by name; moves the registry makes itself have no address.
MOVES = {transition.verb: transition for transition in SUBMISSION.transitions if not transition.system}
#: The verbs of the ministry, of operators and of cities register themselves on being imported.
assert submission_acceptance and submission_city  # noqa: S101, PT018

SUBMISSION_CARD = {
    "number": shapes.STRING,
    "kind": shapes.words(SubmissionKind),
    "status": shapes.STRING,
    "name_zh": shapes.STRING,
    "authority": shapes.STRING,
    "platform": shapes.maybe(shapes.STRING),
    "version": shapes.INTEGER,
    "updated_at": shapes.MOMENT,
}
DETAIL = shapes.titled(
    "Submission",
    shapes.record(
        **SUBMISSION_CARD,
        payload={"type": "object"},
        returned_fields=shapes.many({"type": "object"}),
        return_reason=shapes.STRING,
        moves=shapes.many({"type": "object"}),
    ),
)


class Submissions(OwnListing):
    """Submissions within reach, the newest first. POST begins a draft."""

    noun = "submissions"
    access: ClassVar[dict[str, Access]] = {
        "GET": (Permission.SUBMISSION_VIEW,),
        "POST": (Permission.SUBMISSION_PREPARE,),
    }
    permission = Permission.SUBMISSION_VIEW
    model = Submission
    filters = SubmissionFilters
    columns = (
        "number",
        "kind",
        "status",
        "name_zh",
        "authority_id",
        "platform__code",
        "version",
        "updated_at",
    )
    names = tuple(SUBMISSION_CARD)
    orders: ClassVar = {
        "number": (Key("number", descending=True),),
        "updated": (Key("updated_at", descending=True), Key("number")),
    }
    csv_columns = names
    item_schema = shapes.record(**SUBMISSION_CARD)
    takes_key = True
    bodies: ClassVar = {
        "POST": shapes.thing(
            authority=shapes.STRING,
            kind=shapes.words(SubmissionKind),
            platform=shapes.STRING,
            payload={"type": "object"},
        )
    }
    answers: ClassVar = {"POST": (201, DETAIL)}

    def represent(self, row: Row) -> bytes:
        return orjson.dumps(_card(row))

    @rehearsable
    @idempotent
    def post(self, request: Request) -> HttpResponse:
        """Begin a draft. A change names its platform and may leave out the payload to start from the present record."""
        body = body_of(request, ("authority", "kind", "platform", "payload"), required=("authority",))
        kind = text_of(body, "kind") or SubmissionKind.NEW
        if kind not in SubmissionKind.values:
            raise wrong("kind", "unknown_choice", _("不是允许的取值。"))
        authority = Authority.objects.filter(code=text_of(body, "authority")).first()
        if authority is None:
            raise wrong("authority", "unknown_reference", _("没有这个推荐单位。"))
        payload = object_of(body, "payload") if body.get("payload") is not None else None
        submission = verbs.create_draft(
            authority=authority, by=request.user, kind=kind, platform=self._platform(body), payload=payload
        )
        return _detail(request, submission, status=201)

    def _platform(self, body: dict[str, Any]) -> Platform | None:
        code = text_of(body, "platform")
        return (
            own_record(self.request, Platform.objects.all(), Permission.PLATFORM_VIEW, code=code)
            if code
            else None
        )


def _card(row: Row) -> dict[str, Any]:
    values = dict(zip(SUBMISSION_CARD, row, strict=True))
    return {
        "url": api_url(f"submissions/{values['number']}/"),
        "html_url": page_url(f"/authorities/{values['authority']}/submissions/{values['number']}/"),
        "display": values["name_zh"] or values["number"],
        **values,
    }


def _detail(request: Request, submission: Submission, *, status: int = 200) -> HttpResponse:
    row = tuple(
        (submission.number, submission.kind, submission.status, submission.name_zh, submission.authority_id,
         submission.platform.code if submission.platform else None, submission.version, submission.updated_at)
    )  # fmt: skip
    card = _card(row)
    body = {
        **card,
        "payload": submission.payload,
        "returned_fields": submission.returned_fields,
        "return_reason": submission.return_reason,
        "moves": moves(submission_filling.offered(submission, request.user), card["url"]),
    }
    location = card["url"] if status == 201 else ""
    return answer(body, status=status, etag=version_tag(submission, submission.number), location=location)


def _visible() -> QuerySet[Submission]:
    return Submission.objects.select_related("platform", "authority")


class SubmissionDetail(Endpoint):
    """One submission. PATCH changes the draft it was read from."""

    access: ClassVar[dict[str, Access]] = {
        "GET": (Permission.SUBMISSION_VIEW,),
        "PATCH": (Permission.SUBMISSION_PREPARE, Permission.SUBMISSION_FILL),
    }
    item_schema = DETAIL
    bodies: ClassVar = {"PATCH": shapes.thing(payload={"type": "object"})}

    def get(self, request: Request, number: str) -> HttpResponse:
        return _detail(request, own_record(request, _visible(), Permission.SUBMISSION_VIEW, number=number))

    @rehearsable
    def patch(self, request: Request, number: str) -> HttpResponse:
        """Change a draft. Objects are merged, null clears a field; a list replaces the list, leaving it out keeps it."""
        submission = own_record(request, _visible(), Permission.SUBMISSION_VIEW, number=number)
        version = expected_version(request, submission, number, fields=("payload",))
        body = body_of(request, ("payload",), required=("payload",))
        payload = merged(submission.payload, object_of(body, "payload"))
        try:
            saved = verbs.save_draft(submission=submission, payload=payload, by=request.user, version=version)
        except Conflict as error:
            raise Refused(str(error), status=412, code="stale") from error
        return _detail(request, saved)


def merged(before: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """A payload with the given parts in place of its own."""
    after = {**before, **{name: value for name, value in given.items() if name not in record.SINGLES}}
    for name in record.SINGLES:
        part = given.get(name, {})
        if not isinstance(part, dict):
            raise wrong(f"payload/{name}", "not_an_object", _("此处应为一组字段。"))
        values = {**(before.get(name) or {}), **part}
        after[name] = {key: value for key, value in values.items() if value is not None}
    return after


class SubmissionMove(Endpoint):
    """One step of a submission, named as in its table of states."""

    verb = ""
    takes_key = True
    bodies: ClassVar = {
        "POST": shapes.thing(
            reason=shapes.STRING, fields={"type": "object"}, due_at=shapes.MOMENT, declared=shapes.BOOLEAN
        )
    }
    answers: ClassVar = {"POST": (200, DETAIL)}

    @classmethod
    def needs(cls, initkwargs: dict[str, Any]) -> dict[str, Access]:
        return {"POST": (MOVES[initkwargs["verb"]].permission,)}

    @rehearsable
    @idempotent
    def post(self, request: Request, number: str) -> HttpResponse:
        """Make the step. ``If-Match`` is optional here: the table of states already lets exactly one of several win."""
        submission = own_record(request, _visible(), Permission.SUBMISSION_VIEW, number=number)
        act = VERBS[f"submission.{self.verb}"]
        taken = set(inspect.signature(act).parameters)
        body = body_of(request, taken & {"reason", "fields", "due_at", "declared"})
        arguments: dict[str, Any] = {"version": expected_version(request, submission, number, required=False)}
        if "reason" in taken:
            arguments["reason"] = text_of(body, "reason")
        if body.get("fields"):
            arguments["fields"] = texts_of(body, "fields")
        if "declared" in body:
            if not isinstance(body["declared"], bool):
                raise wrong("declared", "not_boolean", _("请填“是”或“否”。"))
            arguments["declared"] = body["declared"]
        if body.get("due_at"):
            arguments["due_at"] = _moment(text_of(body, "due_at"))
        act(submission=submission, by=request.user, **arguments)
        moved = own_record(request, _visible(), Permission.SUBMISSION_VIEW, number=number)
        return _detail(request, moved)


def _moment(text: str) -> Any:
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not 1900 <= moment.year <= 2100:
        raise wrong("due_at", "not_a_moment", _("时刻应写成 2026-12-31T08:00:00+08:00。"))
    return moment
