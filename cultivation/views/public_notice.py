"""Public pages of notices and official lists, and the objection form. What is shown comes from the public record alone."""

from __future__ import annotations

import datetime
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cultivation import arranged, calendar, clock
from cultivation.actions import objection as objections
from cultivation.exports import ENTRY_FIELDS, HEADINGS, WRITERS, list_file
from cultivation.forms.objection import ObjectionForm, StatusQueryForm
from cultivation.models import Objection
from platforms import receipts
from platforms.errors import Conflict, IllegalStep, Invalid
from platforms.forms.problems import show
from platforms.models import Area, Authority, PublicList, PublicNotice, Region
from platforms.views.access import public
from platforms.views.limits import limit

RECEIPT_SALT = "objection.receipt"
#: How long the page after the form still shows the query code.
RECEIPT_SECONDS = 1800
#: From one network address; an office behind one address may well object to several platforms.
OBJECTIONS_AN_HOUR, QUERIES_AN_HOUR, HOUR = 20, 60, 3600
OBJECTION_STATES = {
    "lodged": "not_started",
    "handling": "in_progress",
    "upheld": "done",
    "dismissed": "done",
    "withdrawn": "withdrawn",
}


def localised_url(path: str) -> str:
    """A stored address (Chinese, without language) in the reader's language."""
    return f"/en{path}" if (get_language() or "").startswith("en") else path


def is_open(notice: dict[str, Any]) -> bool:
    """Whether an objection that arrives now is in time; asked of a stored document or card."""
    now = clock.now()
    opens = datetime.datetime.fromisoformat(f"{notice['opens_on']}T00:00:00+08:00")
    return notice["status"] == "open" and opens <= now < datetime.datetime.fromisoformat(notice["ends_at"])


@public
def notice(request: HttpRequest, code: str) -> HttpResponse:
    document = notice_or_404(code)
    listed = document["list"]
    final = document["final_list"]
    return render(
        request,
        "public/notice/detail.html",
        {
            "notice": _shown(document) | {"text_zh": _text(document)},
            "rows": rows_of(document),
            "batch": document["batch"] | {"url": localised_url(document["batch"]["url"])},
            "objection_url": localised_url(document["objection_url"]),
            "status_url": localised_url(f"{document['objection_url']}status/"),
            "versions": [v | {"url": localised_url(v["url"])} for v in reversed(document["versions"])],
            "files": list_files(document | listed | {"code": listed["code"]}),
            "final_list": final | {"url": localised_url(final["url"])} if final else None,
        },
    )


@public
@require_http_methods(["GET", "HEAD", "POST"])
def objection(request: HttpRequest, code: str) -> HttpResponse:
    """The objection form. Whether it is in time is judged by when the request arrived."""
    document = notice_or_404(code)
    shown = _shown(document)
    posted = request.POST if request.method == "POST" else None
    given = request.FILES if posted is not None else None
    form = ObjectionForm(posted, given, entries=document["entries"], initial={"nonce": receipts.new_nonce()})
    status = 200
    closed_reason = ""
    if posted is not None:
        status = 400
        if form.is_valid():
            limit(request, "objection", most=OBJECTIONS_AN_HOUR, seconds=HOUR)
            try:
                receipt = _lodge(request, code, form)
            except Invalid as error:
                show(form, error)
            except (IllegalStep, Conflict) as error:
                status, closed_reason = error.status, str(error)
                shown["open"] = False
            else:
                token = signing.dumps(receipt.objection.nonce, salt=RECEIPT_SALT)
                return redirect(localised_url(f"/notices/{code}/objection/receipt/") + f"?t={token}")
        # A form of another page or an old one may carry a nonce we did not make; the next try gets a fresh one.
        if form.errors.get("nonce"):
            again = posted.copy()
            again["nonce"] = receipts.new_nonce()
            form.data = again
    response = render(
        request,
        "public/notice/objection.html",
        {
            "notice": shown | {"url": localised_url(document["url"])},
            "form": form,
            "closed_reason": closed_reason,
            "status_url": localised_url(f"/notices/{code}/objection/status/"),
        },
        status=status,
    )
    return _private(response)


