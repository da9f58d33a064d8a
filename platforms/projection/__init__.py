"""What the public sees of a platform: a pure function from the working record to documents, columns and search words.

Only fields whose publication level in ``platforms.record`` is public are copied. Other apps add their part of the document
(designations, evaluations) with ``contribute``, so that this package need not know them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from platforms.choices import PlatformStatus
from platforms.models import Platform

from .card import card_of
from .columns import columns_of, words_of
from .details import details_of, tombstone_of
from .resources import resources_of

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
    card = card_of(platform)
    if platform.status != PlatformStatus.ACTIVE:
        document = {**card, **tombstone_of(platform)}
        for build in CONTRIBUTIONS:
            document |= build(platform)
        return Projected(document, card, columns_of(platform, card), words_of(platform, card), [])
    document = {**card, **details_of(platform)}
    for build in CONTRIBUTIONS:
        document |= build(platform)
    # A quoted record's date is only the latest it can have been, so no year is claimed for it.
    card["tier_since"] = document["tier_since"] = "" if platform.source_zh else _tier_since(document)
    return Projected(
        document, card, columns_of(platform, card), words_of(platform, card), resources_of(platform, card)
    )


def _tier_since(document: dict[str, Any]) -> str:
    current = [entry for entry in document.get("designations", []) if entry["status"] == "in_force"]
    return current[-1]["from"][:4] if current else ""
