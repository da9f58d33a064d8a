"""Writing to platforms without an account: the enquiry, the report of an error, the receipt and where it stands."""

from __future__ import annotations

from typing import Any

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from platforms.actions import letter as letters
from platforms.choices import DeliveryStatus, LetterKind, PlatformStatus
from platforms.codes import parse_code
from platforms.errors import Invalid
from platforms.forms.guarded import GuardedForm
from platforms.forms.letter import EnquiryForm, ErrorReportForm, LetterQueryForm
from platforms.forms.problems import show
from platforms.models import Delivery, Letter, PublicPlatform
from platforms.templatetags.registry_ui import local
from platforms.views.access import public
from platforms.views.limits import limit

RECEIPT_SALT = "letter.receipt"
#: How long the page after the form still shows the query code.
RECEIPT_SECONDS = 1800
LETTERS_AN_HOUR = 10
QUERIES_AN_HOUR = 60
HOUR = 3600
STATES = {
    DeliveryStatus.WAITING: "in_progress",
    DeliveryStatus.ANSWERED: "done",
    DeliveryStatus.DECLINED: "closed",
}


@public
@require_http_methods(["GET", "HEAD", "POST"])
def enquiry(request: HttpRequest) -> HttpResponse:
    """One need, written once, to one to four platforms."""
    given = request.POST if request.method == "POST" else request.GET
    chosen = _platforms(given.getlist("code"))
    need = request.GET.get("need", "")[:500]
    form = EnquiryForm(request.POST if request.method == "POST" else None, initial={"need": need})
    answer = _sent(request, form, LetterKind.ENQUIRY, [card["code"] for card in chosen])
    context = {"form": form, "platforms": chosen, "most": letters.MOST_PLATFORMS}
    return answer or _page(request, "public/letter/enquiry.html", context, form)


@public
@require_http_methods(["GET", "HEAD", "POST"])
def report_error(request: HttpRequest, code: str) -> HttpResponse:
    """Tell the authority that a public record says something wrong."""
    chosen = _platforms([code])
    if not chosen:
        raise Http404
    form = ErrorReportForm(request.POST if request.method == "POST" else None)
    answer = _sent(request, form, LetterKind.ERROR, [code])
    return answer or _page(request, "public/letter/error.html", {"form": form, "platform": chosen[0]}, form)


@public
@require_safe
def letter_receipt(request: HttpRequest) -> HttpResponse:
    """What the writer keeps. The address carries a token that opens this page for half an hour, then the query form."""
    try:
        nonce = signing.loads(request.GET.get("t", ""), salt=RECEIPT_SALT, max_age=RECEIPT_SECONDS)
    except signing.BadSignature:
        return redirect(local("/letters/status/"))
    found = letters.receipt_of(nonce)
    if found is None:
        raise Http404
    context = {"letter": _shown(found.letter), "query_code": found.query_code}
    return _private(render(request, "public/letter/receipt.html", context))


@public
@require_http_methods(["GET", "HEAD", "POST"])
def letter_status(request: HttpRequest) -> HttpResponse:
    """Where a letter stands and what was answered, for whoever has the receipt number and the query code."""
    posted = request.POST if request.method == "POST" else None
    form = LetterQueryForm(posted)
    found = None
    if posted is not None:
        limit(request, "letter-query", most=QUERIES_AN_HOUR, seconds=HOUR)
    if posted is not None and form.is_valid():
        found = letters.find(form.cleaned_data["receipt"], form.cleaned_data["query_code"])
        if found is None:
            form.add_error(None, _("受理编号或查询码不对。请核对后再试。"))
    context = {"form": form, "letter": _shown(found) if found else None}
    return _private(
        render(
            request, "public/letter/status.html", context,
            status=400 if posted is not None and found is None else 200,
        )
    )  # fmt: skip


def _sent(request: HttpRequest, form: GuardedForm, kind: str, codes: list[str]) -> HttpResponse | None:
    """The way to the receipt once the letter is in; ``None`` while the form has to be shown (again)."""
    if request.method != "POST" or not form.is_valid():
        return None
    limit(request, "letter", most=LETTERS_AN_HOUR, seconds=HOUR)
    try:
        receipt = letters.send(kind=kind, codes=codes, **form.typed())
    except Invalid as error:
        show(form, error)
        return None
    token = signing.dumps(receipt.letter.nonce, salt=RECEIPT_SALT)
    return redirect(f"{local('/letters/receipt/')}?t={token}")


def _page(request: HttpRequest, template: str, context: dict[str, Any], form: GuardedForm) -> HttpResponse:
    return _private(render(request, template, context, status=400 if form.is_bound else 200))


def _platforms(codes: list[str]) -> list[dict[str, Any]]:
    """The cards of the active platforms that were named, however their codes were typed.

    ``quoted``: told from a public source, so its own people are not here and its authority reads the letter.
    """
    wanted = {parse_code(code) or code for code in codes[: letters.MOST_PLATFORMS * 2]}
    found = PublicPlatform.objects.filter(code__in=wanted, status=PlatformStatus.ACTIVE).order_by("code")
    rows = found.values_list("card", "document__source")
    return [{**card, "quoted": bool(source)} for card, source in rows]


def _shown(letter: Letter) -> dict[str, Any]:
    """No word of the letter and no name: the page may be open on somebody else's screen."""
    return {
        "number": letter.receipt,
        "kind": letter.kind,
        "kind_word": letter.get_kind_display(),
        "sent_at": letter.sent_at,
        "deliveries": [
            {
                "platform": delivery.platform.name_zh,
                "state": STATES[DeliveryStatus(delivery.status)],
                "word": delivery.get_status_display(),
                "answered_at": delivery.answered_at,
                "reply": delivery.reply,
            }
            for delivery in _deliveries(letter)
        ],
    }


def _deliveries(letter: Letter) -> list[Delivery]:
    return list(letter.deliveries.select_related("platform").order_by("platform__code"))


def _private(response: HttpResponse) -> HttpResponse:
    patch_cache_control(response, private=True, no_store=True)
    return response
