"""Parts of the description that many operations share are said once and referred to."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

Shape = dict[str, Any]
#: A part is worth a name from this many uses on, and from this size on.
USES, SIZE = 3, 150


def share(result: Shape, generator, request, public) -> Shape:
    """Post-processing hook: refusals, parameters and titled shapes become components."""
    operations = [operation for methods in result["paths"].values() for operation in methods.values()]
    components = result["components"]
    components["responses"] = _refusals(operations)
    components["parameters"] = _parameters(operations)
    schemas = components.setdefault("schemas", {})
    for operation in operations:
        for place in (*operation["responses"].values(), operation.get("requestBody", {})):
            for content in place.get("content", {}).values():
                content["schema"] = _hoisted(content["schema"], schemas)
    return result


def _refusals(operations: list[Shape]) -> Shape:
    """One answer for each status of 400 and above; all of them are problem documents."""
    shared: Shape = {}
    for operation in operations:
        for status, answer in operation["responses"].items():
            if status.startswith(("4", "5")):
                name = re.sub(r"[^A-Za-z]", "", answer["description"].title())
                if shared.setdefault(name, answer) == answer:
                    operation["responses"][status] = {"$ref": f"#/components/responses/{name}"}
    return shared


def _parameters(operations: list[Shape]) -> Shape:
    """The commonest form of a parameter has its name; other forms stay where they are used."""
    forms = Counter(_said(item) for operation in operations for item in operation.get("parameters", ()))
    shared: Shape = {}
    for said, uses in forms.most_common():
        item = json.loads(said)
        if uses >= USES:
            shared.setdefault(item["name"], item)
    for operation in operations:
        if "parameters" in operation:
            operation["parameters"] = [
                {"$ref": f"#/components/parameters/{item['name']}"}
                if shared.get(item["name"]) == item
                else item
                for item in operation["parameters"]
            ]
    return dict(sorted(shared.items()))


def _said(item: Shape) -> str:
    return json.dumps(item, sort_keys=True, ensure_ascii=False)


def _hoisted(shape: Any, schemas: Shape) -> Any:
    """The shape with every part that has a title of its own replaced by a reference to it."""
    if isinstance(shape, list):
        return [_hoisted(item, schemas) for item in shape]
    if not isinstance(shape, dict):
        return shape
    inner = {key: _hoisted(item, schemas) for key, item in shape.items()}
    title = inner.get("title")
    if not isinstance(title, str):
        return inner
    if schemas.setdefault(title, inner) != inner:
        raise ValueError(f"two shapes are titled {title}")
    return {"$ref": f"#/components/schemas/{title}"}
