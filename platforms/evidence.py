"""Why a record was found: for each word of a query, where the record says it and in which words.

Worked out from the stored document, with the same tokens as the search itself, for the few records a page shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from platforms import search
from platforms.choices import ScaleClass

SHOWN = 4
LONGEST = 40


def evidence(query: search.Query, document: dict[str, Any]) -> list[dict[str, str]]:
    """``[{word, text, where}]``: the word asked for, the term it was found as when that differs, and the place.

    Each word is looked for in the name first, then the operator, services, equipment, lines and the rest.
    """
    places = list(_places(document))
    found = [_found(word, places, document) for word in query.words]
    return [entry for entry in found if entry][:SHOWN]


def _found(
    word: search.Word, places: list[tuple[str, str, str]], document: dict[str, Any]
) -> dict[str, str] | None:
    for way in word.alternatives:
        for where, text, folded in places:
            if _says(way.tokens, text, folded):
                other = way.text if way.text and way.text != word.text else ""
                source = (
                    "" if text == document.get("name_zh") else text[:LONGEST]
                )  # the name stands above it already
                return {"word": word.text, "text": other, "where": where, "source": source}
    return _spelled(word, document) or _rung(word, document)


def _says(tokens: tuple[str, ...], text: str, folded: str) -> bool:
    """Whether the text has all the tokens. Looking for their letters first spares most texts the real work."""
    if any(token.startswith("p:") or (":" not in token and token not in folded) for token in tokens):
        return False
    if any(":" in token for token in tokens):
        return search.document_tokens({"text": [text]}).issuperset(tokens)
    return search.tokens(text).issuperset(tokens)


def _places(document: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for where, text in _texts(document):
        if text:
            yield where, text, search.normalise(text)


def _texts(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield _("名称"), document.get("name_zh", "")
    yield _("名称"), document.get("name_en", "")
    for name in document.get("former_names") or []:
        yield _("曾用名"), name if isinstance(name, str) else name.get("name_zh", "")
    operator = document.get("operator") or {}
    yield _("建设单位"), operator.get("name_zh", "")
    yield _("建设单位"), operator.get("uscc", "")
    for service in document.get("services") or []:
        yield _("服务"), service.get("title_zh", "")
    for line in document.get("lines") or []:
        yield _("中试线"), f"{line.get('process_zh', '')} {line.get('name_zh', '')}".strip()
    for item in document.get("equipment") or []:
        yield _("设备"), item.get("name_zh", "")
    yield _("编号"), document.get("code", "")
    for key in ("area", "direction"):
        yield _("领域"), (document.get(key) or {}).get("name_zh", "")
    for key in ("region", "city"):
        yield _("所在地"), (document.get(key) or {}).get("name_zh", "")
    for key in ("keywords", "sub_direction", "summary_zh", "summary_en"):
        yield _("简介"), document.get(key) or ""


def _spelled(word: search.Word, document: dict[str, Any]) -> dict[str, str] | None:
    """The name, typed on a Latin keyboard."""
    wanted = {token[2:] for way in word.alternatives for token in way.tokens if token.startswith("p:")}
    former = [n if isinstance(n, str) else n.get("name_zh", "") for n in document.get("former_names") or []]
    for name in [document.get("name_zh", ""), *former]:
        if wanted & search.pinyin_tokens(name):
            return {"word": word.text, "text": "", "where": _("名称拼音"), "source": name[:LONGEST]}
    return None


def _rung(word: search.Word, document: dict[str, Any]) -> dict[str, str] | None:
    """A rung of the ladder, covered by one of the lines."""
    wanted = {token[6:] for way in word.alternatives for token in way.tokens if token.startswith("scale:")}
    order = list(ScaleClass.values)
    for line in document.get("lines") or []:
        high = line.get("scale_class_max")
        if high not in order:
            continue
        low = line.get("scale_class_min") or high
        if wanted & set(order[order.index(low) : order.index(high) + 1]):
            said = (line.get("process_zh") or line.get("name_zh"), line.get("scale_max"), line.get("unit"))
            source = " ".join(str(part) for part in said if part not in (None, ""))
            return {"word": word.text, "text": "", "where": _("规模"), "source": source}
    return None
