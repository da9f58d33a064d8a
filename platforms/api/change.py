"""The change feed: what the public record has gained, in order and without gaps, for those who keep a copy."""

from __future__ import annotations

import re
from typing import ClassVar

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from platforms.api import pagination, shapes
from platforms.api.endpoint import PublicEndpoint, entity_tag, json_answer, unchanged
from platforms.api.parameters import Parameter, check
from platforms.api.problems import Refused, bad_parameter
from platforms.feed import CHANGE_COLUMNS, as_item
from platforms.models import Change
from platforms.publish import head

DEFAULT_LIMIT = 500
MOST = 1000


class Changes(PublicEndpoint):
    """Changes after a number, ascending. Keep the last ``number`` and ask again; an empty list means up to date."""

    is_list = True
    item_schema = shapes.CHANGE
    beside: ClassVar = {"head": shapes.INTEGER}
    parameters_known = (
        Parameter("after", _("只要此号之后的变更，默认 0"), kind="integer", default=0),
        Parameter("limit", _("最多几条，默认 500，至多 1000"), kind="integer", default=DEFAULT_LIMIT),
    )

    def get(self, request: Request) -> HttpResponse:
        check(request.query_params, self.parameters_known)
        after, limit = _read(request.query_params)
        newest = head()
        etag = entity_tag(newest, request.get_full_path())
        known = unchanged(request, etag)
        if known is not None:
            return known
        # Not beyond the head that was read: entries committed since then belong to the next answer and its tag.
        rows = list(
            Change.objects.filter(number__gt=after, number__lte=newest)
            .order_by("number")
            .values_list(*CHANGE_COLUMNS)[:limit]
        )
        last = rows[-1][0] if rows else after
        following = None
        if rows and last < newest:
            address = f"{settings.BASE_URL}{request.path}"
            following = pagination.with_parameter(address, request.query_params, "after", str(last))
        body = {
            "count": max(newest - after, 0),
            "next": following,
            "previous": None,
            "head": newest,
            "results": [as_item(row) for row in rows],
        }
        return json_answer(body, etag=etag, links=pagination.link_header({"next": following}))


def _read(params) -> tuple[int, int]:
    after, limit = params.get("after", "0"), params.get("limit", str(DEFAULT_LIMIT))
    errors = []
    if not re.fullmatch(r"[0-9]{1,15}", after):
        errors.append(bad_parameter("after", "not_a_number", _("应为不小于 0 的整数。")))
    if not pagination.NUMBER.fullmatch(limit) or int(limit) > MOST:
        errors.append(bad_parameter("limit", "out_of_range", _("应为 1 至 %(most)s。") % {"most": MOST}))
    if errors:
        raise Refused(errors=errors, code="bad_parameter")
    return int(after), int(limit)
