"""One's own receivers of public changes: what there is, a new one, and what one of them has been sent."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from platforms.access import Permission
from platforms.actions import webhook as webhooks
from platforms.choices import ChangeKind, WebhookStatus
from platforms.errors import Invalid
from platforms.forms.problems import show
from platforms.forms.webhook import WebhookForm
from platforms.models import Push, Webhook
from platforms.transitions import WEBHOOK
from platforms.views.access import SignedInRequest, needs
from platforms.views.pages import page_of

MOVES = {"pause": webhooks.pause, "resume": webhooks.resume, "end": webhooks.end}


@needs(Permission.WEBHOOKS_OWN)
@require_http_methods(["GET", "HEAD", "POST"])
def webhook_list(request: SignedInRequest) -> HttpResponse:
    """What one has, and a form for another; its secret is in the answer to the form and nowhere else."""
    form, made, secret, status = WebhookForm(request.POST or None), None, "", 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                made, secret = webhooks.create(by=request.user, **form.cleaned_data)
                status, form = 200, WebhookForm()
            except Invalid as error:
                show(form, error)
    rows = Webhook.objects.filter(owner=request.user).exclude(status=WebhookStatus.ENDED)
    context = {
        "rows": [_row(webhook) for webhook in rows],
        "columns": [{"label": label} for label in (_("名称"), _("接收地址"), _("状态"), _("最近送达"))],
        "made": made,
        "secret": secret,
        "new": form,
        "form": form if status == 400 else None,
        "sending": settings.WEBHOOKS,
    }
    return render(request, "workspace/webhook/list.html", context, status=status)


def _row(webhook: Webhook) -> list[Any]:
    return [
        {"text": webhook.name, "url": reverse("webhook", args=[webhook.pk])},
        webhook.target,
        {"state": webhook.status, "word": webhook.get_status_display()},
        {"date": webhook.delivered_at} if webhook.delivered_at else _("还没有"),
    ]


@needs(Permission.WEBHOOKS_OWN)
@require_safe
def webhook(request: SignedInRequest, pk: int) -> HttpResponse:
    return _page(request, _own(request, pk))


def _page(request: SignedInRequest, webhook: Webhook, secret: str = "") -> HttpResponse:
    """The receiver, its moves, and what it has been sent, the newest first."""
    page, pager = page_of(request, webhook.pushes.order_by("-pk"))
    kinds = [str(ChangeKind(kind).label) for kind in webhook.kinds]
    context = {
        "webhook": webhook,
        "kinds": kinds,
        "moves": WEBHOOK.available(webhook, request.user),
        "pushes": page,
        "ended": webhook.status == WebhookStatus.ENDED,
        "pager": pager,
        "secret": secret,
        "sending": settings.WEBHOOKS,
    }
    return render(request, "workspace/webhook/detail.html", context)


@require_POST
@needs(Permission.WEBHOOKS_OWN)
def webhook_move(request: SignedInRequest, pk: int, move: str) -> HttpResponse:
    """Pause, resume or end."""
    webhook = _own(request, pk)
    if move not in MOVES:
        return redirect("webhook", pk)
    extra = {"skip": True} if move == "resume" and request.POST.get("skip") else {}
    MOVES[move](webhook=webhook, by=request.user, **extra)
    messages.success(
        request, _("“%(name)s”：%(what)s。") % {"name": webhook, "what": WEBHOOK.find(move).label}
    )
    return redirect("webhook", pk)


@require_POST
@needs(Permission.WEBHOOKS_OWN)
def webhook_secret(request: SignedInRequest, pk: int) -> HttpResponse:
    renewed, secret = webhooks.renew_secret(webhook=_own(request, pk), by=request.user)
    return _page(request, renewed, secret)


@require_POST
@needs(Permission.WEBHOOKS_OWN)
def webhook_ping(request: SignedInRequest, pk: int) -> HttpResponse:
    webhooks.ping(webhook=_own(request, pk), by=request.user)
    messages.success(request, _("已排队一次试投。"))
    return redirect("webhook", pk)


@require_POST
@needs(Permission.WEBHOOKS_OWN)
def push_replay(request: SignedInRequest, pk: int) -> HttpResponse:
    rows = Push.objects.select_related("webhook").filter(webhook__owner=request.user)
    push = get_object_or_404(rows, pk=pk)
    webhooks.replay(push=push, by=request.user)
    messages.success(request, _("已排队重新投递，编号不变。"))
    return redirect("webhook", push.webhook_id)


def _own(request: HttpRequest, pk: int) -> Webhook:
    rows = Webhook.objects.filter(owner=request.user).select_related("authority", "area")  # type: ignore[misc]
    return get_object_or_404(rows, pk=pk)
