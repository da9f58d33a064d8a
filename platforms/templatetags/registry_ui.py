"""Addresses, query strings, numbers, names and form controls for templates.

Every tag works on plain values (numbers, strings, dicts of a public document, bound fields) and never queries the
database, so a page built from stored JSON stays one statement and an error page can be drawn while the database is away.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from itertools import zip_longest
from typing import Any

from django import template
from django.conf import settings
from django.forms import BaseForm, BoundField
from django.http import QueryDict
from django.urls import Resolver404, get_script_prefix, get_urlconf, resolve, translate_url
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext, override
from django.utils.translation import gettext as _

register = template.Library()

SOURCE_LANGUAGE = "zh-Hans"
HAN = re.compile("[\u3400-\u9fff]")
#: From the first to the last character of a stretch of Chinese, with the marks and figures between them.
STRETCH = re.compile("([\u3400-\u9fff](?:[^A-Za-z]*[\u3400-\u9fff])?)")
PAGING = ("page", "cursor", "after", "before")


# ---- numbers and names ----


@register.filter
def number(value: Any) -> str:
    """``2400`` → ``2,400`` in both languages; ``"2400+"`` keeps its plus; nothing and text that is no number pass through."""
    if value is None or value == "":
        return ""
    text = str(value).strip()
    tail = text[len(text.rstrip("+")) :]
    try:
        amount = Decimal(text.rstrip("+").replace(",", ""))
    except ArithmeticError:
        return text
    if not amount.is_finite():
        return text
    if "E" in str(amount):
        amount = amount.normalize()
    return f"{amount:,f}{tail}"


@register.filter
def percent(part: Any, whole: Any) -> str:
    """The share of ``part`` in ``whole`` with no decimals, ``""`` when there is no whole."""
    if not whole or part is None:
        return ""
    return f"{100 * float(part) / float(whole):.0f}%"


@register.filter
def unlocalize_number(value: Any) -> str:
    """The bare digits for an attribute such as ``<progress max>``."""
    return str(value or 0).replace(",", "")


@register.filter
def words(text: str) -> list[str]:
    return text.split()


@register.simple_tag
def cell_column(columns: list[dict[str, Any]], index: int) -> dict[str, Any]:
    """The column a cell stands in; a row with more cells than columns gets an empty one."""
    return columns[index] if index < len(columns) else {}


def in_english() -> bool:
    return (get_language() or "").startswith("en")


def _name(source: Any, field: str) -> tuple[str, bool]:
    """The text of ``field`` (of a document or a record) for the active language and whether it is Chinese text on a page that is not Chinese."""
    if not source:
        return "", False
    read = source.get if isinstance(source, Mapping) else lambda name: getattr(source, name, "")
    chinese = read(f"{field}_zh") or read(field) or ""
    if not in_english():
        return str(chinese or read(f"{field}_en") or ""), False
    english = read(f"{field}_en")
    return (str(english), False) if english else (str(chinese), bool(chinese))


@register.simple_tag
def localized(source: Any, field: str = "name") -> str:
    """``field`` in the reader's language. Chinese text on an English page is marked as Chinese for screen readers."""
    text, foreign = _name(source, field)
    return format_html('<span lang="{}">{}</span>', SOURCE_LANGUAGE, text) if foreign else text


@register.filter
def plain_name(source: Any, field: str = "name") -> str:
    """The same text without markup, for titles, attributes and ``blocktranslate``."""
    return _name(source, field)[0]


@register.simple_tag
def chinese(text: Any) -> str:
    """Text in the language it was written in (a document number, a unit): Chinese is marked as such on an English page."""
    text = "" if text is None else text
    if in_english() and HAN.search(str(text)):
        return format_html('<span lang="{}">{}</span>', SOURCE_LANGUAGE, text)
    return text


