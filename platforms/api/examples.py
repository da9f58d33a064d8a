"""Examples in the description. ``tests/security/test_api_examples.py`` sends every one of them and looks at the answer."""

from __future__ import annotations

from typing import Any

Shape = dict[str, Any]

#: Query parameter → a value to try; those with a list of values show the first of them.
VALUES: Shape = {
    "after": 0, "limit": 100, "first": 1, "page": 1, "page_size": 20, "since": 0, "q": "示例", "noun": "platform",
    "facets": "area,tier", "fields": "display", "gap_filling": "true", "demo": "true",
    "latest": "true", "withdrawn": "false", "expand": "platform", "region": "320000", "authority": "320000", "parent": "320000", "platform": "ZS-32-70001-0", "code": "ZS-32-70001-0",
    "area": "A1", "edition": "2025", "direction": "world-1", "operator": "91320000000000000X", "batch": "B2026-key-81", "list": "L2026-key-81",
    "version": "1.0", "year": "2025", "decision": "示例〔2026〕1号", "stage": "review", "doc_type": "notice", "scope_level": "national", "key": "reserve",
    "kind": "world", "webhook": "1",
}  # fmt: skip
DAY, TEXT, YES = "2026-01-01", "示例", "true"
#: Too particular for an example: a place in a list comes from an answer, a later size from a checkpoint; what can be left out
#: differs from list to list; the record of a day exists since the first publication; a bound needs a unit beside it.
WITHOUT = frozenset({"cursor", "second", "omit", "as_of", "parameter_min", "parameter_max"})
#: Where a list has other names than the others.
OWN = {
    ("/api/v1/statistics/", "fields"): "metric_zh,value,as_of",
    ("/api/v1/platforms/", "expand"): "services,lines",
}

#: Method and path → what it is about and the body; who may send it is said in the grants (``docs/access.md``).
BODIES: dict[str, list[tuple[str, Shape]]] = {
    "POST /api/v1/submissions/": [
        (
            "A draft of a new platform",
            {"authority": "320000", "kind": "new", "payload": {"platform": {"name_zh": "示例·固态电池中试平台"}}},
        )
    ],
    "POST /api/v1/change-requests/": [
        (
            "Another name, with the paper that decides it",
            {"platform": "ZS-32-70001-0", "kind": "name", "after": {"name_zh": "示例·改后的名称"}, "reason": "示例原因",
             "evidence_note": "示例〔2026〕5号"},
        )
    ],
    "POST /api/v1/reports/": [
        ("The figures of one year", {"platform": "ZS-32-70001-0", "year": 2024, "figures": {"projects_total": 45}})
    ],
    "POST /api/v1/webhooks/": [
        (
            "Push what changes in a tier",
            {"name": "示例推送", "target": "https://receiver.example/registry", "kinds": ["tier_changed", "designated"]},
        )
    ],
    "POST /api/v1/releases/": [("The next edition of the directory", {"kind": "directory", "note": "示例·年末版"})],
}  # fmt: skip


def exemplify(result: Shape, generator, request, public) -> Shape:
    """Post-processing hook: puts the examples where they belong."""
    for path, methods in result["paths"].items():
        for method, operation in methods.items():
            for item in operation.get("parameters", ()):
                if (
                    item["in"] == "query"
                    and (value := OWN.get((path, item["name"]), value_of(item))) is not None
                ):
                    item["example"] = value
            bodies = BODIES.get(f"{method.upper()} {path}", ())
            for content in operation.get("requestBody", {}).get("content", {}).values():
                if bodies:
                    content["examples"] = {
                        f"example{number}": {"summary": summary, "value": body}
                        for number, (summary, body) in enumerate(bodies, start=1)
                    }
    return result


def value_of(item: Shape) -> Any:
    """An example for a query parameter, or ``None``."""
    name, _, suffix = item["name"].partition("__")
    shape = item["schema"]
    choices = [value for value in shape.get("items", shape).get("enum", ()) if value != ""]
    if item["name"] in WITHOUT:
        return None
    if choices:
        value = choices[0]
    elif suffix == "empty":
        value = YES
    elif suffix == "ic":
        value = TEXT
    elif suffix in ("gte", "lte") or name.endswith(("_since", "_before")):
        value = DAY
    elif shape.get("type") == "boolean":
        value = True
    else:
        value = VALUES.get(name)
    return [value] if shape.get("type") == "array" and value is not None else value
