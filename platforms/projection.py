"""What the public sees of a platform: a pure function from the working record to documents, columns and search words.

Only fields whose publication level in ``platforms.record`` is public are copied. Other apps add their part of the document
(designations, evaluations) with ``contribute``, so that this package need not know them.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils import timezone

from platforms import search
from platforms.choices import TIER_ORDER, PlatformStatus, ResourceKind
from platforms.models import Area, Authority, Direction, Operator, PilotLine, Platform, Region
from platforms.quantities import quantities
from platforms.record.fields import Publication, fields_of
from platforms.scales import plain

#: "5 or more", "10 or more" …
ANSWER_STEPS = (5, 10, 20, 50, 100, 200, 500, 1000)
#: Each adds keys to the document of a platform: ``build(platform) -> {"key": …}``.
Contribution = Callable[[Platform], dict[str, Any]]
CONTRIBUTIONS: list[Contribution] = []


@dataclass(frozen=True)
class Projected:
    """A platform as its public row keeps it. ``resources`` are the columns of its rows in the service resource list."""

    document: dict[str, Any]
    card: dict[str, Any]
    columns: dict[str, Any]
    tokens: set[str]
    resources: list[dict[str, Any]]


def contribute(build: Contribution) -> Contribution:
    """Let another app add its public part to every platform document (call from ``AppConfig.ready``)."""
    if build not in CONTRIBUTIONS:
        CONTRIBUTIONS.append(build)
    return build


def of_platform(platform: Platform) -> Projected:
    """Project a platform read with ``Platform.objects.with_everything()``."""
    card = _card(platform)
    if platform.status != PlatformStatus.ACTIVE:
        document = {**card, **_tombstone(platform)}
        for build in CONTRIBUTIONS:
            document |= build(platform)
        return Projected(document, card, _columns(platform), _tokens(platform), [])
    document = {**card, **_details(platform)}
    for build in CONTRIBUTIONS:
        document |= build(platform)
    # A quoted record's date is only the latest it can have been, so no year is claimed for it.
    card["tier_since"] = document["tier_since"] = "" if platform.source_zh else _tier_since(document)
    return Projected(document, card, _columns(platform), _tokens(platform), _resources(platform, card))


def _tier_since(document: dict[str, Any]) -> str:
    current = [entry for entry in document.get("designations", []) if entry["status"] == "in_force"]
    return current[-1]["from"][:4] if current else ""


def _card(platform: Platform) -> dict[str, Any]:
    """What a list shows of a platform."""
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
        "service_types": sorted({service.service_type for service in platform.services.all()}),
        "scales": _scales(platform),
        "open_to": sorted({service.open_to for service in platform.services.all()}),
        "phone": platform.office_phone or None,
        "updated_on": timezone.localdate(platform.updated_at).isoformat(),
        "demo": platform.demo,
    }


def named(item: Region | Authority | Area | Direction | None) -> dict[str, str] | None:
    """A reference as a small object with both names."""
    return None if item is None else {"code": item.pk, "name_zh": item.name_zh, "name_en": item.name_en}


def _operator(operator: Operator | None) -> dict[str, Any] | None:
    if operator is None:
        return None
    return _public_values(operator, "operator")


def _public_values(row: Any, aggregate: str) -> dict[str, Any]:
    """The public fields of one row, and nothing else."""
    return {
        item.key: plain_value(getattr(row, item.stored_in.attname))
        for item in fields_of(aggregate, Publication.PUBLIC)
    }


def plain_value(value: Any) -> Any:
    """A stored value as JSON: decimals as numbers, dates as text."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    return value


def _capability(line: PilotLine) -> dict[str, Any]:
    return {
        "process_zh": line.process_zh,
        "value": plain(line.scale_max) if line.scale_max is not None else "",
        "unit": line.unit,
    }


def _scales(platform: Platform) -> list[str]:
    """Every rung of the ladder that some line covers, from small to large."""
    from platforms.choices import ScaleClass

    order = list(ScaleClass.values)
    covered: set[str] = set()
    for line in platform.lines.all():
        if line.scale_class_max:
            low = order.index(line.scale_class_min or line.scale_class_max)
            covered.update(order[low : order.index(line.scale_class_max) + 1])
    return sorted(covered, key=order.index)


