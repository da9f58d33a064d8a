"""Public rows as they are stored, for those who run a mirror: with them an installation answers as its source does."""

from __future__ import annotations

import re
from typing import Any

import orjson
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from platforms.api import shapes
from platforms.api.endpoint import PublicEndpoint, api_url, entity_tag, json_answer, unchanged
from platforms.api.parameters import Parameter, check
from platforms.api.problems import Refused, bad_parameter, listed
from platforms.api.trip import HEAD, trip
from platforms.models import PublicAnnouncement, PublicBatch, PublicList, PublicNotice, PublicPlatform

MOST = 200
NOUNS = {
    "platform": PublicPlatform, "batch": PublicBatch, "notice": PublicNotice, "list": PublicList, "announcement": PublicAnnouncement,
}  # fmt: skip
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,59}")
#: A row without its key and without what the database makes of it; for platforms with its words and its service resources.
ROW = "to_jsonb(row) - 'id' - 'card_text'"
PLATFORM = (
    "jsonb_build_object('row', {row}, 'words', (SELECT to_jsonb(w.tokens) FROM public_search w WHERE w.platform_id = row.id), "
    "'resources', (SELECT COALESCE(jsonb_agg(to_jsonb(r) - 'id' ORDER BY r.code), '[]'::jsonb) FROM public_resource r "
    "WHERE r.platform_code = row.code){past})"
)
#: What the row has said before, as far as it was replaced after a change.
PAST = (
    ", 'past', (SELECT COALESCE(jsonb_agg(to_jsonb(p) - 'id' - 'public_id' - 'card_text' ORDER BY p.version), '[]'::jsonb) "
    "FROM public_platform_past p WHERE p.code = row.code AND p.replaced_by > %s)"
)


class Records(PublicEndpoint):
    """Public rows of a noun by code: those after a code, or the ones named. ``next`` is where the following ones are."""

    item_schema = shapes.thing(
        head=shapes.INTEGER,
        next=shapes.maybe(shapes.ADDRESS),
        results=shapes.many(shapes.thing(row={"type": "object"})),
    )
    parameters_known = (
        Parameter("noun", _("哪一类记录"), choices=tuple(NOUNS), required=True),
        Parameter("after", _("从此编号之后开始")),
        Parameter("code", _("只要这些编号"), many=True),
        Parameter("since", _("附上在此变更编号之后被替换的历次版本"), kind="integer"),
        Parameter("limit", _("最多几条，至多 200"), kind="integer", default=MOST),
    )

    def get(self, request: Request) -> HttpResponse:
        params = request.query_params
        check(params, self.parameters_known)
        noun, after, codes, limit = _read(params)
        since = _number(params)
        where, values = ("row.code = ANY(%s)", [codes]) if codes else ("row.code > %s", [after])
        fields = f"jsonb_build_object('row', {ROW})"
        if noun == "platform":
            fields = PLATFORM.format(row=ROW, past="" if since is None else PAST)
            values = values if since is None else [since, *values]
        table = NOUNS[noun]._meta.db_table
        sql = f"SELECT row.code, ({fields})::text FROM {table} row WHERE {where} ORDER BY row.code LIMIT %s"  # noqa: S608
        newest, rows = trip([HEAD, (sql, [*values, limit])])
        etag = entity_tag(newest[0][0], request.get_full_path())
        known = unchanged(request, etag)
        if known is not None:
            return known
        more = not codes and len(rows) == limit
        again = "" if since is None else f"&since={since}"
        body: dict[str, Any] = {
            "head": newest[0][0],
            "next": api_url(f"records/?noun={noun}&after={rows[-1][0]}&limit={limit}{again}")
            if more
            else None,
            "results": [orjson.Fragment(text) for _code, text in rows],
        }
        return json_answer(body, etag=etag)


def _read(params) -> tuple[str, str, list[str], int]:
    errors = []
    noun, after, limit = params.get("noun", ""), params.get("after", ""), params.get("limit", str(MOST))
    codes = params.getlist("code")
    if noun not in NOUNS:
        errors.append(
            bad_parameter("noun", "unknown_choice", _("应为：%(known)s。") % {"known": listed(NOUNS)})
        )
    if after and not CODE.fullmatch(after):
        errors.append(bad_parameter("after", "not_a_code", _("不是有效的代码。")))
    if len(codes) > MOST or any(not CODE.fullmatch(code) for code in codes):
        errors.append(bad_parameter("code", "not_a_code", _("不是有效的代码。")))
    if not re.fullmatch(r"[1-9][0-9]{0,2}", limit) or int(limit) > MOST:
        errors.append(bad_parameter("limit", "out_of_range", _("应为 1 至 %(most)s。") % {"most": MOST}))
    if errors:
        raise Refused(errors=errors, code="bad_parameter")
    return noun, after, codes, int(limit)


def _number(params) -> int | None:
    text = params.get("since")
    if text is None:
        return None
    if not re.fullmatch(r"[0-9]{1,12}", text):
        raise Refused(
            errors=[bad_parameter("since", "not_a_number", _("应为变更的编号。"))], code="bad_parameter"
        )
    return int(text)
