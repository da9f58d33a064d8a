"""Demonstration records: platforms with everything that belongs to them, as model instances that were never saved.

Each is made from its slot and the seed alone, so the order in which they are made, and by how many processes, changes
nothing. The relations are filled in as if they had been prefetched, which is what lets ``platforms.projection`` read them.
"""

from __future__ import annotations

import datetime
import random
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from platforms.choices import (
    BuildStatus,
    ConstructionMode,
    LegalForm,
    OpenTo,
    PlatformStatus,
    PriceMode,
    QualificationKind,
    Tier,
)
from platforms.demo.plan import Reference, Slot
from platforms.demo.vocabulary import SURNAMES_OF_FIRMS, TRADES, Trade, trades
from platforms.models import (
    Equipment,
    FormerName,
    Operator,
    PilotLine,
    Platform,
    Qualification,
    ServiceItem,
    YearlyFigures,
)
from platforms.scales import ladder_class
from platforms.validators import uscc_check_character

#: The day from which the set looks back; fixed, so that the same seed gives the same set on any day.
LATEST = datetime.date(2026, 11, 1)
YEARS = (2023, 2024, 2025)
#: An area code that is not assigned, so that no number of the set can be dialled.
NO_AREA = "0300"
SUFFIXES = ("中试平台", "中试平台", "中试基地", "中试服务平台", "中试验证平台", "工艺放大中试平台")
ENDINGS = {
    PlatformStatus.WITHDRAWN: "示例：建设单位停止中试服务，申请撤销。",
    PlatformStatus.MERGED: "示例：与同领域平台合并建设。",
}
#: Lists of choices are made anew each time they are asked for, which adds up over a hundred thousand platforms.
PRICE_MODES, OPEN_TO, MODES = PriceMode.values, OpenTo.values, ConstructionMode.values
KINDS = QualificationKind.values[:5]
_SIZE = {Tier.NATIONAL: 6, Tier.KEY: 3, Tier.RESERVE: 1, None: 1}


@dataclass(frozen=True)
class Maker:
    """Makes records. ``first_platform`` and ``first_operator`` are the keys of slot 0 and operator 0; from the scale at
    which ``lean`` is set, platforms carry fewer rows."""

    seed: int
    reference: Reference
    first_platform: int
    first_operator: int
    lean: bool = False

    def platform(self, slot: Slot) -> Platform:
        """The platform of a slot with lines, services, equipment, qualifications, figures and former names."""
        rng = random.Random(f"{self.seed}/platform/{slot.index}")  # noqa: S311 - made-up data
        trade, operator = trades()[slot.trade], self.operator(slot)
        topic = rng.randrange(len(trade.topics))
        platform = self._bare(slot, rng, trade, topic, operator)
        _fill(
            platform,
            lines=_lines(platform, rng, trade, self.lean),
            services=_services(platform, rng, trade, self.lean),
            equipment=_equipment(platform, rng, trade, self.lean),
            qualifications=_qualifications(platform, rng, self.lean),
            figures=_figures(platform, rng, slot, self.lean),
            former_names=_former_names(platform, rng, trade, topic),
        )
        _sum_up(platform, rng, slot, trade, topic)
        return platform

    def operator(self, slot: Slot) -> Operator:
        return _operator(
            self.seed,
            self.first_operator + slot.operator,
            slot.operator,
            self.reference.regions[slot.home].short_zh,
            slot.home,
            slot.business[-1],
        )

    def _place(self, slot: Slot):
        return self.reference.regions[slot.city or slot.region]

    def _bare(self, slot: Slot, rng: random.Random, trade: Trade, topic: int, operator: Operator) -> Platform:
        regions, place = self.reference.regions, self._place(slot)
        suffix = rng.choice(SUFFIXES) if not slot.nth else f"{slot.nth + 1}号中试平台"
        updated = LATEST - datetime.timedelta(days=rng.randrange(0, 420))
        active = slot.status == PlatformStatus.ACTIVE
        successor = (
            Platform(pk=self.first_platform + slot.successor, code=slot.successor_code)
            if slot.successor is not None
            else None
        )
        return Platform(
            pk=self.first_platform + slot.index,
            code=slot.code,
            name_zh=f"示例·{place.short_zh}{trade.topics[topic]}{suffix}",
            name_en=f"Sample pilot platform: {trade.english[topic]}, {place.name_en}"
            if rng.random() < 0.35
            else "",
            operator=operator,
            authority=self.reference.authorities[slot.authority],
            region=regions[slot.region],
            city=regions[slot.city] if slot.city else None,
            address=f"示例路 {rng.randrange(1, 300)} 号",
            area=self.reference.areas[slot.area],
            direction=self.reference.directions[slot.direction] if slot.direction else None,
            sub_direction=trade.topics[topic],
            construction_mode=rng.choice(MODES),
            build_status=BuildStatus.UNDER_CONSTRUCTION
            if slot.tier == Tier.RESERVE and rng.random() < 0.12
            else BuildStatus.OPERATING,
            separate_accounts=rng.random() < 0.8,
            clean_record=True,
            website=f"https://pilot-{slot.index + 1}.example.org/" if rng.random() < 0.4 else "",
            office_phone=f"{NO_AREA}-2{rng.randrange(1_000_000):06d}",
            office_email=f"office@pilot-{slot.index + 1}.example.org" if rng.random() < 0.6 else "",
            tier=slot.tier,
            status=slot.status,
            status_reason="" if active else ENDINGS[PlatformStatus(slot.status)],
            status_on=None if active else datetime.date(2026, 1 + slot.index % 9, 1 + slot.index % 27),
            merged_into=successor,
            confirmed_on=updated,
            demo=True,
            created_at=_morning(datetime.date(2024, 3, 1)),
            updated_at=_morning(updated),
        )


