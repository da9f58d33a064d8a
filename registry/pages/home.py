"""Say what this is, lead to a capability in one step, show that it is alive."""

from __future__ import annotations

import datetime
from typing import Any

from django.db.models import Value
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cultivation import clock
from cultivation.models import Policy, PublishedStatistic
from cultivation.views.public_announcement import current
from platforms.choices import Tier
from platforms.directory import names
from platforms.models import Change, PublicBatch, PublicNotice
from platforms.templatetags.registry_words import label
from platforms.views.caching import by_head
from registry.pages.live import Live, current_areas, live
from registry.variants import ELDER

#: Searches that show what may be asked: material and scale, product, process.
EXAMPLES = ("锂电正极材料 吨级", "发酵 500 L", "晶圆减薄 验证")
ENGLISH_EXAMPLES = ("cathode", "fermentation 500 L", "sintering")
#: What each of the six areas is about, by its number.
HINTS = {
    "1": ("石化化工、钢铁、前沿材料等", "Petrochemicals, steel, advanced materials"),
    "2": ("工业母机、仪器仪表、医疗装备等", "Machine tools, instruments, medical equipment"),
    "3": ("生物医药、轻工、纺织等", "Biomedicine, light industry, textiles"),
    "4": ("集成电路、智能检测等", "Integrated circuits, intelligent inspection"),
    "5": ("人形机器人、量子科技、低碳氢等", "Humanoid robots, quantum, low-carbon hydrogen"),
    "6": ("跨行业验证、检测与工艺支撑", "Verification, testing and process support across industries"),
}
TIERS = (Tier.NATIONAL, Tier.KEY, Tier.RESERVE)
RUNNING = 3
LATEST = 6


@by_head(hourly=True)
def home(request: HttpRequest) -> HttpResponse:
    """Counts are live; the figures of the three tiers are quoted, each with its date."""
    elder = request.variant == ELDER  # type: ignore[attr-defined]
    counted, known = live(), names("area", "authority", *(["region"] if elder else []))
    changes = _changes()
    open_items, announcements = _now(clock.now())
    context = {
        "examples": ENGLISH_EXAMPLES if (get_language() or "").startswith("en") else EXAMPLES,
        "open_items": open_items,
        "tiers": _tiers(),
        "tiers_source": _("公开报道，逐条来源见“数据”页"),
        "areas": _areas(counted, known["area"]),
        "total": counted.total,
        "demo": counted.demo,
        "as_of": max([counted.as_of] if counted.as_of else [timezone.localdate()]),
        "counts": tiles(counted, known["authority"]),
        "announcements": announcements,
        "changes": changes,
        "policies": _policies(),
        "regions": [place for code, place in known.get("region", {}).items() if code.endswith("0000")],
    }
    return render(request, "public/home.html", context)


def tiles(counted: Live, authorities: dict[str, dict[str, str]]) -> list[dict[str, Any]]:
    """For ``components/tiles.html``."""
    return [
        {**name, "count": counted.by_authority[code], "url": f"/platforms/?authority={code}"}
        for code, name in authorities.items()
    ]


def _areas(counted: Live, areas: dict[str, dict[str, str]]) -> list[dict[str, Any]]:
    doors = []
    for code, name in current_areas(areas, counted).items():
        number = code.rpartition("-")[2]
        hint_zh, hint_en = HINTS.get(number, ("", ""))
        doors.append({
            **name, "number": number, "hint_zh": hint_zh, "hint_en": hint_en, "count": counted.by_area[code],
            "url": f"/platforms/?area={code}",
        })  # fmt: skip
    return doors


def _tiers() -> list[dict[str, Any]]:
    quoted = {row.key: row for row in PublishedStatistic.objects.filter(key__in=[f"tier_{t}" for t in TIERS])}
    return [
        {"tier": tier, "value": row.value, "as_of": row.as_of, "url": f"/platforms/?tier={tier}"}
        for tier in TIERS
        if (row := quoted.get(f"tier_{tier}"))
    ]


def _now(now: datetime.datetime) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Notices and batches that are open at this moment, the one that ends first on top; and the announcements. One statement."""
    today = timezone.localdate(now)
    notices = PublicNotice.objects.filter(starts_on__lte=today, ends_on__gte=today)
    batches = PublicBatch.objects.filter(stage="open")
    parts = [
        rows.values_list(Value(kind), "card")
        for kind, rows in (("notice", notices), ("open", batches), ("announcement", current(now)))
    ]
    cards = list(parts[0].union(*parts[1:], all=True))
    running = [
        {**card, "state": kind, "ends_at": card["ends_at"]} for kind, card in cards if kind == "notice"
    ]
    running += [
        {**card, "state": kind, "ends_at": card["recommend_until"]}
        for kind, card in cards
        if kind == "open"
        and card["recommend_until"]
        and datetime.datetime.fromisoformat(card["recommend_until"]) > now
    ]
    announced = [card for kind, card in cards if kind == "announcement"]
    return (
        sorted(running, key=lambda item: item["ends_at"])[:RUNNING],
        sorted(announced, key=lambda card: card["released_at"], reverse=True),
    )


def _changes() -> list[dict[str, Any]]:
    """The newest changes of the record; announcements have a place of their own on this page."""
    return [
        {
            "date": timezone.localdate(change.at).isoformat(),
            "kind": label(change.kind, "ChangeKind"),
            "title_zh": change.title_zh,
            "title_en": change.title_en,
            "url": address_of(change.noun, change.code),
        }
        for change in Change.objects.exclude(noun="announcement").order_by("-number")[:LATEST]
    ]


def address_of(noun: str, code: str) -> str:
    """The page of the record a change is about; the code of a list holds its version."""
    return f"/{ {'batch': 'batches'}.get(noun, noun + 's') }/{code}/"


def _policies() -> list[dict[str, Any]]:
    return [
        {
            "date": policy.issued_on,
            "title_zh": policy.title_zh,
            "title_en": policy.title_en,
            "doc_number": policy.document_no,
            "url": policy.official_url or policy.source_url or "/policies/",
        }
        for policy in Policy.objects.filter(scope_level="national").order_by("-issued_on", "id")[:4]
    ]