@public
def receipt(request: HttpRequest, code: str) -> HttpResponse:
    """What the objector keeps. The address carries a token that opens this page for half an hour, then the query form."""
    document = notice_or_404(code)
    try:
        nonce = signing.loads(request.GET.get("t", ""), salt=RECEIPT_SALT, max_age=RECEIPT_SECONDS)
    except signing.BadSignature:
        return redirect(localised_url(f"/notices/{code}/objection/status/"))
    found = objections.receipt_of(code, nonce)
    if found is None:
        raise Http404
    response = render(
        request,
        "public/notice/objection_receipt.html",
        {
            "notice": _shown(document) | {"url": localised_url(document["url"])},
            "receipt": _receipt(found.objection) | {"query_code": found.query_code},
            "status_url": localised_url(f"/notices/{code}/objection/status/"),
        },
    )
    return _private(response)


@public
@require_http_methods(["GET", "HEAD", "POST"])
def objection_status(request: HttpRequest, code: str) -> HttpResponse:
    """Where an objection stands, for whoever has the receipt number and the query code."""
    document = notice_or_404(code)
    posted = request.POST if request.method == "POST" else None
    form = StatusQueryForm(posted)
    found = None
    if posted is not None:
        limit(request, "objection-query", most=QUERIES_AN_HOUR, seconds=HOUR)
    if posted is not None and form.is_valid():
        found = objections.find(form.cleaned_data["receipt"], form.cleaned_data["query_code"])
        if found is None or found.notice.code != code:
            found = None
            form.add_error(None, _("受理编号或查询码不对。请核对后再试。"))
    response = render(
        request,
        "public/notice/objection_status.html",
        {
            "notice": _shown(document) | {"url": localised_url(document["url"])},
            "form": form,
            "receipt": _receipt(found) | {"reply_zh": found.reply} if found else None,
        },
        status=400 if posted is not None and found is None else 200,
    )
    return _private(response)


@public
def official_list(request: HttpRequest, code: str, version: str) -> HttpResponse:
    document = list_or_404(code, version)
    cards = list(
        PublicList.objects.filter(list_code=code).order_by("-last_change").values_list("card", flat=True)
    )
    newest = cards[0]
    newer_url = "" if newest["version"] == version else localised_url(newest["url"])
    return render(
        request,
        "public/list/detail.html",
        {
            "list": document
            | {
                "text_zh": document["note_zh"],
                "generated_at": document["published_at"],
                "issuer_zh": _issuer(),
            },
            "rows": rows_of(document),
            "difference": _difference(document),
            "versions": _versions(cards, version),
            "newer_url": newer_url,
            "files": list_files(document),
            "proof": {
                "outcome": "superseded" if newer_url else "current",
                "version": version,
                "check_code": document["check_code"],
                "sha256": document["sha256"],
                "newer_url": newer_url,
                "text": _("校验值按名单条目计算：键名排序、无空格的 UTF-8 JSON。"),
            },
            "page_address": f"{settings.BASE_URL}{document['url']}",
        },
    )


@public
def list_download(request: HttpRequest, code: str, version: str, kind: str) -> HttpResponse:
    """A version of a list as CSV, XLSX, JSON or PDF, from the stored document."""
    file = list_file(list_or_404(code, version), kind)
    response = HttpResponse(file.content, content_type=file.content_type)
    response["Content-Disposition"] = f'attachment; filename="{file.name}"'
    response["ETag"] = f'"{file.sha256}"'
    return response


def _difference(document: dict[str, Any]) -> dict[str, Any] | None:
    """What this version says differently from the one before it; ``None`` where there is none or it is not public."""
    previous = document["previous"]
    if previous is None:
        return None
    before = {e["platform_code"]: e for e in list_or_404(previous["code"], previous["version"])["entries"]}
    after = {e["platform_code"]: e for e in document["entries"]}
    changed = [
        {
            "name_zh": entry["name_zh"],
            "fields": [
                {"label": HEADINGS[name], "before": before[code][name], "after": entry[name]}
                for name in ENTRY_FIELDS
                if name != "row" and entry[name] != before[code][name]
            ],
        }
        for code, entry in after.items()
        if code in before
    ]
    return {
        "version": previous["version"],
        "url": localised_url(previous["url"]),
        "added": [entry for code, entry in after.items() if code not in before],
        "removed": [entry for code, entry in before.items() if code not in after],
        "changed": [row for row in changed if row["fields"]],
    }


def notice_or_404(code: str) -> dict[str, Any]:
    document = PublicNotice.objects.filter(code=code).values_list("document", flat=True).first()
    if document is None:
        raise Http404
    return document


