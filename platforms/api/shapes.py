"""The shapes of public records as JSON Schema, for describing the API. Fields of the record come from its own table."""

from __future__ import annotations

from typing import Any

from platforms.choices import ChangeKind, PlatformStatus, ServiceType, Tier
from platforms.record.fields import LISTS, Publication, fields_of

STRING: dict[str, Any] = {"type": "string"}
INTEGER: dict[str, Any] = {"type": "integer"}
BOOLEAN: dict[str, Any] = {"type": "boolean"}
DATE: dict[str, Any] = {"type": "string", "format": "date"}
MOMENT: dict[str, Any] = {"type": "string", "format": "date-time"}
ADDRESS: dict[str, Any] = {"type": "string", "format": "uri"}


def maybe(shape: dict[str, Any]) -> dict[str, Any]:
    """The same, or null."""
    kind = shape["type"]
    return {**shape, "type": [*(kind if isinstance(kind, list) else [kind]), "null"]}


def words(choices) -> dict[str, Any]:
    return {"type": "string", "enum": list(choices.values)}


def many(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item}


def thing(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def record(**properties: dict[str, Any]) -> dict[str, Any]:
    """Something with an address of its own."""
    own = {"url": ADDRESS, "html_url": maybe(ADDRESS), "display": STRING}
    return {"type": "object", "required": list(own), "properties": {**own, **properties}}


def titled(title: str, shape: dict[str, Any]) -> dict[str, Any]:
    """The same with a name of its own in the description; wherever it is used it is referred to by it."""
    return {"title": title, **shape}


NAMED = thing(code=STRING, name_zh=STRING, name_en=STRING)
TIER = {"type": ["string", "null"], "enum": [*Tier.values, None]}

_KINDS: dict[str, dict[str, Any]] = {
    "boolean": {"type": ["boolean", "null"]},
    "count": {"type": ["integer", "null"]},
    "year": {"type": ["integer", "null"]},
    "amount": {"type": ["number", "null"]},
    "decimal": {"type": ["number", "null"]},
    "percent": {"type": ["number", "null"]},
    "date": {"type": ["string", "null"], "format": "date"},
}


def public_fields(aggregate: str) -> dict[str, dict[str, Any]]:
    """The published fields of one aggregate of the record."""
    return {
        item.key: _KINDS.get(item.kind, {"type": ["string", "null"]})
        for item in fields_of(aggregate, Publication.PUBLIC)
        if item.kind != "reference"
    }


def lists() -> dict[str, dict[str, Any]]:
    return {name: many(thing(**public_fields(name))) for name in LISTS}


_CARD = {
    "code": STRING,
    "name_zh": STRING,
    "name_en": STRING,
    "former_names": many(STRING),
    "status": words(PlatformStatus),
    "tier": TIER,
    "tier_since": {"type": "string", "description": "year, or empty"},
    "operator": maybe(thing(**public_fields("operator"))),
    "authority": NAMED,
    "region": NAMED,
    "city": maybe(NAMED),
    "area": maybe(NAMED),
    "direction": maybe(NAMED),
    "service_types": many(words(ServiceType)),
    "scales": many(STRING),
    "open_to": many(STRING),
    "phone": maybe(STRING),
    "updated_on": DATE,
    "demo": BOOLEAN,
}
PLATFORM_CARD = record(**_CARD)

DESIGNATION_OF_PLATFORM = thing(
    tier=words(Tier), status=STRING, decision_no=STRING, list_url=STRING, row=maybe(INTEGER), to=maybe(DATE)
)


PLATFORM = record(
    **{
        **public_fields("platform"),
        **lists(),
        **_CARD,
        "designations": many(DESIGNATION_OF_PLATFORM),
        "timeline": many(
            thing(date=DATE, kind=STRING, title_zh=STRING, title_en=STRING, note=STRING, url=STRING)
        ),
        "contact": thing(office_phone=STRING, office_email=STRING, website=STRING),
        "ended_on": maybe(DATE),
        "ended_reason": STRING,
        "successor": maybe(STRING),
        "successors": many(STRING),
        "split_from": maybe(STRING),
    }
)
#: JSON-LD: what its keys mean is said by ``@context``.
LINKED: dict[str, Any] = {
    "type": "object",
    "required": ["@context", "@type", "@id"],
    "properties": {"@context": {"type": ["string", "object"]}, "@type": STRING, "@id": ADDRESS},
}
CHANGE = thing(
    url=maybe(ADDRESS),
    html_url=maybe(ADDRESS),
    display=STRING,
    number=INTEGER,
    at=MOMENT,
    kind=words(ChangeKind),
    noun=STRING,
    code=STRING,
    version=INTEGER,
    title_zh=STRING,
    title_en=STRING,
    tier=STRING,
    region_code=STRING,
    fields=many(STRING),
    decision=STRING,
    etag=STRING,
)
_PLATFORM_OF_RESOURCE = {
    "code": STRING,
    "url": ADDRESS,
    "html_url": ADDRESS,
    "name_zh": STRING,
    "tier": TIER,
    "region": NAMED,
}
#: With its whole card, as ``expand`` answers it.
PLATFORM_OF_RESOURCE_EXPANDED = thing(**{**PLATFORM_CARD["properties"], **_PLATFORM_OF_RESOURCE})
_OF_RESOURCE = {
    "code": STRING,
    "kind": STRING,
    "area": maybe(NAMED),
    "platform": thing(**_PLATFORM_OF_RESOURCE),
}
SERVICE = titled("Service", record(**{**public_fields("services"), **_OF_RESOURCE}))
INSTRUMENT = titled("Equipment", record(**{**public_fields("equipment"), **_OF_RESOURCE}))
OPERATOR = record(
    uscc=STRING, name_zh=STRING, name_en=STRING, platforms=many(thing(code=STRING, url=ADDRESS))
)
REGION = record(code=STRING, name_zh=STRING, name_en=STRING, kind=STRING, parent=maybe(STRING))
AUTHORITY = record(
    code=STRING, name_zh=STRING, name_en=STRING, kind=STRING, region=STRING, city=maybe(STRING)
)
AREA = record(code=STRING, name_zh=STRING, name_en=STRING, edition=STRING, position=INTEGER)
DIRECTION = record(
    code=STRING, name_zh=STRING, name_en=STRING, area=STRING, status=STRING, gap_filling=BOOLEAN
)
DOCUMENTED = record(code=STRING)
