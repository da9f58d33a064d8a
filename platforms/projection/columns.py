"""What the directory filters and sorts a platform by, and the words it is found by."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from platforms import search
from platforms.choices import TIER_ORDER
from platforms.models import Platform
from platforms.scales import plain


def columns_of(platform: Platform, card: dict[str, Any]) -> dict[str, Any]:
    return {
        "name_zh": platform.name_zh,
        "name_sort": search.sort_key(platform.name_zh)[:400],
        "status": platform.status,
        "tier": platform.tier,
        "tier_rank": TIER_ORDER[platform.tier] if platform.tier else 0,
        "operator_uscc": (platform.operator.uscc or "") if platform.operator else "",
        "authority_code": platform.authority_id,
        "region_code": platform.region_id,
        "city_code": platform.city_id or "",
        "area_code": platform.area_id or "",
        "direction_code": platform.direction_id or "",
        "gap_filling": bool(platform.direction and platform.direction.gap_filling),
        "construction_mode": platform.construction_mode,
        "build_status": platform.build_status,
        "service_types": card["service_types"],
        "scale_classes": card["scales"],
        "open_to": card["open_to"],
        "recognition_levels": sorted({item.level for item in platform.recognitions.all()}),
        "demo": platform.demo,
        "updated_on": timezone.localdate(platform.updated_at),
    }


def words_of(platform: Platform, card: dict[str, Any]) -> set[str]:
    operator, lines = platform.operator, platform.lines.all()
    return search.document_tokens(
        {
            "name": [
                platform.name_zh,
                platform.name_en,
                *(name.name_zh for name in platform.former_names.all()),
            ],
            "operator": [operator.name_zh, operator.name_en, operator.uscc or ""] if operator else [],
            "service": [
                *(service.title_zh for service in platform.services.all()),
                *(item.name_zh for item in platform.equipment.all()),
                *(f"{line.name_zh} {line.process_zh}" for line in lines),
            ],
            "scale": [
                f"{plain(amount)} {line.unit}"
                for line in lines
                for amount in (line.scale_min, line.scale_max)
                if amount is not None
            ],
            "text": [
                platform.code,
                platform.keywords,
                platform.summary_zh,
                platform.summary_en,
                platform.sub_direction,
                platform.area.name_zh if platform.area else "",
                platform.direction.name_zh if platform.direction else "",
                platform.region.name_zh,
                platform.city.name_zh if platform.city else "",
            ],
        }
    ) | {f"scale:{rung}" for rung in card["scales"]}
