"""审计 (M9): the public changes one by one, and at their head how far they are sealed and whether the seal holds."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cultivation.releases import seal
from platforms.access import Permission, reach
from platforms.errors import Invalid, Problem
from platforms.models import Change
from platforms.templatetags.registry_words import label
from platforms.views.access import needs
from platforms.views.platform import FIELD_WORDS
from registry import verification
from registry.pages.home import address_of

P = Permission
SHOWN = 50
#: Every change is read and hashed again only up to here; beyond, ``verify_registry`` does it by night and at a prompt.
CHECKED_HERE = 50_000
WRONG_SHOWN = 20
NUMBER = re.compile(r"[0-9]{1,15}", re.ASCII)


@require_safe
@needs(P.AUDIT_VIEW, P.SCORES_VIEW)
def audit(request: HttpRequest) -> HttpResponse:
    sealed = seal.state()
    code, before = _asked(request, "code"), _asked(request, "before")
    rows = Change.objects.order_by("-number")
    if code:
        rows = rows.filter(code=code)
    if before:
        if not NUMBER.fullmatch(before):
            raise Invalid([Problem("before", "not_a_number", _("应为不小于 0 的整数。"))])
        rows = rows.filter(number__lt=int(before))
    shown = list(rows[: SHOWN + 1])
    size = sealed.checkpoint.size if sealed.checkpoint else 0
    context = {
        "seal": sealed,
        "checked": _checked(sealed) if "check" in request.GET else None,
        "may_check": sealed.head <= CHECKED_HERE,
        "code": code,
        "rows": [_line(change, size) for change in shown[:SHOWN]],
        "older": shown[SHOWN - 1].number if len(shown) > SHOWN else None,
        "may_admin": reach(request.user).may(P.AUDIT_VIEW),
    }
    return render(request, "workspace/report/audit.html", context)


def _asked(request: HttpRequest, name: str) -> str:
    return request.GET.get(name, "").replace("\x00", "").strip()[:60]


def _checked(sealed: seal.Seal) -> dict[str, Any] | None:
    """Every sealed change read and hashed again: where it no longer tells what was sealed."""
    if sealed.head > CHECKED_HERE:
        return None
    wrong = [difference.code for difference in verification.log_differences()]
    return {"wrong": wrong[:WRONG_SHOWN], "more": max(0, len(wrong) - WRONG_SHOWN)}


def _line(change: Change, sealed: int) -> dict[str, Any]:
    known = change.version > 1
    return {
        "change": change,
        "kind": label(change.kind, "ChangeKind"),
        "url": address_of(change.noun, change.code),
        "fields": [str(FIELD_WORDS[name]) for name in change.fields if name in FIELD_WORDS] if known else [],
        "sealed": change.number <= sealed,
    }
