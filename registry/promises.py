"""What the API has promised: a comparison of two descriptions that names everything a caller would stumble over.

``manage.py check_api`` compares the description of this program with the last released one (``docs/api/released.json``).
Additions are no break: new addresses, parameters that may be left out, fields in answers, values that are taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Shape = dict[str, Any]
METHODS = ("get", "post", "put", "patch", "delete")


def whole(description: Shape) -> Shape:
    """The description with every reference replaced by what it names: sharing a part is no change."""

    def resolved(item: Any) -> Any:
        if isinstance(item, list):
            return [resolved(one) for one in item]
        if not isinstance(item, dict):
            return item
        if "$ref" in item:
            found: Any = description
            for step in item["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            return resolved(found)
        return {key: resolved(one) for key, one in item.items()}

    return {**description, "paths": resolved(description["paths"])}


def broken(old: Shape, new: Shape) -> Iterator[str]:
    """What a caller written for the old description would stumble over."""
    before, after = whole(old)["paths"], whole(new)["paths"]
    for path, methods in before.items():
        for method in methods.keys() & set(METHODS):
            name = f"{method.upper()} {path}"
            now = after.get(path, {}).get(method)
            if now is None:
                yield f"{name} is gone"
            else:
                yield from _operation(name, methods[method], now)


def _operation(name: str, before: Shape, after: Shape) -> Iterator[str]:
    if {} in before.get("security", [{}]) and {} not in after.get("security", [{}]):
        yield f"{name} now asks for a key"
    yield from _parameters(name, before, after)
    yield from _body(name, before.get("requestBody", {}), after.get("requestBody", {}))
    for status, answer in before["responses"].items():
        if not status.startswith("2"):
            continue
        now = after["responses"].get(status)
        if now is None:
            yield f"{name} no longer answers {status}"
            continue
        for kind, said in answer.get("content", {}).items():
            if kind not in now.get("content", {}):
                yield f"{name} {status} no longer answers {kind}"
            else:
                yield from _answer(f"{name} {status}", said.get("schema", {}), now["content"][kind]["schema"])


def _parameters(name: str, before: Shape, after: Shape) -> Iterator[str]:
    had, has = (
        {(item["in"], item["name"]): item for item in one.get("parameters", ())} for one in (before, after)
    )
    for key, item in had.items():
        if key not in has:
            yield f"{name}: the parameter {key[1]} is gone"
        else:
            yield from _asked(
                f"{name}: the parameter {key[1]}", item.get("schema", {}), has[key].get("schema", {})
            )
    for key, item in has.items():
        if item.get("required") and not had.get(key, {}).get("required"):
            yield f"{name}: the parameter {key[1]} has become necessary"


def _body(name: str, before: Shape, after: Shape) -> Iterator[str]:
    if after.get("required") and not before.get("required"):
        yield f"{name}: a body has become necessary"
    for kind, said in before.get("content", {}).items():
        if kind not in after.get("content", {}):
            yield f"{name} no longer takes {kind}"
        else:
            yield from _asked(f"{name}: the body", said.get("schema", {}), after["content"][kind]["schema"])


def _asked(name: str, before: Shape, after: Shape) -> Iterator[str]:
    """Of what a caller sends, nothing that was right may become wrong."""
    gone = _types(before) - _types(after) if _types(after) else set()
    if gone:
        yield f"{name} no longer takes {', '.join(sorted(gone))}"
    if "enum" in after:
        lost = [value for value in before.get("enum", ()) if value not in after["enum"]]
        if lost or "enum" not in before:
            yield f"{name} no longer takes {', '.join(map(str, lost)) or 'any value'}"
    for field in sorted(before.get("properties", {}).keys() - after.get("properties", {}).keys()):
        yield f"{name}: {field} is gone"
    for field in sorted(set(after.get("required", ())) - set(before.get("required", ()))):
        yield f"{name}: {field} has become necessary"
    for where, one, other in _inner(name, before, after):
        yield from _asked(where, one, other)


def _answer(name: str, before: Shape, after: Shape) -> Iterator[str]:
    """Of what a caller is told, nothing that was counted on may go or turn into something else."""
    fresh = _types(after) - _types(before)
    if _types(before) and (fresh or not _types(after)):
        yield f"{name} may now be {', '.join(sorted(fresh)) or 'anything'}"
    for field in sorted(before.get("properties", {}).keys() - after.get("properties", {}).keys()):
        yield f"{name}: the field {field} is gone"
    kept = set(before.get("required", ())) & after.get("properties", {}).keys()
    for field in sorted(kept - set(after.get("required", ()))):
        yield f"{name}: the field {field} may now be missing"
    for where, one, other in _inner(name, before, after):
        yield from _answer(where, one, other)


def _types(shape: Shape) -> set[str]:
    said = shape.get("type", [])
    types = {said} if isinstance(said, str) else set(said)
    return types | {"integer"} if "number" in types else types


def _inner(name: str, before: Shape, after: Shape) -> Iterator[tuple[str, Shape, Shape]]:
    for field in sorted(before.get("properties", {}).keys() & after.get("properties", {}).keys()):
        yield f"{name}: {field}", before["properties"][field], after["properties"][field]
    if isinstance(before.get("items"), dict) and isinstance(after.get("items"), dict):
        yield f"{name}[]", before["items"], after["items"]
