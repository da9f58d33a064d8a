"""年度信息: which platforms have reported, the form with last year beside, and the approver's page."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cultivation.actions import annual_report as verbs
from cultivation.forms.annual_report import ReportForm
from cultivation.forms.reason import ReasonForm
from cultivation.models import AnnualReport
from cultivation.views.desk_aftercare import end_of
from platforms.access import Permission, reach
from platforms.errors import Conflict, IllegalStep, Invalid
from platforms.forms.problems import show
from platforms.models import Platform, YearlyFigures
from platforms.record.store import values_of
from platforms.views.access import SignedInRequest, needs, office, visible
from platforms.views.pages import page_of

P = Permission
#: The years that can be filled in: the last one that ended and the two before.
OPEN_YEARS = 3


def _year(year: int | None) -> int:
    latest = verbs.current_year()
    if year is None:
        return latest
    if not latest - OPEN_YEARS < year <= latest:
        raise Http404
    return year


@require_safe
@needs(P.SUBMISSION_VIEW)
def reports(request: SignedInRequest, code: str, year: int | None = None) -> HttpResponse:
    """Every active platform of the authority and how its report of the year stands; what is wanting first."""
    authority, year = office(request, code, P.SUBMISSION_VIEW), _year(year)
    state = request.GET.get("state", "")
    rows = Platform.objects.active().filter(authority=authority).select_related("operator")
    done = AnnualReport.objects.filter(year=year, platform__authority=authority)
    submitted, written = done.filter(submitted_at__isnull=False), done.filter(submitted_at=None)
    narrowed = {
        "wanting": rows.exclude(pk__in=done.values("platform")),
        "written": rows.filter(pk__in=written.values("platform")),
        "submitted": rows.filter(pk__in=submitted.values("platform")),
    }
    found, pager = page_of(request, narrowed.get(state, rows))
    known = {row.platform_id: row for row in done.filter(platform__in=found)}
    context = {
        "authority": authority,
        "year": year,
        "due_on": end_of(verbs.due_on(year)),
        "lines": [{"platform": row, **_state(known.get(row.pk))} for row in found],
        "pager": pager,
        "tabs": [
            {"url": "?", "label": _("全部"), "count": rows.count(), "current": state not in narrowed},
            *(
                {
                    "url": f"?state={name}",
                    "label": label,
                    "count": narrowed[name].count(),
                    "current": state == name,
                }
                for name, label in (
                    ("wanting", _("未填报")),
                    ("written", _("待审核")),
                    ("submitted", _("已上报")),
                )
            ),
        ],
    }
    return render(request, "workspace/report/list.html", context)


def _state(report: AnnualReport | None) -> dict[str, Any]:
    if report is None:
        return {"drawing": "not_started", "word": _("未填报"), "note": ""}
    if report.submitted_at:
        return {"drawing": "done", "word": _("已上报"), "note": ""}
    if report.return_reason:
        return {"drawing": "returned", "word": _("退回补正"), "note": report.return_reason}
    return {"drawing": "pending", "word": _("待本单位审核"), "note": ""}


def _found(request: SignedInRequest, code: str, platform: str, permission: str) -> Platform:
    rows = Platform.objects.filter(authority=code).select_related("authority", "operator")
    return visible(request, rows, permission, code=platform)


@needs(P.SUBMISSION_VIEW, to_write=(P.SUBMISSION_PREPARE,))
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: SignedInRequest, code: str, year: int, platform: str) -> HttpResponse:
    """The year's figures: to write for the clerk, to check for the approver."""
    found, year = _found(request, code, platform, P.SUBMISSION_VIEW), _year(year)
    stored = AnnualReport.objects.filter(platform=found, year=year).select_related("prepared_by").first()
    last_year = YearlyFigures.objects.filter(platform=found, year=year - 1).first()
    figures = stored.figures if stored else _present(found, year)
    if "copy" in request.GET and last_year is not None:
        figures = {**values_of(last_year, "figures"), **figures}
    form = ReportForm(
        request.POST if request.method == "POST" else None,
        last_year=last_year,
        figures=figures,
        why=stored.explanations if stored else {},
    )
    status = 200
    if request.method == "POST":
        answer, status = _save(request, found, year, form)
        if answer is not None:
            return answer
    else:
        form.ask_why(list(verbs.outliers(found, year, stored.figures if stored else {})), form.why)
    return _page(request, found, year, stored, form, last_year, status)


