"""What a list shows of a platform."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from platforms.models import Operator, PilotLine, Platform
from platforms.scales import LADDER, plain

from .values import named, public_values


def card_of(platform: Platform) -> dict[str, Any]:
    """What a list shows of a platform."""
    services = platform.services.all()
    return {
        "code": platform.code,
        "url": f"/platforms/{platform.code}/",
        "name_zh": platform.name_zh,
        "name_en": platform.name_en,
        "former_names": [name.name_zh for name in platform.former_names.all()],
        "status": platform.status,
        "tier": platform.tier,
        "tier_since": "",
        "operator": _operator(platform.operator),
        "authority": named(platform.authority),
        "region": named(platform.region),
        "city": named(platform.city),
        "area": named(platform.area),
        "direction": named(platform.direction),
        "capabilities": [_capability(line) for line in platform.lines.all()[:3]],
        "service_types": sorted({service.service_type for service in services}),
        "scales": _scales(platform),
        "open_to": sorted({service.open_to for service in services}),
        "phone": platform.office_phone or None,
        "updated_on": timezone.localdate(platform.updated_at).isoformat(),
        "demo": platform.demo,
    }


def _operator(operator: Operator | None) -> dict[str, Any] | None:
    if operator is None:
        return None
    return public_values(operator, "operator")


def _capability(line: PilotLine) -> dict[str, Any]:
    return {
        "process_zh": line.process_zh,
        "value": plain(line.scale_max) if line.scale_max is not None else "",
        "unit": line.unit,
    }


def _scales(platform: Platform) -> list[str]:
    """Every rung of the ladder that some line covers, from small to large."""
    covered: set[str] = set()
    for line in platform.lines.all():
        if line.scale_class_max:
            low = LADDER.index(line.scale_class_min or line.scale_class_max)
            covered.update(LADDER[low : LADDER.index(line.scale_class_max) + 1])
    return sorted(covered, key=LADDER.index)