def list_or_404(code: str, version: str) -> dict[str, Any]:
    document = PublicList.objects.filter(code=f"{code}/{version}").values_list("document", flat=True).first()
    if document is None:
        raise Http404
    return document


def rows_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The entries as the list table shows them, with the English names of area, place and authority where they are known."""
    entries = document["entries"]
    english = _english(entries) if (get_language() or "").startswith("en") else {}
    return [
        {
            "number": entry["row"],
            "url": localised_url(f"/platforms/{entry['platform_code']}/"),
            "name_zh": entry["name_zh"],
            "name_en": entry["name_en"],
            "operator_zh": entry["operator_zh"],
            "code": entry["platform_code"],
            "uscc": entry["operator_uscc"],
            "direction_zh": entry["direction_zh"],
            "area_code": entry["area_code"],
            "region_code": entry["region_code"],
            "authority_code": entry["authority_code"],
            "area_zh": entry["area_zh"],
            "area_en": english.get(("area", entry["area_code"]), ""),
            "place_zh": entry["region_zh"],
            "place_en": english.get(("region", entry["region_code"]), ""),
            "authority_zh": entry["authority_zh"],
            "authority_en": english.get(("authority", entry["authority_code"]), ""),
        }
        for entry in entries
    ]


def _english(entries: list[dict[str, Any]]) -> dict[tuple[str, str], str]:
    """English names of the reference tables, which are public by nature."""
    return {
        (kind, code): name
        for kind, model in (("area", Area), ("region", Region), ("authority", Authority))
        for code, name in model.objects.filter(
            pk__in={entry[f"{kind}_code"] for entry in entries}
        ).values_list("pk", "name_en")
    }


def list_files(document: dict[str, Any]) -> list[dict[str, str]]:
    """The downloads of a list with size and hash, each made from the stored document of that version."""
    stored = list_or_404(document["code"], document["version"])
    path = localised_url(f"/lists/{stored['code']}/{stored['version']}")
    return [
        {
            "url": f"{path}.{kind}",
            "label": kind.upper(),
            "size": _size(len(file.content)),
            "sha256": file.sha256,
        }
        for kind in WRITERS
        for file in [list_file(stored, kind)]
    ]


def _size(number: int) -> str:
    return f"{number / 1024:.0f} KB" if number >= 1024 else f"{number} B"


def _shown(document: dict[str, Any]) -> dict[str, Any]:
    return {
        **{name: value for name, value in document.items() if name != "entries"},
        "open": is_open(document),
        "phone": document["contact"],
    }


def _text(document: dict[str, Any]) -> str:
    """The notice's own words, in Chinese as it is published."""
    text = f"现将名单予以公示，公示期 {document['working_days']} 个工作日，共 {document['count']} 个平台，排名不分先后。"
    if document["extension_reason"]:
        text += f"\n\n公示期已延长：{document['extension_reason']}"
    for version in document["versions"]:
        if version["note_zh"]:
            text += f"\n\n{version['version']} 版：{version['note_zh']}"
    return text


def _versions(cards: list[dict[str, Any]], version: str) -> list[dict[str, Any]]:
    if len(cards) < 2:
        return []
    return [
        {
            "label": _("%(version)s 公示稿") % card
            if card["preliminary"]
            else _("%(version)s 正式名单") % card,
            "url": localised_url(card["url"]),
            "current": card["version"] == version,
        }
        for card in cards
    ]


def _issuer() -> str:
    return settings.SITE["organiser"] if settings.OFFICIAL else ""


def _lodge(request: HttpRequest, code: str, form: ObjectionForm) -> objections.Receipt:
    fields = {name: form.cleaned_data[name] for name in form.fields}
    return objections.lodge(
        notice_code=code,
        arrived_at=clock.shifted(request.arrived_at),  # type: ignore[attr-defined]
        **fields,
    )


def _receipt(found: Objection) -> dict[str, Any]:
    return {
        "number": found.receipt,
        "received_at": found.lodged_at,
        "answer_by": found.answer_due_on,
        "provisional": arranged.provisional_year(calendar.beijing_date(found.lodged_at), found.answer_due_on),
        "platform_zh": found.application.platform.name_zh if found.application else "",
        "state": OBJECTION_STATES[found.status],
        "state_word": found.get_status_display(),
    }


def _private(response: HttpResponse) -> HttpResponse:
    patch_cache_control(response, private=True, no_store=True)
    return response
