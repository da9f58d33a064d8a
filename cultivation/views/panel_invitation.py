"""Invitations to a panel: the roster to choose from, and the expert's answer."""

from __future__ import annotations

import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from cultivation import clock
from cultivation.actions import panel_invitation as verbs
from cultivation.choices import PanelStatus
from cultivation.forms.review import InviteForm
from cultivation.models import Panel, PanelInvitation
from cultivation.roster import candidates
from platforms.access import Permission
from platforms.errors import Invalid
from platforms.views.access import SignedInRequest, needs, visible

DAYS_TO_ANSWER = 5


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.REVIEW_ASSIGN)
def invite(request: HttpRequest, batch: str, pk: int) -> HttpResponse:
    """Everybody who could be asked, with load and fit; the ticked ones are invited."""
    found = get_object_or_404(Panel.objects.select_related("stage__batch"), stage__batch__code=batch, pk=pk)
    initial = {"answer_on": clock.today() + datetime.timedelta(days=DAYS_TO_ANSWER)}
    form = InviteForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            sent = verbs.send(
                panel=found,
                reviewers=list(form.cleaned_data["reviewers"]),
                answer_by=form.answer_by(),
                by=request.user,
            )
        except Invalid as error:
            for problem in error.problems:
                form.add_error("answer_on", str(problem.message))
        else:
            messages.success(
                request,
                ngettext("已邀请 %(n)d 位专家。", "已邀请 %(n)d 位专家。", len(sent)) % {"n": len(sent)},
            )
            return redirect("ministry-panel", batch=batch, pk=pk)
    context = {
        "batch": found.stage.batch,
        "panel": found,
        "candidates": [] if found.status == PanelStatus.CLOSED else candidates(found),
        "chosen": request.POST.getlist("reviewers"),
        "form": form,
    }
    return render(request, "workspace/review/invite.html", context, status=400 if form.errors else 200)


@require_POST
@needs(Permission.REVIEW_SCORE)
def answer(request: SignedInRequest, pk: int, name: str) -> HttpResponse:
    """The expert's own word: will take part, or will not and why."""
    invitation = visible(
        request, PanelInvitation.objects.select_related("panel"), Permission.REVIEW_SCORE, pk=pk
    )
    if name == "accept":
        verbs.accept(invitation=invitation, by=request.user)
        messages.success(request, _("您已接受邀请，分配后会通知您。"))
    else:
        verbs.decline(invitation=invitation, by=request.user, reason=request.POST.get("reason", ""))
        messages.success(request, _("您已谢绝邀请。"))
    return redirect("reviews")
