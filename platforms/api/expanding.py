"""``expand``: what a record only names or leaves to its own address, answered with it. From stored documents, one level deep."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from platforms.api.parameters import Parameter
from platforms.api.problems import Refused, bad_parameter, listed

Shapes = dict[str, dict[str, Any]]

#: A page of expanded records is larger; so many of them at most.
MOST = 50


def parameter(known: Shapes) -> Parameter:
    sentence = gettext_lazy("一并给出的内容，逗号分隔；此时每页最多 {most} 条。可用：{known}")
    return Parameter("expand", format_lazy(sentence, most=MOST, known="、".join(sorted(known))))


def read(params: QueryDict, known: Shapes) -> tuple[str, ...]:
    """Raises ``Refused`` (400) naming what cannot be expanded, or asked of a table or a long page."""
    text = params.get("expand", "")
    names = tuple(dict.fromkeys(word for word in text.split(",") if word))
    if not text:
        return ()
    if not names or any(name not in known for name in names):
        sentence = _("可用的有：%(known)s。") % {"known": listed(sorted(known))}
        raise _refused("unknown_expansion", sentence)
    if params.get("format", "") in ("csv", "xlsx"):
        raise _refused("not_in_tables", _("表格只有固定的列，请用 format=jsonl。"))
    size = params.get("page_size", "")
    if size.isdecimal() and int(size[:9]) > MOST:
        raise _refused("page_too_large", _("同时用 expand 时每页最多 %(most)s 条。") % {"most": MOST})
    return names


def described(schema: dict[str, Any], more: Shapes) -> dict[str, Any]:
    """The shape of a record with what is expanded in it."""
    if not more:
        return schema
    return {**schema, "properties": {**schema.get("properties", {}), **more}}


def _refused(code: str, sentence: str) -> Refused:
    return Refused(errors=[bad_parameter("expand", code, sentence)], code="bad_parameter")
