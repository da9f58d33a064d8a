"""JSON as the API writes it."""

from __future__ import annotations

from typing import Any

import orjson
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer


class JSON(BaseRenderer):
    """Bytes are passed through: public lists are put together from stored JSON and need no second pass."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context=None) -> bytes:
        if data is None:
            return b""
        if isinstance(data, bytes):
            return data
        return orjson.dumps(data, default=str, option=orjson.OPT_NON_STR_KEYS)


class OneFormat(BaseContentNegotiation):
    """Every address answers in the one format it has; ``format=`` chooses an export and is a parameter like any other."""

    def select_parser(self, request, parsers):
        return next((parser for parser in parsers if _accepts(parser, request.content_type)), None)

    def select_renderer(self, request, renderers, format_suffix=None):
        return renderers[0], renderers[0].media_type


def _accepts(parser, content_type: str) -> bool:
    return (content_type or "").partition(";")[0].strip().lower() == parser.media_type
