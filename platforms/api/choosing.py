"""Which fields of a record are answered: ``fields`` names those wanted, ``omit`` those left out; two levels deep."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from platforms.api.parameters import Parameter
from platforms.api.problems import Refused, bad_parameter

PARAMETERS = (
    Parameter("fields", _("只要这些字段，逗号分隔；下一层写作 operator.name_zh")),
    Parameter("omit", _("不要这些字段，写法同 fields")),
)


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
    if "fields" not in params and "omit" not in params:
        return EVERYTHING
    known, errors, paths = known_fields(schema), [], {}
    for parameter in ("fields", "omit"):
        asked = params.get(parameter, "")
        paths[parameter] = frozenset(word for word in asked.split(",") if word)
        unknown = _unknown(paths[parameter], known)
        if unknown or (parameter in params and asked and not paths[parameter]):
            sentence = _("没有这个字段：%(name)s。") % {"name": (unknown or [asked])[0][:60]}
            errors.append(bad_parameter(parameter, "unknown_field", sentence))
    if errors:
        raise Refused(errors=errors, code="bad_parameter")
    return Choice(paths["fields"], paths["omit"])


def _unknown(paths: Iterable[str], known: frozenset[str]) -> list[str]:
    return sorted(path for path in paths if path not in known)
