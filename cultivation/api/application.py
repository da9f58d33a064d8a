"""推荐 over the API: an authority proposes platforms for a batch and recommends them."""

from __future__ import annotations

from typing import Any, ClassVar

import orjson
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework.request import Request

from cultivation.actions import application as verbs
from cultivation.actions import ranking
from cultivation.filters import ApplicationFilters
from cultivation.models import Application, Batch
from cultivation.transitions import APPLICATION
from platforms.access import Permission
from platforms.api import shapes
from platforms.api.endpoint import Access, Endpoint, api_url, page_url
from platforms.api.idempotency import idempotent
from platforms.api.listing import Row
from platforms.api.rehearsal import rehearsable
from platforms.api.workspace import (
    OwnListing,
    answer,
    arrived_at,
    body_of,
    expected_version,
    moves,
    own,
    own_record,
    text_of,
    version_tag,
    wrong,
)
from platforms.models import Platform
from platforms.walks import Key

#: Steps of an authority; those of the ministry belong to its own workspace.
STEPS = {"recommend": verbs.recommend, "withdraw": verbs.withdraw, "supplement": verbs.supplement}
TIMED = ("recommend", "supplement")

CARD = {
    "id": shapes.INTEGER,
    "batch": shapes.STRING,
    "platform": shapes.STRING,
    "name_zh": shapes.STRING,
    "authority": shapes.STRING,
    "rank": shapes.maybe(shapes.INTEGER),
    "status": shapes.STRING,
    "opinion": shapes.STRING,
    "version": shapes.INTEGER,
    "proposed_at": shapes.MOMENT,
}
DETAIL = shapes.titled(
    "Recommendation",
    shapes.record(**CARD, outcome_reason=shapes.STRING, moves=shapes.many({"type": "object"})),
)


class Recommendations(OwnListing):
    """Applications within reach. POST puts a platform of one's own authority on the list for an open batch."""

    noun = "recommendations"
    access: ClassVar[dict[str, Access]] = {
        "GET": (Permission.APPLICATION_VIEW,),
        "POST": (Permission.APPLICATION_PROPOSE,),
    }
    permission = Permission.APPLICATION_VIEW
    model = Application
    filters = ApplicationFilters
    columns = (
        "id", "batch__code", "platform__code", "platform__name_zh", "authority_id", "rank", "seen_status", "opinion",
        "version", "proposed_at",
    )  # fmt: skip
    orders: ClassVar = {"id": (Key("id", descending=True),)}
    csv_columns = tuple(CARD)
    item_schema = shapes.record(**CARD)
    takes_key = True
    bodies: ClassVar = {
        "POST": shapes.thing(batch=shapes.STRING, platform=shapes.STRING, opinion=shapes.STRING)
    }
    answers: ClassVar = {"POST": (201, DETAIL)}

    def rows(self) -> QuerySet[Application]:
        return own(self.request, Application.objects.as_seen_by(self.request.user), self.permission)

    def represent(self, row: Row) -> bytes:
        return orjson.dumps(_card(row), default=str)

    @rehearsable
    @idempotent
    def post(self, request: Request) -> HttpResponse:
        """Propose a platform, in last place of the authority's list."""
        body = body_of(request, ("batch", "platform", "opinion"), required=("batch", "platform"))
        batch = (
            own(request, Batch.objects.opened(), Permission.BATCH_VIEW)
            .filter(code=text_of(body, "batch"))
            .first()
        )
        if batch is None:
            raise wrong("batch", "unknown_reference", _("没有这个批次。"))
        code = text_of(body, "platform")
        platform = own_record(request, Platform.objects.all(), Permission.PLATFORM_VIEW, code=code)
        application = verbs.propose(
            batch=batch,
            platform=platform,
            by=request.user,
            opinion=text_of(body, "opinion"),
            arrived_at=arrived_at(request),
        )
        return _detail(request, application.pk, status=201)


