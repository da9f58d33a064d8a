"""What is publicly known: platforms named in published lists, policies, standards and quoted figures.

Every row comes from a CSV file in ``platforms/data`` with its source; nothing is added that the source does not say. A
record that exists is left alone, because the ministry may have corrected it since.
"""

from __future__ import annotations

import datetime
from typing import Any

from django.db import models
from django.db.models import Max

from cultivation.actions.designation import designate
from cultivation.models import Policy, PublishedStatistic, Standard
from cultivation.releases import notes
from platforms.actions.verb import verb
from platforms.choices import PlatformStatus, RecognitionLevel, RegionKind
from platforms.codes import format_code
from platforms.models import Area, Authority, Direction, ExternalRecognition, Operator, Platform, Region, User
from platforms.pinyin import syllables
from platforms.publish import publish
from platforms.reference import rows

SOURCES = {
    "official": "官方网站",
    "press": "新闻报道",
    "reprint": "转载",
    "institution_or_aggregator": "机构或汇编网站",
}
STATES = {
    "recognised": "已认定",
    "proposed": "拟认定（公示）",
    "reserve_or_cultivation": "培育库",
    "unstated": "来源未说明",
}
#: The three headline figures, found by pages under these keys.
HEADLINES = {
    "储备中试平台（已建设）": "tier_reserve",
    "首批重点培育中试平台": "tier_key",
    "首批国家级制造业中试平台": "tier_national",
}


@verb("public_facts.load")
def load(*, platforms: bool = True, by: User | None = None) -> dict[str, int]:
    """Load everything that is missing; returns rows added per kind. The registry itself does this, nobody on a page.

    A mirror has no platforms but those of its source.
    """
    places = Places()
    known = rows("known_platforms") if platforms and not notes.of_a_mirror() else []
    return {
        "platforms": sum(_platform(row, places) for row in known),
        "policies": _policies(places),
        "standards": _standards(),
        "statistics": _statistics(),
    }


class Places:
    """Reference rows by the names that sources use."""

    def __init__(self) -> None:
        regions = list(Region.objects.select_related("parent"))
        self.provinces = {row.name_zh: row for row in regions if row.kind != RegionKind.CITY}
        self.cities = {(row.parent_id, row.name_zh): row for row in regions if row.kind == RegionKind.CITY}
        authorities = list(Authority.objects.all())
        self._of_city = {row.city_id: row for row in authorities if row.city_id}
        self._of_province = {row.region_id: row for row in authorities if row.kind == "province"}
        self.areas = {row.name_zh: row for row in Area.objects.filter(edition__current=True)}
        self.directions = {
            (row.area_id, row.name_zh): row
            for row in Direction.objects.filter(area__edition__current=True).select_related("area")
        }

    def find(self, text: str) -> Region | None:
        """The region a source names: "山东省", "四川省成都市"; ``None`` for the whole country or an unknown name."""
        for name, province in self.provinces.items():
            if text == name:
                return province
            if text.startswith(name):
                return self.cities.get((province.pk, text.removeprefix(name)), province)
        return None

    def authority(self, province: Region, city: Region | None) -> Authority:
        """Cities with independent planning recommend their own platforms."""
        of_city = self._of_city.get(city.pk) if city else None
        return of_city or self._of_province[province.pk]


# --- platforms ------------------------------------------------------------------------------------


def _platform(row: dict[str, str], places: Places) -> bool:
    province = places.provinces[row["province"]]
    if Platform.objects.filter(name_zh=row["name_zh"], region=province, demo=False).exists():
        return False
    city = places.cities[province.pk, row["city"]] if row["city"] else None
    operator, _, others = row["operator_zh"].partition("；")
    area = places.areas.get(row["area_hint"])
    platform = Platform.objects.create(
        code=_free_code(province),
        name_zh=row["name_zh"],
        operator=_operator(operator),
        co_builders=others,
        authority=places.authority(province, city),
        region=province,
        city=city,
        area=area,
        direction=places.directions.get((area.pk, row["field"])) if area else None,
        sub_direction=row["field"],
        build_status="",
        status=PlatformStatus.ACTIVE,
        source_zh=_source(row),
        source_url=row["source_url"],
        confidence=row["confidence"],
    )
    if row["tier"]:
        on, basis = _listed(row)
        designate(platform=platform, tier=row["tier"], on=on, basis=basis)
    else:
        _recognise(platform, row)
    publish(platform)
    return True


def _free_code(province: Region) -> str:
    """The next code after those of the other known platforms of the province; demonstration rows are stepped over."""
    known = Platform.objects.filter(region=province, demo=False).aggregate(last=Max("code"))["last"]
    serial = int(known.split("-")[2]) + 1 if known else 1
    while Platform.objects.filter(code=format_code(province.pk, serial)).exists():
        serial += 1
    return format_code(province.pk, serial)


def _operator(name: str) -> Operator | None:
    """Sources give no credit code, so operators are told apart by name."""
    if not name:
        return None
    return Operator.objects.get_or_create(name_zh=name, uscc=None, demo=False)[0]


