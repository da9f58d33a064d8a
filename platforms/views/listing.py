"""What every searchable list shows around its results: facets, chosen filters, ways out of an empty answer, pages, orders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from platforms.directory import PAGE_SIZE, Counts, Question, ask
from platforms.places import AFTER, BEFORE, END, NUMBERED, PARAMETERS, Part
from platforms.shelves import TRUE, Facet
from platforms.spelling import meant
from platforms.templatetags.registry_ui import number, plain_name
from platforms.templatetags.registry_words import label

#: Facets whose values are words of a vocabulary; the others are codes of reference tables.
VOCABULARIES = {
    "tier": "Tier", "scale": "ScaleClass", "service_type": "ServiceType", "open_to": "OpenTo", "price_mode": "PriceMode",
    "recognition": "RecognitionLevel",
}  # fmt: skip
#: Facets with few values in an order of their own; the others show the most frequent value first.
IN_ORDER = ("tier", "area", "scale", "direction")
SHORT = 8
RESPELLED = 3
SORTS = {
    "relevance": gettext_lazy("相关性"),
    "tier": gettext_lazy("梯度"),
    "updated": gettext_lazy("更新时间"),
    "name": gettext_lazy("名称"),
    "lead_time": gettext_lazy("周期短"),
    "confirmed": gettext_lazy("最近确认"),
}
#: Parameters that say how a list is shown, not which records it has.
SHOWN_AS = (*PARAMETERS, "sort", "view", "more", "code")

Names = Mapping[str, Mapping[str, Mapping[str, str]]]


def link(params: QueryDict, **changes: str | list[str] | None) -> str:
    """A relative address: ``params`` with some parameters replaced (``None`` removes one), on page 1."""
    query = params.copy()
    for name, value in {**dict.fromkeys(PARAMETERS), **changes}.items():
        if value is None:
            query.pop(name, None)
        else:
            query.setlist(name, value if isinstance(value, list) else [value])
    return f"?{query.urlencode()}"


def address(path: str, params: QueryDict, *dropped: str) -> str:
    """``path`` with the filters of a list, without how it was shown."""
    query = params.copy()
    for name in (*SHOWN_AS, *dropped):
        query.pop(name, None)
    return f"{path}?{query.urlencode()}" if query else path


def files_of(path: str, question: Question) -> dict[str, str]:
    """Addresses of the whole list as files, in the order in which it is shown."""
    query = address("", question.params)
    if "sort" in question.params:
        query += f"{'&' if query else '?'}sort={question.order}"
    return {f"{kind}_url": f"{path}download.{kind}{query}" for kind in ("csv", "xlsx", "json")}


def context(question: Question, counts: Counts, pages: int, names: Names, part: Part) -> dict[str, Any]:
    """The part of the template context that all lists share."""
    params = question.params
    chips = chips_of(question, names)
    return {
        "q": question.text,
        "total": counts.total,
        "facets": facets_of(question, counts, names),
        "chips": chips,
        "clear_url": link(QueryDict(), **({"q": question.text} if question.text else {})),
        "carried": [
            (name, params[name]) for name in ("q", "sort", "view", *question.others) if params.get(name)
        ],
        "pager": pager_of(question, counts.total, pages, part),
        "sorts": sorts_of(question),
        "ways": ways_of(question, counts, names) if not counts.total else [],
        "asked": asked_of(question, chips),
    }


def pager_of(question: Question, total: int, pages: int, part: Part) -> dict[str, Any]:
    """Numbers for the first pages; behind them addresses that lead on from the last row and back from the first."""
    number = min(question.page or pages, pages)
    first = (number - 1) * PAGE_SIZE
    pager: dict[str, Any] = {
        "number": number,
        "pages": pages,
        "count": total,
        "first": first + 1,
        "last": min(first + len(part.rows), total),
    }
    if number > 1:
        back = number > NUMBERED + 1 and part.before
        pager["previous"] = link(
            question.params, **({BEFORE: part.before} if back else {"page": f"{number - 1}"})
        )
    if number < pages:
        on = number >= NUMBERED
        pager["next"] = link(question.params, **({AFTER: part.after} if on else {"page": f"{number + 1}"}))
    if pages > NUMBERED:
        pager["numbered"] = NUMBERED
        pager["end"] = link(question.params, **{BEFORE: END}) if number < pages else ""
    return pager


def word_for(facet: str, value: str, names: Names) -> str:
    """The label of one value of a facet in the reader's language; a code nobody knows shows itself."""
    if facet == "gap_filling":
        return _("补齐领域的方向") if value == TRUE else _("不是补齐领域")
    if facet in VOCABULARIES:
        return label(value, VOCABULARIES[facet])
    return plain_name(names.get(facet, {}).get(value)) or value