def _card(row: Row) -> dict[str, Any]:
    values = dict(zip(CARD, row, strict=True))
    page = f"/authorities/{values['authority']}/batches/{values['batch']}/"
    return {
        "url": api_url(f"recommendations/{values['id']}/"),
        "html_url": page_url(page),
        "display": f"{values['name_zh']} · {values['batch']}",
        **values,
    }


def _detail(request: Request, pk: int, *, status: int = 200) -> HttpResponse:
    rows = Application.objects.select_related("batch", "platform", "authority")
    application = own_record(request, rows, Permission.APPLICATION_VIEW, pk=pk)
    seen = application.seen_by(request.user)
    card = _card(
        (application.pk, application.batch.code, application.platform.code, application.platform.name_zh,
         application.authority_id, application.rank, seen, application.opinion, application.version,
         application.proposed_at)
    )  # fmt: skip
    body = {
        **card,
        "outcome_reason": application.outcome_reason if seen == application.status else "",
        "moves": [
            move
            for move in moves(APPLICATION.available(application, request.user), card["url"])
            if move["verb"] in STEPS
        ],
    }
    location = card["url"] if status == 201 else ""
    return answer(body, status=status, etag=version_tag(application, _key(application)), location=location)


def _key(application: Application) -> str:
    """A place changes without a new version when others move, and is part of what was read all the same."""
    return f"{application.pk}.{application.rank or 0}"


class RecommendationDetail(Endpoint):
    """One application. PATCH changes its opinion, its place in the authority's list, or both."""

    access: ClassVar[dict[str, Access]] = {
        "GET": (Permission.APPLICATION_VIEW,),
        "PATCH": (Permission.APPLICATION_PROPOSE,),
    }
    item_schema = DETAIL
    bodies: ClassVar = {"PATCH": shapes.thing(opinion=shapes.STRING, rank=shapes.INTEGER)}

    def get(self, request: Request, pk: int) -> HttpResponse:
        return _detail(request, pk)

    @rehearsable
    def patch(self, request: Request, pk: int) -> HttpResponse:
        """Change the opinion until it is recommended, or the place: those between make room."""
        application = own_record(request, Application.objects.all(), Permission.APPLICATION_VIEW, pk=pk)
        version = expected_version(request, application, _key(application), fields=("opinion", "rank"))
        body = body_of(request, ("opinion", "rank"))
        opinion = text_of(body, "opinion")
        rank = _place(body) if "rank" in body else None
        with transaction.atomic():
            if "opinion" in body:
                verbs.set_opinion(application=application, opinion=opinion, by=request.user, version=version)
            if rank is not None:
                ranking.set_rank(
                    application=application,
                    rank=rank,
                    by=request.user,
                    arrived_at=arrived_at(request),
                    seen=application.rank,
                )
        return _detail(request, pk)


def _place(body: dict[str, Any]) -> int:
    """A place in the list; beyond either end it is that end."""
    rank = body["rank"]
    if type(rank) is not int or abs(rank) >= 2**31:
        raise wrong("rank", "not_number", _("此处须为整数。"))
    return rank


class RecommendationMove(Endpoint):
    """One step of an authority: recommend, withdraw or supplement."""

    verb = ""
    takes_key = True
    bodies: ClassVar = {"POST": shapes.thing(reason=shapes.STRING)}
    answers: ClassVar = {"POST": (200, DETAIL)}

    @classmethod
    def needs(cls, initkwargs: dict[str, Any]) -> dict[str, Access]:
        return {"POST": (APPLICATION.find(initkwargs["verb"]).permission,)}

    @rehearsable
    @idempotent
    def post(self, request: Request, pk: int) -> HttpResponse:
        """Make the step; deadlines are judged by when the request arrived. ``If-Match`` is optional."""
        application = own_record(request, Application.objects.all(), Permission.APPLICATION_VIEW, pk=pk)
        timed = self.verb in TIMED
        body = body_of(request, () if timed else ("reason",))
        more = {"arrived_at": arrived_at(request)} if timed else {"reason": text_of(body, "reason")}
        expected_version(request, application, _key(application), required=False)
        STEPS[self.verb](application=application, by=request.user, **more)
        return _detail(request, pk)
