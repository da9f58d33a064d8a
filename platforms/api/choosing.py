"""Which fields of a record are answered: ``fields`` names those wanted, ``omit`` those left out, ``brief`` asks for few.

Two levels deep. What is answered then is a part of the record, so the rows of such a list have no field that must be there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from platforms.api.parameters import Parameter
from platforms.api.problems import Refused, bad_parameter, listed

PARAMETERS = (
    Parameter("fields", _("只要这些字段，逗号分隔；下一层写作 operator.name_zh")),
    Parameter("omit", _("不要这些字段，写法同 fields")),
    Parameter(
        "brief",
        _("true：只要简短的一行（地址、代码、名称、类别、梯次、状态）；不能与 fields 同用"),
        choices=("true", "false"),
    ),
)
#: What a short card of any record has, as far as the record has it.
BRIEF = (
    "url", "html_url", "display", "code", "id", "uscc", "number", "version", "name_zh", "name_en", "title_zh", "title_en",
    "kind", "tier", "status",
)  # fmt: skip


def described(schema: dict[str, Any]) -> dict[str, Any]:
    """The shape of a row from which fields can be chosen: the same fields, none of which has to be there."""
    loose = {key: item for key, item in schema.items() if key != "required"}
    if "title" in schema:  # the whole record keeps the name for itself
        loose["title"] = f"{schema['title']}Row"
    properties = {name: _loose(item) for name, item in schema.get("properties", {}).items()}
    return {**loose, "properties": properties, "description": "fields, omit and brief choose among these"}


def _loose(shape: dict[str, Any]) -> dict[str, Any]:
    if "items" in shape:
        return {**shape, "items": _loose(shape["items"])}
    return {key: item for key, item in shape.items() if key != "required"}


def known_fields(schema: dict[str, Any]) -> frozenset[str]:
    """The fields of a described record, ``a`` and ``a.b``."""
    found = set()
    for name, shape in schema.get("properties", {}).items():
        inner = shape.get("items", shape)
        found |= {name, *(f"{name}.{key}" for key in inner.get("properties", {}))}
    return frozenset(found)


@dataclass(frozen=True)
class Choice:
    """Paths wanted (all when empty) and paths left out."""

    wanted: frozenset[str] = frozenset()
    omitted: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.wanted or self.omitted)

    def of(self, record: Any) -> Any:
        return self._of(record, "")

    def _of(self, value: Any, above: str) -> Any:
        if isinstance(value, list):
            return [self._of(item, above) for item in value]
        if not isinstance(value, dict):
            return value
        return {key: self._below(item, above + key) for key, item in value.items() if self.has(above + key)}

    def _below(self, value: Any, path: str) -> Any:
        whole = "." in path or not any(item.startswith(f"{path}.") for item in self.wanted | self.omitted)
        return value if whole else self._of(value, f"{path}.")

    def has(self, path: str) -> bool:
        if path in self.omitted or path.partition(".")[0] in self.omitted:
            return False
        if not self.wanted or path in self.wanted or path.partition(".")[0] in self.wanted:
            return True
        return any(item.startswith(f"{path}.") for item in self.wanted)

    def rewritten(self, line: bytes) -> bytes:
        return orjson.dumps(self.of(orjson.loads(line)))


EVERYTHING = Choice()


def chosen(params: QueryDict, schema: dict[str, Any]) -> Choice:
    """Raises ``Refused`` (400) naming a field that the description does not have."""
    if not params.keys() & {"fields", "omit", "brief"}:
        return EVERYTHING
    known, errors, paths = known_fields(schema), _brief_errors(params), {}
    for parameter in ("fields", "omit"):
        asked = params.get(parameter, "")
        paths[parameter] = frozenset(word for word in asked.split(",") if word)
        unknown = _unknown(paths[parameter], known)
        if unknown or (parameter in params and asked and not paths[parameter]):
            sentence = _("没有这个字段：%(name)s。可用的字段：%(known)s。") % {
                "name": (unknown or [asked])[0][:60],
                "known": listed(sorted(name for name in known if "." not in name)),
            }
            errors.append(bad_parameter(parameter, "unknown_field", sentence))
    if errors:
        raise Refused(errors=errors, code="bad_parameter")
    brief = known.intersection(BRIEF) if params.get("brief") == "true" else frozenset()
    return Choice(paths["fields"] or brief, paths["omit"])


def _brief_errors(params: QueryDict) -> list[dict[str, str]]:
    asked = params.get("brief", "")
    if asked not in ("true", "false", ""):
        return [bad_parameter("brief", "unknown_choice", _("只能是 true 或 false。"))]
    if asked == "true" and params.get("fields"):
        return [bad_parameter("brief", "both_ways", _("brief 和 fields 只能用一个。"))]
    return []


def _unknown(paths: Iterable[str], known: frozenset[str]) -> list[str]:
    return sorted(path for path in paths if path not in known)