def _source(row: dict[str, str]) -> str:
    dated = row["reported_on"] or row["announced_on"]
    return f"{row['list_title']}（{'，'.join(filter(None, [SOURCES[row['source_kind']], dated]))}）"


def _listed(row: dict[str, str]) -> tuple[datetime.date, str]:
    """From when the designation is recorded, and in words how exactly that is known. No day is invented."""
    announced, reported = row["announced_on"], row["reported_on"]
    if len(announced) == len("2025-12-11"):
        return datetime.date.fromisoformat(announced), f"{row['list_title']}（{announced}）"
    told = f"来源载公布时间为{announced}" if announced else "来源未载公布日期"
    return (
        datetime.date.fromisoformat(reported),
        f"{row['list_title']}（{told}；起始日期按报道日期{reported}登记，实际不晚于该日）",
    )


def _recognise(platform: Platform, row: dict[str, str]) -> None:
    """Lists of provinces, cities and parks stand beside the three tiers and never count in them."""
    ExternalRecognition.objects.create(
        platform=platform,
        scheme=row["list_title"],
        level=RecognitionLevel(row["level"]),
        state=STATES[row["status"]],
        recognised_on=row["announced_on"],
        reported_on=row["reported_on"],
        source_kind=SOURCES[row["source_kind"]],
        source_url=row["source_url"],
        confidence=row["confidence"],
    )


# --- reading matter -------------------------------------------------------------------------------


def _policies(places: Places) -> int:
    english = {row["title_zh"]: row["title_en"] for row in rows("policies_en")}
    taken: set[str] = set()
    return sum(
        _once(
            Policy,
            {"slug": _slug(row["title_zh"], row["issued_on"], taken)},
            title_zh=row["title_zh"],
            title_en=english.get(row["title_zh"], ""),
            issuing_body=row["issuing_body"],
            region_zh=row["region"],
            region=places.find(row["region"]),
            scope_level=row["scope"],
            doc_type=row["doc_type"],
            document_no=row["doc_number"],
            issued_on=row["issued_on"],
            note_zh=row["note"],
            source_kind=row["source_kind"],
            source_url=row["source_url"],
            official_url=row["official_url"],
        )
        for row in rows("policies")
    )


def _standards() -> int:
    taken: set[str] = set()
    return sum(
        _once(
            Standard,
            {"slug": _slug(row["title_zh"], row["date"], taken)},
            code=row["code"],
            title_zh=row["title_zh"],
            kind=row["kind"],
            state_zh=row["status"],
            dated=row["date"],
            source_kind=row["source_kind"],
            source_url=row["source_url"],
        )
        for row in rows("standards")
    )


def _statistics() -> int:
    notes = {"首批生物制造中试能力建设平台": _biomanufacturing()}
    added = sum(
        _once(
            PublishedStatistic,
            {"metric_zh": row["metric_zh"], "scope_zh": row["scope"], "as_of": row["as_of"]},
            key=HEADLINES.get(row["metric_zh"], ""),
            value=row["value"],
            note_zh="；".join(filter(None, [row["note"], notes.get(row["metric_zh"], "")])),
            source_kind=row["source_kind"],
            source_url=row["source_url"],
        )
        for row in rows("published_statistics")
    )
    return added + _programmes()


def _biomanufacturing() -> str:
    """The source names units, not platforms, so they cannot be tied to platform records."""
    units = "、".join(
        f"{row['operator_zh']}（{row['province']}，{row['field']}）"
        for row in rows("related_biomanufacturing")
    )
    return f"报道所列单位：{units}"


def _programmes() -> int:
    """National programmes beside the three tiers, one quotation per programme; their bases are not platforms of this registry."""
    programmes: dict[str, list[dict[str, str]]] = {}
    for row in rows("related_national_programmes"):
        programmes.setdefault(row["programme"], []).append(row)
    return sum(
        _once(
            PublishedStatistic,
            {"metric_zh": programme, "scope_zh": "全国"},
            value="见说明",
            as_of=max(row["date"] for row in bases),
            note_zh="另一国家计划，不计入三个梯次。见于报道："
            + "；".join(
                f"{row['name_zh']}（{'，'.join(filter(None, [row['operator_zh'], row['date'], row['date_note']]))}）"
                for row in bases
            ),
            source_kind=bases[0]["source_kind"],
            source_url=bases[0]["source_url"],
        )
        for programme, bases in programmes.items()
    )


def _once(model: type[models.Model], identity: dict[str, Any], **values: Any) -> bool:
    return model._default_manager.get_or_create(**identity, defaults=values)[1]


def _slug(title: str, dated: str, taken: set[str]) -> str:
    """Year and pinyin initials: readable in an address, the same on every installation."""
    initials = "".join(_initial(character) for character in title if character.isalnum())[:48]
    slug = base = f"{dated[:4]}-{initials}" if dated else initials
    number = 2
    while slug in taken:
        slug, number = f"{base}-{number}", number + 1
    taken.add(slug)
    return slug


def _initial(character: str) -> str:
    return character.lower() if character.isascii() else syllables(character)[0][0]