@register.simple_tag
def mixed(text: Any) -> str:
    """A sentence of ours around names of records: on an English page each stretch of Chinese is marked as such."""
    if not in_english() or isinstance(text, SafeString):
        return text
    parts = STRETCH.split(str(text))  # every second one is Chinese
    marked = (format_html('<span lang="{}">{}</span>', SOURCE_LANGUAGE, each) for each in parts[1::2])
    return format_html_join("", "{}{}", zip_longest(parts[0::2], marked, fillvalue=""))


# ---- addresses ----


@lru_cache(maxsize=4096)
def _resolves(path: str, language: str, urlconf: str | None) -> bool:
    with override(language):
        try:
            resolve(path, urlconf)
        except Resolver404:
            return False
    return True


def _prefixed(path: str, language: str) -> str:
    root = get_script_prefix()
    rest = path.removeprefix(root).lstrip("/")
    for code, _label in settings.LANGUAGES:
        if rest == code or rest.startswith(f"{code}/"):
            rest = rest[len(code) :].lstrip("/")
            break
    default = settings.LANGUAGE_CODE.split("-")[0]
    return f"{root}{rest}" if language.split("-")[0] == default else f"{root}{language}/{rest}"


@register.filter
def local(path: str | None) -> str:
    """``page_url`` for addresses kept in stored documents; anchors, queries and other sites pass through unchanged."""
    return page_url(path) if path and path.startswith("/") and not path.startswith("//") else path or ""


@register.simple_tag
def page_url(path: str) -> str:
    """A fixed address of the site (``/platforms/``) in the reader's language, or as it stands if that has no such page."""
    language = get_language() or settings.LANGUAGE_CODE
    candidate = _prefixed(path, language)
    clean = candidate.partition("?")[0].partition("#")[0]
    return candidate if _resolves(clean, language, get_urlconf()) else path


@register.simple_tag(takes_context=True)
def language_url(context: template.Context, language: str, absolute: bool = False) -> str:
    """This page in another language with its query kept, so that a search survives the switch."""
    request = context.get("request")
    if request is None:
        return _prefixed("/", language)
    here = request.get_full_path()
    there = translate_url(here, language)
    if there == here:
        path, mark, query = here.partition("?")
        there = _prefixed(path, language) + mark + query
    return request.build_absolute_uri(there) if absolute else there


@register.simple_tag(takes_context=True)
def variant_url(context: template.Context, variant: str, absolute: bool = False) -> str:
    """This page in traditional characters (``zh-hant``), in elder mode (``e``) or as itself (empty); see ``registry.variants``."""
    request = context.get("request")
    here = request.get_full_path() if request is not None else "/"
    if variant == "zh-hant":
        here = _prefixed(here.partition("?")[0], settings.LANGUAGE_CODE) + "".join(here.partition("?")[1:])
    there = f"/{variant}{here}" if variant else here
    return request.build_absolute_uri(there) if absolute and request is not None else there


def _query(context: template.Context) -> QueryDict:
    request = context.get("request")
    return request.GET.copy() if request is not None else QueryDict(mutable=True)


def _link(query: QueryDict, keep: Iterable[str] = ()) -> str:
    for name in PAGING:
        if name not in keep:
            query.pop(name, None)
    return f"?{query.urlencode()}"


@register.simple_tag(takes_context=True)
def query_with(context: template.Context, **changes: Any) -> str:
    """The current query with parameters replaced; ``None`` or ``""`` removes one, a list repeats it. Goes to page 1."""
    query = _query(context)
    for name, value in changes.items():
        if value is None or value == "":
            query.pop(name, None)
        else:
            query.setlist(name, [str(v) for v in value] if isinstance(value, list | tuple) else [str(value)])
    return _link(query, keep=changes)


@register.simple_tag(takes_context=True)
def query_without(context: template.Context, name: str, *values: Any) -> str:
    """The current query without ``name``, or without only the given values of a repeated ``name``. Goes to page 1."""
    query = _query(context)
    gone = {str(v) for v in values}
    left = [v for v in query.getlist(name) if gone and v not in gone]
    query.pop(name, None)
    if left:
        query.setlist(name, left)
    return _link(query)


