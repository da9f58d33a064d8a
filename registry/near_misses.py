"""What somebody may have been looking for at an address that leads nowhere: a code with a slip in it, or a name.

A name is looked for by the search itself, with its tolerance for other characters of the same sound and slips of the hand; only in
addresses of the directory or with Chinese in them, so that the guesses of robots cost nothing.
"""

from __future__ import annotations

import re
from urllib.parse import unquote, urlencode

from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _

from platforms.errors import Invalid
from platforms.slips import by_code
from platforms.templatetags.registry_ui import number, page_url
from platforms.views.nearby import nearest

HAN = re.compile(r"[㐀-鿿]")
BETWEEN = re.compile(r"\.html?$|[-_+.~\s]+")
SHOWN, LONGEST = 3, 60

Suggestions = list[dict[str, str]]


def near_misses(path: str) -> Suggestions:
    """``[{url, label, code}]``, the code of a platform only; nothing when the database cannot be asked, because the page about it must still appear."""
    if path.startswith(("/api/", "/static/")):
        return []
    try:
        with transaction.atomic():
            return _by_code(path) or _by_name(path)
    except (DatabaseError, Invalid):
        return []


def _by_code(path: str) -> Suggestions:
    return [_platform(code, name) for code, name in by_code(path)]


def _by_name(path: str) -> Suggestions:
    parts = [unquote(part) for part in path.split("/") if part]
    if not parts or not ("platforms" in parts[:-1] or HAN.search(parts[-1])):
        return []
    typed = BETWEEN.sub(" ", parts[-1])[:LONGEST].strip()
    found = nearest(typed)
    if found is None:
        return []
    question, count = found
    with question.reading():
        rows = list(question.found().values_list("code", "name_zh")[:SHOWN])
    return [*(_platform(code, name) for code, name in rows), *_rest(question.text, count)]


def _rest(text: str, count: int) -> Suggestions:
    if count <= SHOWN:
        return []
    named = _("在名录中查找“%(text)s”，有 %(n)s 个") % {"text": text, "n": number(count)}
    return [{"url": f"{page_url('/platforms/')}?{urlencode({'q': text})}", "label": named}]


def _platform(code: str, name: str) -> dict[str, str]:
    return {"url": page_url(f"/platforms/{code}/"), "label": name, "code": code}