def _details(platform: Platform) -> dict[str, Any]:
    details = {
        item.key: plain_value(getattr(platform, item.stored_in.attname))
        for item in fields_of("platform", Publication.PUBLIC)
        if item.kind != "reference" and item.key not in {"office_phone", "office_email", "website"}
    }
    return details | {
        "lines": [
            _public_values(line, "lines")
            | {"scale_class_min": line.scale_class_min, "scale_class_max": line.scale_class_max}
            for line in platform.lines.all()
        ],
        "services": [
            _public_values(service, "services")
            | {
                "code": f"{platform.code}-S{service.position + 1}",
                "last_confirmed_on": plain_value(service.last_confirmed_on),
            }
            for service in platform.services.all()
        ],
        "equipment": [
            _public_values(item, "equipment") | {"code": f"{platform.code}-E{item.position + 1}"}
            for item in platform.equipment.all()
        ],
        "qualifications": [_public_values(item, "qualifications") for item in platform.qualifications.all()],
        "figures": [_public_values(item, "figures") for item in platform.figures.all()],
        "external_recognitions": [
            {
                "scheme": item.scheme,
                "issuer": item.issuer,
                "level": item.level,
                "state": item.state,
                "date": item.recognised_on or item.reported_on,
                "source_kind": item.source_kind,
                "source_url": item.source_url,
                "confidence": item.confidence,
            }
            for item in platform.recognitions.all()
        ],
        "contact": _contact(platform),
        "answering": _answering(platform),
        "confirmed_on": plain_value(platform.confirmed_on),
        "split_from": platform.split_from.code if platform.split_from else None,
        "source": {
            "text": platform.source_zh,
            "url": platform.source_url,
            "confidence": platform.confidence,
        }
        if platform.source_zh
        else None,
    }


def _answering(platform: Platform) -> dict[str, int] | None:
    """How enquiries are answered; the count in steps, so that not every answer is a new version of the record."""
    if platform.answer_days is None:
        return None
    steps = [step for step in ANSWER_STEPS if step <= platform.enquiries_answered]
    return {"at_least": steps[-1], "median_days": platform.answer_days} if steps else None


def _contact(platform: Platform) -> dict[str, Any]:
    """Office contact is public; a person only with a consent that has not been withdrawn."""
    person = next(
        (item for item in platform.contacts.all() if item.consented_at and not item.consent_withdrawn_at),
        None,
    )
    return {
        "office_phone": platform.office_phone,
        "office_email": platform.office_email,
        "website": platform.website,
        "person": {"name": person.name, "duty": person.duty, "phone": person.phone} if person else None,
    }


def _tombstone(platform: Platform) -> dict[str, Any]:
    """What remains of a platform that was withdrawn, merged or split: that it existed, why it ended, where to go on."""
    return {
        "ended_on": plain_value(platform.status_on),
        "ended_reason": platform.status_reason,
        "successor": platform.merged_into.code if platform.merged_into else None,
        "successors": sorted(part.code for part in platform.split_into.all()),
    }


def _columns(platform: Platform) -> dict[str, Any]:
    services = list(platform.services.all())
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
        "service_types": sorted({service.service_type for service in services}),
        "scale_classes": _scales(platform),
        "open_to": sorted({service.open_to for service in services}),
        "recognition_levels": sorted({item.level for item in platform.recognitions.all()}),
        "demo": platform.demo,
        "updated_on": timezone.localdate(platform.updated_at),
    }


def _tokens(platform: Platform) -> set[str]:
    operator = platform.operator
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
                *(f"{line.name_zh} {line.process_zh}" for line in platform.lines.all()),
            ],
            "scale": [
                f"{plain(amount)} {line.unit}"
                for line in platform.lines.all()
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
    ) | {f"scale:{rung}" for rung in _scales(platform)}


def _parameters(*texts: str) -> list[dict[str, Any]]:
    found = dict.fromkeys(quantity for text in texts for quantity in quantities(text))
    return [{"low": plain_value(q.low), "high": plain_value(q.high), "unit": q.unit} for q in found]


def _resources(platform: Platform, card: dict[str, Any]) -> list[dict[str, Any]]:
    """Published services, and equipment that is open for sharing."""
    common = {
        "platform_code": platform.code,
        "region_code": platform.region_id,
        "area_code": platform.area_id or "",
        "tier": platform.tier,
    }
    owner = {
        "platform": {
            key: card[key] for key in ("code", "url", "name_zh", "name_en", "tier", "region", "city", "phone")
        }
    }
    rows = []
    for service in platform.services.all():
        public = _public_values(service, "services")
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
                "tokens": sorted(
                    search.document_tokens({"name": [service.title_zh], "text": [service.description_zh]})
                ),
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
                    "tokens": sorted(
                        search.document_tokens(
                            {"name": [item.name_zh], "text": [item.model, item.specification]}
                        )
                    ),
                    "document": {
                        "code": code,
                        "kind": "equipment",
                        "area": card["area"],
                        **_public_values(item, "equipment"),
                        **owner,
                    },
                }
            )
    return rows
