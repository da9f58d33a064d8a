"""The rows of a platform in the service resource list: published services, and equipment that is open for sharing."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from platforms import search
from platforms.choices import ResourceKind
from platforms.models import Platform
from platforms.quantities import Quantity, quantities

from .values import plain_value, public_values


# Kept, because the same service and the same machine are offered by thousands.
@lru_cache(maxsize=4096)
def _words(title: str, *texts: str) -> tuple[str, ...]:
    return tuple(sorted(search.document_tokens({"name": [title], "text": texts})))


@lru_cache(maxsize=4096)
def _quantities(*texts: str) -> tuple[Quantity, ...]:
    return tuple(dict.fromkeys(quantity for text in texts for quantity in quantities(text)))


def _parameters(*texts: str) -> list[dict[str, Any]]:
    return [
        {"low": plain_value(q.low), "high": plain_value(q.high), "unit": q.unit} for q in _quantities(*texts)
    ]


def resources_of(platform: Platform, card: dict[str, Any]) -> list[dict[str, Any]]:
    """Published services, and equipment that is open for sharing."""
    common = {
        "platform_code": platform.code,
        "region_code": platform.region_id,
        "area_code": platform.area_id or "",
        "tier": platform.tier,
    }
    places = search.document_tokens(
        {"text": [card[key]["name_zh"] for key in ("region", "city") if card.get(key)]}
    )
    owner = {
        "platform": {
            key: card[key] for key in ("code", "url", "name_zh", "name_en", "tier", "region", "city", "phone")
        }
    }
    rows = []
    for service in platform.services.all():
        public = public_values(service, "services")
        code = f"{platform.code}-S{service.position + 1}"
        rows.append(
            {
                **common,
                "code": code,
                "kind": ResourceKind.SERVICE,
                "title_zh": service.title_zh,
                "title_sort": search.sort_key(service.title_zh)[:300],
                "service_type": service.service_type,
                "price_mode": service.price_mode,
                "open_to": service.open_to,
                "confirmed_on": service.last_confirmed_on,
                "parameters": _parameters(service.title_zh, service.description_zh),
                "tokens": sorted(places.union(_words(service.title_zh, service.description_zh))),
                "document": {
                    "code": code,
                    "kind": "service",
                    "area": card["area"],
                    **public,
                    "last_confirmed_on": plain_value(service.last_confirmed_on),
                    **owner,
                },
            }
        )
    for item in platform.equipment.all():
        if item.open_sharing:
            code = f"{platform.code}-E{item.position + 1}"
            rows.append(
                {
                    **common,
                    "code": code,
                    "kind": ResourceKind.EQUIPMENT,
                    "title_zh": item.name_zh,
                    "title_sort": search.sort_key(item.name_zh)[:300],
                    "service_type": "equipment_sharing",
                    "open_to": "all",
                    "parameters": _parameters(item.name_zh, item.specification),
                    "tokens": sorted(places.union(_words(item.name_zh, item.model, item.specification))),
                    "document": {
                        "code": code,
                        "kind": "equipment",
                        "area": card["area"],
                        **public_values(item, "equipment"),
                        **owner,
                    },
                }
            )
    return rows
