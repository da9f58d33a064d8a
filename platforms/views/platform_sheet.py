"""平台信息卡: one page of paper that says what the page of a platform says, to be handed round in a firm.

What does not fit is counted and left to the page, whose address stands beside its code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import qrcode
from django.conf import settings
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from qrcode.image.svg import SvgPathImage

from platforms.choices import PlatformStatus
from platforms.models import PublicPlatform
from platforms.printing import pdf
from platforms.templatetags.registry_dates import iso_day
from platforms.templatetags.registry_ui import in_english, local, number, plain_name
from platforms.templatetags.registry_words import label, tier_label
from platforms.views.caching import build, by_head

#: Rows of each table that fit on the page beside one another, and the length of a cell in Chinese characters.
SHOWN, LONGEST = 5, 36
NOTHING = "—"

Row = dict[str, Any]


@by_head
def sheet(request: HttpRequest, code: str) -> HttpResponse:
    """PDF/A; drawn once per version of the record and language. A record that has ended has its page only."""
    row = (
        PublicPlatform.objects.filter(code=code, status=PlatformStatus.ACTIVE)
        .values("document", "version", "published_at", "etag")
        .first()
    )
    if row is None:
        raise Http404
    key = f"sheet:{code}:{row['etag']}:{get_language()}:{build()}"
    try:
        known = cache.get(key)
    except Exception:
        known = None
    if known is None:
        known = pdf("platform", said_of(row), at=row["published_at"])
        try:
            cache.set(key, known, 24 * 3600)
        except Exception:
            return _answered(known, code)
    return _answered(known, code)


def _answered(content: bytes, code: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{code}.pdf"'
    return response


def said_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """The data of ``templates/print/platform.typ``."""
    document = row["document"]
    address = f"{settings.BASE_URL}{local(document['url'])}"
    name = plain_name(document)
    day = timezone.localdate(row["published_at"]).isoformat()
    return {
        "lang": "en" if in_english() else "zh",
        "title": name,
        "subtitle": document["name_zh"] if name != document["name_zh"] else document.get("name_en") or "",
        "number": " · ".join(filter(None, (document["code"], _tier(document), _sample(document)))),
        "summary": _short(plain_name(document, "summary"), 4 * LONGEST),
        "facts": facts_of(document),
        "tables": [table for table in (_lines(document), _services(document), _equipment(document)) if table],
        "contact_title": _("联系平台"),
        "contact": _contact(document, address),
        "code": _square(address),
        "code_text": address,
        "foot": _("平台信息卡 · 第 %(version)s 版，%(day)s") % {"version": row["version"], "day": day},
        "source": _sources(document, row["etag"]),
    }


def _tier(document: Row) -> str:
    if not document.get("tier"):
        return ""
    decided = next(
        (
            held.get("decision_no")
            for held in document.get("designations") or []
            if held.get("tier") == document["tier"] and held.get("status") == "in_force"
        ),
        "",
    )
    return " ".join(filter(None, (tier_label(document["tier"]), decided)))


def _sample(document: Row) -> str:
    return _("示例") if document.get("demo") else ""


def facts_of(document: Row) -> list[list[str]]:
    """Plain facts; what the record does not state is left out."""
    operator = document.get("operator") or {}
    place = " ".join(filter(None, (plain_name(document.get(key)) for key in ("region", "city"))))
    area = " · ".join(filter(None, (plain_name(document.get(key)) for key in ("area", "direction"))))
    given = [
        (_("建设单位"), f"{plain_name(operator)} {operator.get('uscc') or ''}".strip()),
        (_("所在地"), place),
        (_("地址"), document.get("address")),
        (_("领域"), area),
        (_("推荐单位"), "" if document.get("source") else plain_name(document.get("authority"))),
        (_("资质"), "；".join(_qualification(item) for item in document.get("qualifications") or [])),
    ]
    return [[str(name), _short(str(value), 2 * LONGEST)] for name, value in given if value]


def _qualification(item: Row) -> str:
    return " ".join(
        filter(None, (label(item.get("kind"), "QualificationKind"), item.get("issuer"), item.get("number")))
    )


def _lines(document: Row) -> dict[str, Any] | None:
    def cells(line: Row) -> list[Any]:
        most, least = line.get("scale_max"), line.get("scale_min")
        scale = f"{number(least)}–{number(most)}" if least is not None else number(most)
        return [
            plain_name(line),
            plain_name(line, "process"),
            f"{scale} {line.get('unit') or ''}" if most is not None else "",
            line.get("environment"),
        ]

    head = [_("名称"), _("工艺"), _("规模"), _("环境条件")]
    return _table(_("能做什么"), head, document.get("lines"), cells, (2, 2, 2, 2))


def _services(document: Row) -> dict[str, Any] | None:
    def cells(service: Row) -> list[Any]:
        return [
            plain_name(service, "title"),
            label(service.get("service_type"), "ServiceType"),
            service.get("price_note") or label(service.get("price_mode"), "PriceMode"),
            _days(service.get("lead_time_days")),
            iso_day(service["available_from"]) if service.get("available_from") else "",
        ]

    head = [_("服务"), _("类型"), _("收费"), _("周期"), _("最早可约")]
    return _table(_("服务项目"), head, document.get("services"), cells, (3, 2, 2, 1.6, 1.6))


def _days(number: int | None) -> str:
    if not number:
        return ""
    return _("1 个工作日") if number == 1 else _("%(n)s 个工作日") % {"n": number}


def _equipment(document: Row) -> dict[str, Any] | None:
    def cells(item: Row) -> list[Any]:
        made = " ".join(filter(None, (item.get("maker"), item.get("model"))))
        return [plain_name(item), made, item.get("specification"), number(item.get("quantity"))]

    head = [_("设备"), _("型号"), _("规格"), _("台数")]
    return _table(_("主要设备"), head, document.get("equipment"), cells, (3, 2, 3, 1))


def _table(
    title: str, head: list[str], items: list[Row] | None, cells: Callable[[Row], list[Any]], widths: tuple
) -> dict[str, Any] | None:
    if not items:
        return None
    left = len(items) - SHOWN
    return {
        "title": title,
        "head": head,
        "rows": [[_short(str(cell or NOTHING)) for cell in cells(item)] for item in items[:SHOWN]],
        "widths": widths,
        "more": _("另有 %(n)s 项，见网页。") % {"n": left} if left > 0 else "",
    }


def _contact(document: Row, address: str) -> list[list[str]]:
    contact = document.get("contact") or {}
    person = contact.get("person") or {}
    given = [
        (_("电话"), contact.get("office_phone") or document.get("phone")),
        (_("联系人"), " ".join(filter(None, (person.get(key) for key in ("name", "duty", "phone"))))),
        (_("邮箱"), contact.get("office_email")),
        (_("网站"), contact.get("website")),
        (_("名录网页"), address),
    ]
    return [[str(name), value] for name, value in given if value]


def _sources(document: Row, etag: str) -> list[str]:
    said = []
    if document.get("updated_on"):
        said.append(_("信息更新于 %(day)s。") % {"day": document["updated_on"]})
    if document.get("source"):
        said.append(_("这条记录引自公开报道，未经推荐单位核对。"))
    said.append(_("收费由平台自行公布，以合同为准。"))
    said.append(_("核验码 %(code)s，可在名录网站的“核验”页查对。") % {"code": etag[:8].upper()})
    return ["".join(said) if not in_english() else " ".join(said)]


def _short(text: str, longest: int = LONGEST) -> str:
    """Latin letters are half as wide."""
    most = longest if not text.isascii() else 2 * longest
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _square(address: str) -> str:
    """The address as a code for telephones."""
    made: bytes = qrcode.make(address, image_factory=SvgPathImage, border=1).to_string()
    return made.decode()