def _present(platform: Platform, year: int) -> dict[str, Any]:
    """What the register already knows of the year, so that nothing is asked twice."""
    row = YearlyFigures.objects.filter(platform=platform, year=year).first()
    return values_of(row, "figures") if row else {}


def _save(
    request: SignedInRequest, platform: Platform, year: int, form: ReportForm
) -> tuple[HttpResponse | None, int]:
    typed = {key: request.POST.get(f"why-{key}", "")[:300] for key in form.fields}
    figures = {key: request.POST.get(key, "")[:30] for key in form.fields}
    form.ask_why(
        [*verbs.outliers(platform, year, figures), *(key for key, text in typed.items() if text)], typed
    )
    form.is_valid()
    try:
        verbs.save(
            platform=platform,
            year=year,
            figures=figures,
            explanations=typed,
            by=request.user,
            seen=_seen(request),
        )
    except (Invalid, IllegalStep, Conflict) as error:
        show(form, error)
        return None, error.status
    messages.success(request, _("年度信息已保存，等待审核人上报。"))
    return redirect("annual-report", code=platform.authority_id, year=year, platform=platform.code), 302


def _seen(request: SignedInRequest) -> int | verbs.Unasked | None:
    """The version the page was made from; empty when there was no report yet."""
    given = request.POST.get("version")
    if given is None:
        return verbs.UNASKED
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None


def _page(
    request: SignedInRequest,
    platform: Platform,
    year: int,
    stored: AnnualReport | None,
    form: ReportForm,
    last_year: YearlyFigures | None,
    status: int,
    reason: ReasonForm | None = None,
) -> HttpResponse:
    mine = reach(request.user)
    open_ = stored is None or stored.submitted_at is None
    context = {
        "authority": platform.authority,
        "platform": platform,
        "year": year,
        "before": year - 1,
        "known_before": last_year is not None,
        "report": stored,
        **_state(stored),
        "form": reason if reason is not None else form,
        "figures": form,
        "hidden": [("version", str(stored.version) if stored else "")],
        "rows": _beside(form, last_year, stored),
        "may_write": open_ and mine.may(P.SUBMISSION_PREPARE, platform),
        "may_approve": stored is not None
        and open_
        and mine.may(P.SUBMISSION_APPROVE, stored)
        and stored.prepared_by_id != request.user.pk,
        "reason_form": reason or ReasonForm(),
    }
    return render(request, "workspace/report/detail.html", context, status=status)


def _beside(
    form: ReportForm, last_year: YearlyFigures | None, stored: AnnualReport | None
) -> list[dict[str, Any]]:
    """Last year, this year and the explanation of every figure, for reading."""
    before = values_of(last_year, "figures") if last_year else {}
    figures, why = (stored.figures, stored.explanations) if stored else ({}, {})
    return [
        {
            "label": item.label,
            "before": str(before.get(item.key, "")),  # as text: 0 is an answer, only nothing is a dash
            "now": str(figures.get(item.key, "")),
            "why": why.get(item.key, ""),
        }
        for item in verbs.FIGURES
    ]


@require_POST
@needs(P.SUBMISSION_APPROVE)
def act(request: SignedInRequest, code: str, year: int, platform: str, verb: str) -> HttpResponse:
    """Submit, or send back with a reason."""
    if verb not in ("submit", "send_back"):
        raise Http404
    found, year = _found(request, code, platform, P.SUBMISSION_APPROVE), _year(year)
    stored = get_object_or_404(AnnualReport.objects.select_related("platform"), platform=found, year=year)
    if verb == "submit":
        verbs.submit(report=stored, by=request.user)
        messages.success(request, _("年度信息已上报，公开页面已更新。"))
    else:
        reason = ReasonForm(request.POST)
        if not reason.is_valid():
            last_year = YearlyFigures.objects.filter(platform=found, year=year - 1).first()
            form = ReportForm(last_year=last_year, figures=stored.figures, why=stored.explanations)
            return _page(request, found, year, stored, form, last_year, 400, reason)
        verbs.send_back(report=stored, by=request.user, reason=reason.cleaned_data["reason"])
        messages.success(request, _("已退回经办人。"))
    return redirect("annual-report", code=code, year=year, platform=platform)
