"""Reading JSON bodies: what the database or another system cannot hold is refused here, with the place of the fault."""

from __future__ import annotations

from typing import Any

import orjson
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from rest_framework.parsers import BaseParser

from platforms.api.problems import Refused
from platforms.text import clean_json


class JSON(BaseParser):
    """UTF-8 JSON whose top level is an object. An absent body is an empty object."""

    media_type = "application/json"

    def parse(self, stream, media_type=None, parser_context=None) -> dict[str, Any]:
        body = read_body(stream)
        return read_json(body) if body.strip() else {}


def read_body(stream) -> bytes:
    """The whole body, at most ``DATA_UPLOAD_MAX_MEMORY_SIZE`` bytes of it."""
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    body = stream.read(limit + 1)
    if len(body) > limit:
        raise Refused(_("提交的内容过大。"), status=413, code="too_large")
    return body


def read_json(body: bytes) -> dict[str, Any]:
    """Raises ``Refused`` (400) for malformed, too deep or unclean JSON, naming every fault found."""
    try:
        value = clean_json(orjson.loads(body))
    except (orjson.JSONDecodeError, RecursionError) as error:
        raise Refused(_("提交的内容不是有效的 JSON：%(why)s") % {"why": error}, code="parse_error") from None
    except ValidationError as error:
        raise Refused(errors=[_fault(item) for item in error.error_list], code="invalid") from None
    if not isinstance(value, dict):
        raise Refused(_("最外层应为 JSON 对象。"), code="not_an_object")
    return value


def _fault(error: ValidationError) -> dict[str, str]:
    path = str((error.params or {}).get("path", "$"))
    pointer = "#" + path[1:].replace(".", "/").replace("[", "/").replace("]", "")
    return {"pointer": pointer, "code": error.code or "invalid", "detail": error.messages[0]}