@register.simple_tag(takes_context=True)
def hidden_query(context: template.Context, *dropped: str) -> list[tuple[str, str]]:
    """(name, value) pairs a GET form must carry along so that it does not forget the rest of the query."""
    return [(k, v) for k, vs in _query(context).lists() if k not in dropped and k not in PAGING for v in vs]


NAVIGATION = (
    ("/platforms/", "名录", ("platforms", "compare")),
    ("/services/", "服务资源", ("services",)),
    ("/batches/", "批次与公示", ("batches", "notices", "lists")),
    ("/policies/", "政策与标准", ("policies", "standards")),
    ("/statistics/", "数据", ("statistics",)),
)


@register.simple_tag(takes_context=True)
def navigation(context: template.Context) -> list[dict[str, Any]]:
    """The five entries of the main navigation with the one that holds the current page marked."""
    request = context.get("request")
    path = _prefixed(request.path, settings.LANGUAGE_CODE) if request is not None else "/"
    first = path.removeprefix(get_script_prefix()).partition("/")[0]
    return [
        {"url": page_url(url), "label": _(label), "current": first in names}
        for url, label, names in NAVIGATION
    ]


#: Rows of a list that elder mode shows before it is unfolded.
FIRST_ROWS = 3


@register.simple_tag(takes_context=True)
def rows(context: template.Context, part: str, **named: list[Any]) -> SafeString:
    """A part of a page drawn with its one list; in elder mode what follows the first rows waits in a ``details``."""
    ((name, listed),) = named.items()
    drawn = context.template.engine.get_template(part)  # type: ignore[union-attr]
    elder = getattr(context.get("request"), "variant", "") == "e"
    if not elder or len(listed) <= FIRST_ROWS + 1:  # one row is not worth a press
        return drawn.render(context.new({name: listed}))
    first, rest = (
        drawn.render(context.new({name: some})) for some in (listed[:FIRST_ROWS], listed[FIRST_ROWS:])
    )
    more = ngettext("再看 %(n)d 项", "再看 %(n)d 项", len(listed) - FIRST_ROWS) % {
        "n": len(listed) - FIRST_ROWS
    }
    return format_html('{}<details class="more"><summary>{}</summary>{}</details>', first, more, rest)


@register.simple_tag
def page_numbers(current: int, pages: int) -> list[int | None]:
    """Page numbers to print, ``None`` for a gap: first, last and two either side of the current one."""
    shown = sorted({1, pages, *range(max(1, current - 2), min(pages, current + 2) + 1)})
    numbers: list[int | None] = []
    for page in shown:
        if numbers and page - (numbers[-1] or 0) > 1:
            numbers.append(None)
        numbers.append(page)
    return numbers


# ---- forms ----

UNBOXED = {"checkbox", "checkboxselectmultiple", "radioselect", "clearablefile", "file", "hidden"}


@register.simple_tag
def control(field: BoundField, **attrs: Any) -> SafeString:
    """A bound field's widget in our look; Django adds ``aria-invalid`` and ``aria-describedby`` (hint and error ids)."""
    own = field.field.widget.attrs
    look = "" if field.widget_type in UNBOXED else "input"
    attrs = {name.replace("_", "-"): value for name, value in attrs.items() if value not in (None, "")}
    attrs["class"] = " ".join(filter(None, (look, own.get("class"), attrs.get("class"))))
    if not attrs["class"]:
        del attrs["class"]
    return field.as_widget(attrs=attrs)


@register.simple_tag
def form_errors(form: BaseForm | None) -> list[dict[str, str]]:
    """The error summary: each message with the address of the first control it is about, in the order of the form."""
    if form is None or not getattr(form, "is_bound", False):
        return []
    found = [{"href": "", "text": str(message)} for message in form.non_field_errors()]
    for field in form:
        target = field.id_for_label or f"{field.auto_id}_0"
        found += [
            {"href": f"#{target}", "text": _("%(label)s：%(message)s") % {"label": field.label, "message": m}}
            for m in field.errors
        ]
    return found
