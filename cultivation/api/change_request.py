"""变更申请 over the API: two persons of an authority ask, with evidence; the ministry decides."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any, ClassVar

import orjson
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from rest_framework.request import Request

from cultivation.actions import change_request as verbs
from cultivation.aftercare_transitions import CHANGE_REQUEST
from cultivation.choices import ChangeRequestKind, RequestStatus
from cultivation.filters import ChangeRequestFilters
from cultivation.models import ChangeRequest
from platforms.access import Permission
from platforms.api import shapes
from platforms.api.endpoint import Access, Endpoint, api_url, page_url
from platforms.api.idempotency import idempotent
from platforms.api.listing import Row
from platforms.api.rehearsal import rehearsable
from platforms.api.uploading import OneFile, file_of
from platforms.api.workspace import (
    OwnListing,
    answer,
    body_of,
    moves,
    own_record,
    text_of,
    texts_of,
    wrong,
)
from platforms.models import Platform
from platforms.walks import Key

#: Steps by name; ``revise`` takes the facts anew and has an address of its own.
STEPS: dict[str, Callable[..., ChangeRequest]] = {
    "submit": verbs.submit,
    "send_back": verbs.send_back,
    "withdraw": verbs.withdraw,
    "accept": verbs.accept,
    "return": verbs.return_,
    "reject": verbs.reject,
}

CARD = {
    "id": shapes.INTEGER,
    "platform": shapes.STRING,
    "name_zh": shapes.STRING,
    "authority": shapes.STRING,
    "kind": shapes.words(ChangeRequestKind),
    "status": shapes.words(RequestStatus),
    "prepared_at": shapes.MOMENT,
}
FACTS = {"type": "object", "additionalProperties": shapes.STRING}
DETAIL = shapes.titled(
    "ChangeRequest",
    shapes.record(
        **CARD,
        before=FACTS,
        after=FACTS,
        reason=shapes.STRING,
        evidence_note=shapes.STRING,
        evidence=shapes.many(shapes.thing(id=shapes.INTEGER, title=shapes.STRING, sha256=shapes.STRING)),
        effective_on=shapes.maybe(shapes.DATE),
        return_reason=shapes.STRING,
        decision_reason=shapes.STRING,
        moves=shapes.many({"type": "object"}),
    ),
)
WRITTEN = {
    "after": FACTS,
    "reason": shapes.STRING,
    "evidence_note": shapes.STRING,
    "effective_on": shapes.maybe(shapes.DATE),
}


class ChangeRequests(OwnListing):
    """Change requests within reach, the newest first. POST asks for a change of a platform."""

    noun = "change-requests"
    access: ClassVar[dict[str, Access]] = {
        "GET": (Permission.SUBMISSION_VIEW,),
        "POST": (Permission.SUBMISSION_PREPARE,),
    }
    permission = Permission.SUBMISSION_VIEW
    model = ChangeRequest
    filters = ChangeRequestFilters
    columns = (
        "id", "platform__code", "platform__name_zh", "platform__authority_id", "kind", "status", "prepared_at",
    )  # fmt: skip
    orders: ClassVar = {"id": (Key("id", descending=True),)}
    csv_columns = tuple(CARD)
    item_schema = shapes.record(**CARD)
    takes_key = True
    bodies: ClassVar = {
        "POST": shapes.thing(platform=shapes.STRING, kind=shapes.words(ChangeRequestKind), **WRITTEN)
    }
    answers: ClassVar = {"POST": (201, DETAIL)}

    def represent(self, row: Row) -> bytes:
        return orjson.dumps(_card(row))

    @rehearsable
    @idempotent
    def post(self, request: Request) -> HttpResponse:
        """``after`` holds the facts of the kind: ``name_zh`` and ``name_en``; ``uscc`` and ``operator_zh``; ``region``, ``city``
        and ``address``; ``into``; nothing for a cancellation."""
        body = body_of(request, ("platform", "kind", *WRITTEN), required=("platform", "kind"))
        code = text_of(body, "platform")
        platform = own_record(request, Platform.objects.all(), Permission.PLATFORM_VIEW, code=code)
        made = verbs.prepare(platform=platform, kind=text_of(body, "kind"), by=request.user, **_facts(body))
        return _detail(request, made.pk, status=201)


def _facts(body: dict[str, Any]) -> dict[str, Any]:
    return {
        "after": texts_of(body, "after"),
        "reason": text_of(body, "reason"),
        "evidence_note": text_of(body, "evidence_note"),
        "effective_on": _day(text_of(body, "effective_on")),
    }


def _day(text: str) -> datetime.date | None:
    try:
        day = parse_date(text) if text else None
    except ValueError:
        day = None
    if text and (day is None or not 1900 <= day.year <= 2100):
        raise wrong("effective_on", "not_a_date", _("日期应写成 2026-12-31。"))
    return day


def _card(row: Row) -> dict[str, Any]:
    values = dict(zip(CARD, row, strict=True))
    return {
        "url": api_url(f"change-requests/{values['id']}/"),
        "html_url": page_url(f"/authorities/{values['authority']}/changes/{values['id']}/"),
        "display": f"{values['name_zh']} · {ChangeRequestKind(values['kind']).label}",
        **values,
    }


def _visible() -> QuerySet[ChangeRequest]:
    return ChangeRequest.objects.select_related("platform__authority", "platform__operator")


def _detail(request: Request, pk: int, *, status: int = 200) -> HttpResponse:
    found = own_record(request, _visible(), Permission.SUBMISSION_VIEW, pk=pk)
    platform = found.platform
    card = _card(
        (found.pk, platform.code, platform.name_zh, platform.authority_id, found.kind, found.status, found.prepared_at)
    )  # fmt: skip
    body = {
        **card,
        "before": _values(found.before),
        "after": _values(found.after),
        "reason": found.reason,
        "evidence_note": found.evidence_note,
        "evidence": list(found.evidence.order_by("pk").values("id", "title", "sha256")),
        "effective_on": found.effective_on,
        "return_reason": found.return_reason,
        "decision_reason": found.decision_reason,
        "moves": moves(CHANGE_REQUEST.available(found, request.user), card["url"]),
    }
    return answer(body, status=status, location=card["url"] if status == 201 else "")


def _values(facts: dict[str, dict[str, str]]) -> dict[str, str]:
    return {name: fact["value"] for name, fact in facts.items()}


class ChangeRequestDetail(Endpoint):
    """One change request with what would change and why."""

    access: ClassVar[dict[str, Access]] = {"GET": (Permission.SUBMISSION_VIEW,)}
    item_schema = DETAIL

    def get(self, request: Request, pk: int) -> HttpResponse:
        return _detail(request, pk)


class ChangeRequestRevise(Endpoint):
    """Correct what came back and hand it to the approver again."""

    takes_key = True
    access: ClassVar[dict[str, Access]] = {"POST": (Permission.SUBMISSION_PREPARE,)}
    bodies: ClassVar = {"POST": shapes.thing(**WRITTEN)}
    answers: ClassVar = {"POST": (200, DETAIL)}

    @rehearsable
    @idempotent
    def post(self, request: Request, pk: int) -> HttpResponse:
        """All facts anew; the evidence that is there stays."""
        found = own_record(request, _visible(), Permission.SUBMISSION_VIEW, pk=pk)
        facts = _facts(body_of(request, tuple(WRITTEN)))
        verbs.revise(change_request=found, by=request.user, evidence=list(found.evidence.all()), **facts)
        return _detail(request, pk)


class ChangeRequestEvidence(Endpoint):
    """Add a file to a request that has not been sent up."""

    takes_key = True
    access: ClassVar[dict[str, Access]] = {"POST": (Permission.SUBMISSION_PREPARE,)}
    parser_classes = (OneFile,)
    bodies: ClassVar = {"POST": shapes.thing(file={"type": "string", "format": "binary"})}
    answers: ClassVar = {"POST": (200, DETAIL)}

    @idempotent
    def post(self, request: Request, pk: int) -> HttpResponse:
        """One file in the field ``file``: PDF, JPG, PNG, docx or xlsx without macros, at most 10 MB."""
        found = own_record(request, _visible(), Permission.SUBMISSION_VIEW, pk=pk)
        body_of(request, ("file",))
        verbs.add_evidence(change_request=found, upload=file_of(request), by=request.user)
        return _detail(request, pk)


class ChangeRequestMove(Endpoint):
    """One step of a change request, named as in its table of states."""

    verb = ""
    takes_key = True
    bodies: ClassVar = {"POST": shapes.thing(reason=shapes.STRING)}
    answers: ClassVar = {"POST": (200, DETAIL)}

    @classmethod
    def needs(cls, initkwargs: dict[str, Any]) -> dict[str, Access]:
        return {"POST": (CHANGE_REQUEST.find(initkwargs["verb"]).permission,)}

    @rehearsable
    @idempotent
    def post(self, request: Request, pk: int) -> HttpResponse:
        """Make the step, with a ``reason`` where the table of states asks for one."""
        found = own_record(request, _visible(), Permission.SUBMISSION_VIEW, pk=pk)
        takes_reason = CHANGE_REQUEST.find(self.verb).needs_reason
        body = body_of(request, ("reason",) if takes_reason else ())
        reason = {"reason": text_of(body, "reason")} if takes_reason else {}
        STEPS[self.verb](change_request=found, by=request.user, **reason)
        return _detail(request, pk)