def facets_of(question: Question, counts: Counts, names: Names) -> list[dict[str, Any]]:
    shown = []
    for facet in question.shelf.facets:
        if facet.name == "authority" and "authority" not in question.chosen:
            continue  # the tile view is its facet
        if facet.name == "direction" and not {"area", "direction"} & question.chosen.keys():
            continue
        shown.append(_facet(facet, question, counts.facets[facet.name], names))
    return shown


def _facet(facet: Facet, question: Question, counted: dict[str, int], names: Names) -> dict[str, Any]:
    chosen = question.chosen.get(facet.name, [])
    values = _ordered(facet.name, counted, names) + [value for value in chosen if value not in counted]
    whole = question.params.get("more") == facet.name
    seen = values if whole else [v for n, v in enumerate(values) if n < SHORT or v in chosen]
    hidden = len(values) - len(seen)
    return {
        "name": facet.name,
        "title": facet.title,
        "kind": "checkbox",
        "largest": max(counted.values(), default=0),
        "options": [
            {
                "value": value,
                "label": word_for(facet.name, value, names),
                "count": counted.get(value, 0),
                "checked": value in chosen,
            }
            for value in seen
        ],
        "more_url": link(question.params, more=facet.name) + "#filters" if hidden else "",
        "more_label": _("全部 %(n)s 项") % {"n": len(values)},
    }


def _ordered(facet: str, counted: dict[str, int], names: Names) -> list[str]:
    if facet in VOCABULARIES:
        from platforms.templatetags.registry_words import vocabulary

        known = list(vocabulary(VOCABULARIES[facet]))
        known = known[::-1] if facet == "tier" else known
    elif facet == "gap_filling":
        known = [TRUE]
    else:
        known = list(names.get(facet, {}))
    values = [value for value in known if value in counted]
    return values if facet in IN_ORDER else sorted(values, key=lambda value: -counted[value])


def chips_of(question: Question, names: Names) -> list[dict[str, str]]:
    chips = [
        {"name": name, "value": value, "label": word_for(name, value, names)}
        for name, values in question.chosen.items()
        for value in values
    ]
    forms = question.filters.form.fields
    chips += [
        {"name": name, "value": value, "label": f"{forms[name].label}：{value}"}
        for name, value in question.others.items()
    ]
    return chips


def sorts_of(question: Question) -> list[dict[str, Any]]:
    orders = [*(["relevance"] if question.words else []), *question.shelf.orders]
    if len(orders) < 2:
        return []
    return [{"value": name, "label": SORTS[name], "current": name == question.order} for name in orders]


def asked_of(question: Question, chips: list[dict[str, str]]) -> str:
    """What was asked for in a few words, as it is named where nothing answers it."""
    words = [f"{question.text}"] if question.text else []
    return " · ".join([*words, *(str(chip["label"]) for chip in chips)])


def ways_of(question: Question, counts: Counts, names: Names) -> list[dict[str, str]]:
    """The nearest questions that have an answer, with how many they have: another spelling, then the narrowest first."""
    ways: list[tuple[int, str, str]] = []
    for name, count in counts.without.items():
        if count:
            given = "、".join(word_for(name, value, names) for value in question.chosen[name])
            ways.append((count, given, link(question.params, **{name: None})))
    whole = []
    if question.words:
        for text, count in question.without_words():
            rest = " ".join(word.text for word in question.words.words if word.text != text) if text else None
            if text is None and not question.chosen and not question.others:
                whole = [(count, link(question.params, q=None))]  # nothing is left of the question
            else:
                ways.append((count, text or question.text, link(question.params, q=rest)))
    return [
        *(
            {
                "label": _("您是不是要找“%(text)s”？有 %(n)s 个") % {"text": text, "n": number(count)},
                "url": link(question.params, q=text),
            }
            for text, count in respelled(question)
        ),
        *(
            {"label": _("去掉“%(given)s”后有 %(n)s 个") % {"given": given, "n": number(count)}, "url": url}
            for count, given, url in sorted(ways)[:4]
        ),
        *({"label": _("查看全部 %(n)s 个") % {"n": number(count)}, "url": url} for count, url in whole),
    ]


def respelled(question: Question) -> list[tuple[str, int]]:
    """The same words with one of them spelled as it may have been meant, and how many that finds."""
    words = [word.text for word in question.words.words]
    found = []
    for place, word in enumerate(words):
        for other in meant(word):
            text = " ".join([*words[:place], other, *words[place + 1 :]])
            params = question.params.copy()
            params["q"] = text
            again = ask(question.shelf, params)
            with again.reading():
                count = again.filters.qs.count()
            if count:
                found.append((text, count))
    return found[:RESPELLED]
