"""推送 over the API: a key's owner registers receivers, follows what they were sent, and has it sent again."""

from __future__ import annotations

from typing import Any, ClassVar

import orjson
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from rest_framework.request import Request

from platforms.access import Permission
from platforms.actions import webhook as verbs
from platforms.api import shapes
from platforms.api.endpoint import Access, Endpoint, api_url, page_url
from platforms.api.idempotency import idempotent
from platforms.api.listing import Row
from platforms.api.problems import Refused
from platforms.api.workspace import OwnListing, answer, body_of, moves, text_of, wrong
from platforms.choices import ChangeKind, PushFailure, PushKind, PushStatus, WebhookStatus
from platforms.filters import PushFilters, WebhookFilters
from platforms.models import Area, Authority, Push, Webhook
from platforms.transitions import WEBHOOK
from platforms.walks import Key

CARD = {
    "id": shapes.INTEGER,
    "name": shapes.STRING,
    "target": shapes.STRING,
    "kinds": shapes.many(shapes.words(ChangeKind)),
    "authority": shapes.maybe(shapes.STRING),
    "area": shapes.maybe(shapes.STRING),
    "tier": shapes.STRING,
    "status": shapes.words(WebhookStatus),
    "position": shapes.INTEGER,
    "failures": shapes.INTEGER,
    "created_at": shapes.MOMENT,
    "delivered_at": shapes.maybe(shapes.MOMENT),
}
COLUMNS = ("id", "name", "target", "kinds", "authority_id", "area_id", *tuple(CARD)[6:])
DETAIL = shapes.titled("Webhook", shapes.record(**CARD, moves=shapes.many({"type": "object"})))
WITH_SECRET = shapes.titled(
    "WebhookWithSecret", shapes.record(**CARD, moves=shapes.many({"type": "object"}), secret=shapes.STRING)
)
DELIVERY = {
    "id": shapes.INTEGER,
    "uid": shapes.STRING,
    "kind": shapes.words(PushKind),
    "numbers": shapes.many(shapes.INTEGER),
    "after": shapes.INTEGER,
    "up_to": shapes.INTEGER,
    "status": shapes.words(PushStatus),
    "attempts": shapes.INTEGER,
    "created_at": shapes.MOMENT,
    "tried_at": shapes.maybe(shapes.MOMENT),
    "delivered_at": shapes.maybe(shapes.MOMENT),
    "response_code": shapes.maybe(shapes.INTEGER),
    "failure": {"type": "string", "enum": ["", *PushFailure.values]},
    "milliseconds": shapes.maybe(shapes.INTEGER),
}
PUSH = shapes.titled("Push", shapes.record(**DELIVERY))
NEEDED = (Permission.WEBHOOKS_OWN,)
MOVES = {"pause": verbs.pause, "resume": verbs.resume, "end": verbs.end}


def _own(request: Request) -> QuerySet[Webhook]:
    """Nobody else's, not even for those who see a whole province: the addresses are its owner's affair."""
    return Webhook.objects.filter(owner_id=request.user.pk)


def _card(row: Row) -> dict[str, Any]:
    values = dict(zip(CARD, row, strict=True))
    return {
        "url": api_url(f"webhooks/{values['id']}/"),
        "html_url": page_url(f"/accounts/webhooks/{values['id']}/"),
        "display": values["name"],
        **values,
    }


def _detail(request: Request, webhook: Webhook, *, secret: str = "", status: int = 200) -> HttpResponse:
    card = _card(tuple(getattr(webhook, name) for name in COLUMNS))
    body = {**card, "moves": moves(WEBHOOK.available(webhook, request.user), card["url"])}
    if secret:
        body["secret"] = secret
    return answer(body, status=status, location=card["url"] if status == 201 else "")


class Webhooks(OwnListing):
    """One's own receivers of public changes, the newest first. POST registers one; its secret is in the answer only."""

    noun = "webhooks"
    access: ClassVar[dict[str, Access]] = {"GET": NEEDED, "POST": NEEDED}
    permission = Permission.WEBHOOKS_OWN
    model = Webhook
    filters = WebhookFilters
    columns = COLUMNS
    orders: ClassVar = {"id": (Key("id", descending=True),)}
    item_schema = shapes.record(**CARD)
    # No ``Idempotency-Key``: the remembered answer would keep the secret for a day.
    bodies: ClassVar = {
        "POST": shapes.thing(
            name=shapes.STRING,
            target=shapes.STRING,
            kinds=shapes.many(shapes.words(ChangeKind)),
            authority=shapes.STRING,
            area=shapes.STRING,
            tier=shapes.STRING,
        )
    }
    answers: ClassVar = {"POST": (201, WITH_SECRET)}

    def rows(self) -> QuerySet:
        return _own(self.request)

    def represent(self, row: Row) -> bytes:
        return orjson.dumps(_card(row))

    def post(self, request: Request) -> HttpResponse:
        """Register a receiver. ``target`` is where messages go; ``kinds``, ``authority``, ``area`` and ``tier`` narrow them."""
        body = body_of(
            request,
            ("name", "target", "kinds", "authority", "area", "tier"),
            required=("name", "target"),
        )
        webhook, secret = verbs.create(
            name=text_of(body, "name"),
            target=text_of(body, "target"),
            kinds=_words(body, "kinds"),
            authority=_found(Authority, body, "authority"),
            area=_found(Area, body, "area"),
            tier=text_of(body, "tier"),
            by=request.user,
        )
        return _detail(request, webhook, secret=secret, status=201)


