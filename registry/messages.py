"""The texts that readers see: found in code and templates, compared with the English catalogue.

Source texts are Chinese, so Chinese needs no catalogue and English needs a whole one. Babel does the reading and
writing; GNU gettext is not required.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages import pofile
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("registry", "platforms", "cultivation")
CATALOGUE = ROOT / "registry" / "locale" / "en" / "LC_MESSAGES" / "django.po"

KEYWORDS: dict[str, Any] = {}
for _lazy in ("", "_lazy"):
    KEYWORDS |= {
        f"gettext{_lazy}": None,
        f"ngettext{_lazy}": (1, 2),
        f"pgettext{_lazy}": ((1, "c"), 2),
        f"npgettext{_lazy}": ((1, "c"), 2, 3),
    }
KEYWORDS |= {"_": None, "gettext_noop": None}

LITERAL = r"""u?(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"""
CALL = re.compile(rf"\b(?:_|n?p?gettext)\(\s*{LITERAL}(?:\s*,\s*(?:{LITERAL}|[\w.|]+))*\s*\)")

PLACEHOLDER = re.compile(r"%\(\w+\)[#0-9.]*[a-z]|\{\w*\}|%[sd]")
TAG = re.compile(r"</?[a-zA-Z][^>]*>")
QUOTED = re.compile(r"“[^”]*”")
ADDRESS = re.compile(r"[a-z]+://\S+|\S+@\S+")
CHINESE = r"[\u3400-\u9fff]"
# A half-width mark that touches a Chinese character; a colon or comma inside “10:30” or “2,400” touches none.
HALF_WIDTH = re.compile(rf"{CHINESE}\s?[,;:!?()]|[(),;:!?]\s?{CHINESE}|{CHINESE}\.(?:\s|$)")

Key = tuple[Any, str | None]


def extract() -> Catalog:
    """Every text marked for translation, with the places it stands."""
    found = Catalog(locale="en", domain="django", fuzzy=False)
    for path in sources():
        text = path.read_text(encoding="utf-8")
        where = path.relative_to(ROOT).as_posix()
        if path.suffix != ".py":
            text = calls_of_template(text, where)
        options: Any = {"encoding": "utf-8"}
        for line, function, message, comments in extract_python(
            BytesIO(text.encode()), KEYWORDS, ["翻译"], options
        ):
            add(found, function, message, (where, line), comments)
    return found


def sources() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted(p for p in (ROOT / package).rglob("*.py") if "migrations" not in p.parts)
        yield from sorted(
            p for p in (ROOT / package).glob("templates/**/*") if p.suffix in {".html", ".txt", ".xml"}
        )
    yield from sorted(p for p in (ROOT / "templates").rglob("*") if p.suffix in {".html", ".txt", ".xml"})


def calls_of_template(text: str, where: str) -> str:
    """A template as Python source that holds nothing but its translation calls, on the lines where they stand.

    What ``templatize`` leaves between the calls is no Python; newer tokenizers refuse it.
    """
    python, result, line = templatize(text, origin=where), [], 1
    for call in CALL.finditer(python):
        start = python.count("\n", 0, call.start()) + 1
        result.append("\n" * (start - line) + call.group() + ";")
        line = start + call.group().count("\n")
    return "".join(result)


def add(catalogue: Catalog, function: Any, message: Any, place: tuple[str, int], comments: Any) -> None:
    """Add what Babel found of one call: all its arguments that are literals, in their order."""
    parts = list(message) if isinstance(message, tuple) else [message]
    context = parts.pop(0) if "pgettext" in function else None
    texts_only = tuple(part for part in parts if isinstance(part, str))
    if not texts_only or not texts_only[0]:
        return
    plural = function.startswith(("ngettext", "npgettext"))
    name = texts_only[:2] if plural else texts_only[0]
    catalogue.add(name, None, [place], auto_comments=comments or (), context=context)


def read(path: Path = CATALOGUE) -> Catalog:
    with path.open("rb") as file:
        return pofile.read_po(file, locale="en", domain="django", abort_invalid=True)


def write(catalogue: Catalog, path: Path = CATALOGUE) -> None:
    """Without places and moving dates: they would change with every line added above a text and bury real changes."""
    catalogue.header_comment = "# English texts of the registry; the keys are the Chinese source texts."
    catalogue.project, catalogue.version = "pilot-platform-registry", "1"
    catalogue.creation_date = catalogue.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        pofile.write_po(file, catalogue, width=110, no_location=True, sort_output=True)


def untranslated(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id and not all(translations(message))]


def translations(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string or [""])


def problems(found: Catalog, english: Catalog) -> Iterator[str]:
    """One sentence per fault; an empty list means that every reader finds every text in both languages."""
    translated = {key(message): message for message in english if message.id}
    for message in found:
        if not message.id:
            continue
        where = "{}:{}".format(*message.locations[0]) if message.locations else "?"
        yield from (f"{where}: {fault}" for fault in source_faults(message))
        other = translated.pop(key(message), None)
        yield from (f"{where}: {fault}" for fault in translation_faults(message, other))
    for unused in translated.values():
        yield f"{CATALOGUE.name}: “{texts(unused)[0]}” is used nowhere; run “make messages”"


def key(message: Message) -> Key:
    return message.id, message.context


def texts(message: Message) -> list[str]:
    return [message.id] if isinstance(message.id, str) else list(message.id)


def source_faults(message: Message) -> Iterator[str]:
    for text in texts(message):
        bare = ADDRESS.sub("", TAG.sub("", PLACEHOLDER.sub("", text)))
        if mark := HALF_WIDTH.search(bare):
            yield f"half-width punctuation “{mark.group()}” in “{text}”"


def translation_faults(message: Message, other: Message | None) -> Iterator[str]:
    source = texts(message)[0]
    if other is None:
        yield f"“{source}” is missing in the English catalogue"
        return
    strings = translations(other)
    if other.fuzzy or not all(strings):
        yield f"“{source}” is not translated"
        return
    quoted = {quotation for text in texts(message) for quotation in QUOTED.findall(text)}
    for string in strings:
        # A word quoted from a spreadsheet, such as “是” or the name of a sheet, is what a reader has to type or look for.
        rest = QUOTED.sub(lambda found: "" if found.group() in quoted else found.group(), string)
        if re.search(CHINESE, rest) and string not in texts(message):
            yield f"“{source}”: the translation still contains Chinese"
        # A plural form may leave the number out (“one platform”), but must not invent a name.
        plural = not isinstance(message.id, str)
        ours, theirs = set(PLACEHOLDER.findall(source)), set(PLACEHOLDER.findall(string))
        if theirs - ours or (ours - theirs and not plural):
            yield f"“{source}”: placeholders differ: {sorted(ours ^ theirs)}"
        if not plural and sorted(TAG.findall(source)) != sorted(TAG.findall(string)):
            yield f"“{source}”: tags differ"