def _fill(platform: Platform, **rows: list[Any]) -> None:
    """Hang rows on an unsaved platform where ``prefetch_related`` would put them."""
    platform._prefetched_objects_cache = {"recognitions": [], "contacts": [], "split_into": [], **rows}  # type: ignore[attr-defined]


def _morning(day: datetime.date) -> datetime.datetime:
    return datetime.datetime(day.year, day.month, day.day, 2, tzinfo=datetime.UTC)


@lru_cache(maxsize=4096)
def _operator(seed: int, pk: int, number: int, place: str, region: str, area: str) -> Operator:
    """An operator with a valid credit code of a series that is not issued (EX…), so that it is nobody's."""
    rng = random.Random(f"{seed}/operator/{number}")  # noqa: S311 - made-up data
    kind = rng.choices(
        (LegalForm.ENTERPRISE, LegalForm.RESEARCH_INSTITUTE, LegalForm.UNIVERSITY), weights=(8, 2, 1)
    )[0]
    name = rng.choice(SURNAMES_OF_FIRMS)
    body = f"{'91' if kind == LegalForm.ENTERPRISE else '12'}{region}EX{number:07d}"
    ending = {
        LegalForm.ENTERPRISE: f"{name}{TRADES.get(area, '技术服务')}有限公司",
        LegalForm.RESEARCH_INSTITUTE: f"{name}产业技术研究院",
        LegalForm.UNIVERSITY: f"{name}理工学院",
    }[kind]
    return Operator(
        pk=pk,
        uscc=body + uscc_check_character(body),
        name_zh=f"示例·{place}{ending}",
        legal_form=kind,
        registered_on=datetime.date(rng.randrange(1995, 2021), rng.randrange(1, 13), rng.randrange(1, 28)),
        demo=True,
    )


def _lines(platform: Platform, rng: random.Random, trade: Trade, lean: bool) -> list[PilotLine]:
    chosen = rng.sample(trade.lines, min(len(trade.lines), rng.randint(1, 2 if lean else 5)))
    rows = []
    for position, (name, process, unit, low, high, environment) in enumerate(chosen):
        factor = rng.choice((Decimal("0.5"), Decimal(1), Decimal(1), Decimal(2)))
        unit = "m3/h" if unit == "m³/h" else unit
        # A name that states the volume keeps it.
        high_value = Decimal(high) if name[0].isdigit() else Decimal(high) * factor
        low_value = min(Decimal(low), high_value)
        rows.append(
            PilotLine(
                platform=platform,
                position=position,
                name_zh=name,
                process_zh=process,
                scale_min=low_value,
                scale_max=high_value,
                unit=unit,
                scale_class_min=ladder_class(low_value, unit) or "",
                scale_class_max=ladder_class(high_value, unit) or "",
                environment=environment,
            )
        )
    return rows


def _services(platform: Platform, rng: random.Random, trade: Trade, lean: bool) -> list[ServiceItem]:
    chosen = rng.sample(trade.services, min(len(trade.services), rng.randint(0, 3 if lean else 8)))
    return [
        ServiceItem(
            platform=platform,
            position=position,
            title_zh=title,
            service_type=kind,
            description_zh=f"示例：{title}，按需求确认方案后实施。",
            price_mode=rng.choices(PRICE_MODES, weights=(2, 7, 1))[0],
            price_note="",
            lead_time_days=rng.choice((10, 15, 20, 30, 45, 60)),
            open_to=rng.choices(OPEN_TO, weights=(8, 1, 2))[0],
            last_confirmed_on=LATEST - datetime.timedelta(days=rng.randrange(0, 400)),
        )
        for position, (title, kind) in enumerate(chosen)
    ]


