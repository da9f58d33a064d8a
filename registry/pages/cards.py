"""The pictures that stand for a page where its address is shared (OpenGraph), drawn on the server."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from platforms.models import PublicPlatform
from platforms.printing import picture
from platforms.templatetags.registry_ui import plain_name
from platforms.templatetags.registry_words import tier_label
from platforms.views.caching import build, by_head

POINTS_PER_INCH = 72  # one pixel a point: 1200 × 630


@by_head
def platform_card(request: HttpRequest, code: str) -> HttpResponse:
    row = PublicPlatform.objects.filter(code=code).values_list("card", "etag").first()
    if row is None:
        raise Http404
    card, etag = row
    place = " ".join(filter(None, (plain_name(card.get(key)) for key in ("region", "city"))))
    lines = [
        " · ".join(
            filter(None, (tier_label(card["tier"]) if card["tier"] else "", plain_name(card.get("area"))))
        ),
        " · ".join(filter(None, (plain_name(card.get("operator")), place))),
    ]
    return _png({"title": plain_name(card), "lines": [line for line in lines if line], "foot": code}, etag)


@by_head
def site_card(request: HttpRequest) -> HttpResponse:
    return _png(
        {"title": _("您要做什么中试？"), "lines": [_("按材料、工艺、规模或设备查找中试平台")], "foot": ""}, ""
    )


def _png(data: dict[str, Any], etag: str) -> HttpResponse:
    key = f"card:{data['foot']}:{etag}:{get_language()}:{build()}"
    try:
        known = cache.get(key)
    except Exception:
        known = None
    if known is None:
        known = picture("card", data, form="png", ppi=POINTS_PER_INCH)
        try:
            cache.set(key, known, 24 * 3600)
        except Exception:
            return HttpResponse(known, content_type="image/png")
    return HttpResponse(known, content_type="image/png")
