"""检查点 over the API: what has been sealed of the change feed, and proofs that a change is in it and that it has only grown."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from django.http import Http404, HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from cultivation.models import Checkpoint
from cultivation.releases import changelog
from platforms.api import parameters, shapes
from platforms.api.endpoint import PublicEndpoint, tagged_answer
from platforms.api.parameters import Parameter
from platforms.api.problems import Refused, bad_parameter

SIZE = re.compile(r"[1-9][0-9]{0,17}")


class NewestCheckpoint(PublicEndpoint):
    """The newest signed root of all changes: keep it, and ask later for the proof that nothing before it was rewritten."""

    item_schema = shapes.titled(
        "Checkpoint",
        shapes.thing(size=shapes.INTEGER, root=shapes.STRING, issued_at=shapes.MOMENT, note=shapes.STRING),
    )

    def get(self, request: Request) -> HttpResponse:
        parameters.check(request.query_params, ())
        return tagged_answer(request, _told(_newest()))


class Growth(PublicEndpoint):
    """Proof that the first ``first`` changes are still what they were among the first ``second`` (RFC 6962, 2.1.2)."""

    item_schema = shapes.thing(
        first=shapes.INTEGER, second=shapes.INTEGER, path=shapes.many(shapes.STRING), checkpoint=shapes.STRING
    )
    parameters_known: ClassVar = (
        Parameter("first", _("较早检查点的变更数"), kind="integer", required=True),
        Parameter("second", _("较晚检查点的变更数，默认为最新检查点的"), kind="integer"),
    )

    def get(self, request: Request) -> HttpResponse:
        parameters.check(request.query_params, self.parameters_known)
        newest = _newest()
        first, second = _sizes(request.query_params, newest.size)
        sealed = newest if second == newest.size else Checkpoint.objects.filter(size=second).first()
        body = {**changelog.proof_of_growth(first, second), "checkpoint": sealed.note if sealed else ""}
        return tagged_answer(request, body)


class ChangeProof(PublicEndpoint):
    """Proof that a change is among those that the newest checkpoint has sealed."""

    item_schema = shapes.thing(
        number=shapes.INTEGER,
        index=shapes.INTEGER,
        entry=shapes.STRING,
        path=shapes.many(shapes.STRING),
        checkpoint=shapes.STRING,
    )

    def get(self, request: Request, number: int) -> HttpResponse:
        parameters.check(request.query_params, ())
        newest = _newest()
        if not 1 <= number <= newest.size:
            raise Http404
        return tagged_answer(request, changelog.proof_of_change(number, newest))


def _newest() -> Checkpoint:
    found = changelog.newest()
    if found is None:
        raise Http404
    return found


def _told(checkpoint: Checkpoint) -> dict[str, Any]:
    return {name: getattr(checkpoint, name) for name in ("size", "root", "issued_at", "note")}


def _sizes(params, newest: int) -> tuple[int, int]:
    said = {"first": params.get("first", ""), "second": params.get("second", str(newest))}
    errors = [
        bad_parameter(name, "not_a_number", _("应为大于 0 的整数。"))
        for name, text in said.items()
        if not SIZE.fullmatch(text)
    ]
    if errors:
        raise Refused(errors=errors, code="bad_parameter")
    first, second = int(said["first"]), int(said["second"])
    if second > newest:
        errors.append(bad_parameter("second", "out_of_range", _("最新的检查点还没有包含这么多变更。")))
    elif first > second:
        errors.append(bad_parameter("first", "out_of_range", _("较早的变更数不能大于较晚的。")))
    if errors:
        raise Refused(errors=errors, code="bad_parameter")
    return first, second
