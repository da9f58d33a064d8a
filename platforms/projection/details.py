"""What the page of a platform says beyond its card, and what remains when it has ended."""

from __future__ import annotations

from typing import Any

from platforms.models import Platform
from platforms.record.fields import Publication, fields_of

from .values import plain_value, public_values

#: "5 or more", "10 or more" …
ANSWER_STEPS = (5, 10, 20, 50, 100, 200, 500, 1000)


def details_of(platform: Platform) -> dict[str, Any]:
    details = {
        item.key: plain_value(getattr(platform, item.stored_in.attname))
        for item in fields_of("platform", Publication.PUBLIC)
        if item.kind != "reference" and item.key not in {"office_phone", "office_email", "website"}
    }
    return details | {
        "lines": [
            public_values(line, "lines")
            | {"scale_class_min": line.scale_class_min, "scale_class_max": line.scale_class_max}
            for line in platform.lines.all()
        ],
        "services": [
            public_values(service, "services")
            | {
                "code": f"{platform.code}-S{service.position + 1}",
                "last_confirmed_on": plain_value(service.last_confirmed_on),
            }
            for service in platform.services.all()
        ],
        "equipment": [
            public_values(item, "equipment") | {"code": f"{platform.code}-E{item.position + 1}"}
            for item in platform.equipment.all()
        ],
        "qualifications": [public_values(item, "qualifications") for item in platform.qualifications.all()],
        "figures": [public_values(item, "figures") for item in platform.figures.all()],
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


def tombstone_of(platform: Platform) -> dict[str, Any]:
    """What remains of a platform that was withdrawn, merged or split: that it existed, why it ended, where to go on."""
    return {
        "ended_on": plain_value(platform.status_on),
        "ended_reason": platform.status_reason,
        "successor": platform.merged_into.code if platform.merged_into else None,
        "successors": sorted(part.code for part in platform.split_into.all()),
    }