def _words(body: dict[str, Any], name: str) -> list[str]:
    value = body.get(name) or []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise wrong(name, "not_a_list", _("此处应为一组文字。"))
    return value


def _found(model: type[Any], body: dict[str, Any], name: str) -> Any:
    code = text_of(body, name)
    if not code:
        return None
    found = model.objects.filter(pk=code).first()
    if found is None:
        raise wrong(name, "unknown_reference", _("没有这个代码。"))
    return found


class WebhookDetail(Endpoint):
    """One receiver."""

    access: ClassVar[dict[str, Access]] = {"GET": NEEDED}
    item_schema = DETAIL

    def get(self, request: Request, pk: int) -> HttpResponse:
        return _detail(request, get_object_or_404(_own(request), pk=pk))


class WebhookMove(Endpoint):
    """Pause, resume (with ``skip``: from the newest change on) or end."""

    access: ClassVar[dict[str, Access]] = {"POST": NEEDED}
    item_schema = DETAIL
    takes_key = True
    bodies: ClassVar = {"POST": shapes.thing(skip=shapes.BOOLEAN)}

    @idempotent
    def post(self, request: Request, pk: int, verb: str) -> HttpResponse:
        webhook = get_object_or_404(_own(request), pk=pk)
        if verb not in MOVES:
            raise Refused(_("没有这个操作。"), status=404, code="not_found")
        body = body_of(request, ("skip",) if verb == "resume" else ())
        skip = body.get("skip", False)
        if not isinstance(skip, bool):
            raise wrong("skip", "not_a_boolean", _("应为 true 或 false。"))
        return _detail(
            request, MOVES[verb](webhook=webhook, by=request.user, **({"skip": True} if skip else {}))
        )


class WebhookSecret(Endpoint):
    """Another secret. The old one signs nothing from this moment."""

    access: ClassVar[dict[str, Access]] = {"POST": NEEDED}
    item_schema = WITH_SECRET

    def post(self, request: Request, pk: int) -> HttpResponse:
        body_of(request, ())
        webhook = get_object_or_404(_own(request), pk=pk)
        renewed, secret = verbs.renew_secret(webhook=webhook, by=request.user)
        return _detail(request, renewed, secret=secret)


class WebhookPing(Endpoint):
    """Have a trial message sent."""

    access: ClassVar[dict[str, Access]] = {"POST": NEEDED}
    item_schema = PUSH

    def post(self, request: Request, pk: int) -> HttpResponse:
        body_of(request, ())
        return _delivery(verbs.ping(webhook=get_object_or_404(_own(request), pk=pk), by=request.user))


class Pushes(OwnListing):
    """What one's receivers were sent, the newest first. No bodies: they are the entries of the change feed."""

    noun = "pushes"
    access: ClassVar[dict[str, Access]] = {"GET": NEEDED}
    permission = Permission.WEBHOOKS_OWN
    model = Push
    filters = PushFilters
    columns = tuple(DELIVERY)
    orders: ClassVar = {"id": (Key("id", descending=True),)}
    csv_columns = tuple(DELIVERY)
    item_schema = PUSH

    def rows(self) -> QuerySet:
        return Push.objects.filter(webhook__owner_id=self.request.user.pk)

    def represent(self, row: Row) -> bytes:
        return orjson.dumps(_pushed(row), default=str)


class PushReplay(Endpoint):
    """Have the same message sent once more, under the same number."""

    access: ClassVar[dict[str, Access]] = {"POST": NEEDED}
    item_schema = PUSH

    def post(self, request: Request, pk: int) -> HttpResponse:
        body_of(request, ())
        rows = Push.objects.select_related("webhook").filter(webhook__owner_id=request.user.pk)
        return _delivery(verbs.replay(push=get_object_or_404(rows, pk=pk), by=request.user))


def _pushed(row: Row) -> dict[str, Any]:
    values = dict(zip(DELIVERY, row, strict=True))
    return {"url": api_url("pushes/"), "html_url": None, "display": str(values["uid"]), **values}


def _delivery(push: Push) -> HttpResponse:
    return answer(_pushed(tuple(getattr(push, name) for name in DELIVERY)))
