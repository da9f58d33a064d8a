"""The ministry splits one platform into several."""

from __future__ import annotations

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cultivation.actions import platform_split
from cultivation.forms.platform_split import SplitForm
from cultivation.views.asking import Asked
from platforms.access import Permission
from platforms.choices import PlatformStatus
from platforms.models import Platform
from platforms.views.access import needs, visible

P = Permission


@require_http_methods(["GET", "HEAD", "POST"])
@needs(P.PLATFORM_END)
def split(request: HttpRequest, code: str) -> HttpResponse:
    rows = Platform.objects.select_related("operator", "authority")
    found = visible(request, rows, P.PLATFORM_END, code=code)
    asked = Asked(request, split=partial(SplitForm, platform=found))
    if asked.do == "split":
        answer = asked.carry_out(
            platform_split.split,
            platform=found,
            by=request.user,
            done=_("平台已拆分，新编号见下。"),
            address=reverse("ministry-platform", args=(code,)),
        )
        if answer:
            return answer
    context = {
        "platform": found,
        "split": asked.forms["split"] if found.status == PlatformStatus.ACTIVE or asked.do else None,
        "form": asked.failed,
    }
    return render(request, "workspace/platform/split.html", context, status=asked.status)