def _equipment(platform: Platform, rng: random.Random, trade: Trade, lean: bool) -> list[Equipment]:
    chosen = rng.sample(trade.equipment, min(len(trade.equipment), rng.randint(0, 2 if lean else 12)))
    rows = []
    for position, (name, specification) in enumerate(chosen):
        available = rng.choice((1400, 1600, 2000, 2400))
        shared = rng.random() < 0.55
        rows.append(
            Equipment(
                platform=platform,
                position=position,
                name_zh=name,
                model=f"示例-{rng.randrange(100, 999)}",
                specification=specification,
                quantity=rng.choice((1, 1, 1, 2, 3)),
                original_value_wan=Decimal(rng.randrange(20, 900)),
                commissioned_year=rng.randrange(2015, 2026),
                open_sharing=shared,
                annual_hours_available=available if shared else None,
                annual_hours_used=available * rng.randrange(20, 95) // 100 if shared else None,
            )
        )
    return rows


def _qualifications(platform: Platform, rng: random.Random, lean: bool) -> list[Qualification]:
    kinds = sorted(rng.sample(KINDS, rng.randint(0, 1 if lean else 3)))
    return [
        Qualification(
            platform=platform,
            kind=kind,
            number=f"示例-{rng.randrange(10_000, 99_999)}",
            issuer="示例发证机构",
            valid_to=datetime.date(2027 + rng.randrange(4), 6, 30),
        )
        for kind in kinds
    ]


def _figures(platform: Platform, rng: random.Random, slot: Slot, lean: bool) -> list[YearlyFigures]:
    size = _SIZE[Tier(slot.tier) if slot.tier else None]
    rows = []
    projects = rng.randrange(8, 60) * size
    for year in YEARS[-1:] if lean else YEARS:
        projects += rng.randrange(0, 9)
        firms = projects * rng.randrange(60, 100) // 100
        sme = firms * rng.randrange(50, 95) // 100
        rows.append(
            YearlyFigures(
                platform=platform,
                year=year,
                projects_total=projects,
                projects_external=projects * rng.randrange(30, 90) // 100,
                firms_served=firms,
                firms_sme=sme,
                firms_other_province=firms * rng.randrange(5, 45) // 100,
                income_wan=Decimal(projects * rng.randrange(8, 30)),
                income_percent=Decimal(rng.randrange(10, 80)),
                results_industrialised=projects * rng.randrange(5, 25) // 100,
                process_packages=rng.randrange(0, 6) * size,
                standards=rng.randrange(0, 4) * size,
                satisfaction_percent=Decimal(rng.randrange(86, 100)),
            )
        )
    return rows


def _former_names(platform: Platform, rng: random.Random, trade: Trade, topic: int) -> list[FormerName]:
    if rng.random() >= 0.06:
        return []
    name = f"示例·{trade.topics[topic]}工程试验中心"
    return [FormerName(platform=platform, name_zh=name, until=datetime.date(2023, 12, 31))]


def _sum_up(platform: Platform, rng: random.Random, slot: Slot, trade: Trade, topic: int) -> None:
    """The figures and sentences that follow from the rows."""
    size = _SIZE[Tier(slot.tier) if slot.tier else None]
    equipment: list[Equipment] = list(platform.equipment.all())
    services: list[ServiceItem] = list(platform.services.all())
    lines: list[PilotLine] = list(platform.lines.all())
    staff = rng.randrange(12, 60) * (1 + size // 2)
    platform.equipment_count = sum(item.quantity for item in equipment) + rng.randrange(5, 40) * size
    platform.equipment_value_wan = Decimal(
        sum(int(item.original_value_wan or 0) * item.quantity for item in equipment)
        + rng.randrange(300, 2500) * size
    )
    platform.floor_area_m2 = rng.randrange(8, 80) * 100 * size
    platform.staff_total = staff
    platform.staff_technical = staff * rng.randrange(55, 90) // 100
    platform.staff_senior_percent = Decimal(rng.randrange(50, 96))
    platform.investment_total_wan = platform.equipment_value_wan * 2
    if platform.build_status == BuildStatus.OPERATING:
        platform.operating_since = datetime.date(rng.randrange(2014, 2024), rng.randrange(1, 13), 1)
    else:
        platform.expected_ready_on = datetime.date(2027, rng.randrange(1, 13), 1)
    platform.keywords = "、".join([trade.topics[topic], *(line.process_zh for line in lines[:2])])
    offered = "、".join(service.title_zh for service in services[:3]) or "工艺验证"
    platform.summary_zh = (
        f"示例数据，不对应真实平台。围绕{trade.topics[topic]}开展中试，建有{lines[0].name_zh}等中试线{len(lines)}条，"
        f"提供{offered}等服务。"
    )
    if platform.name_en:
        platform.summary_en = (
            f"Sample data, no real platform. Pilot-scale testing for {trade.english[topic].lower()}."
        )
