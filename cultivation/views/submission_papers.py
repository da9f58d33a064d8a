"""Papers to sign and stamp: the 申报书 of one submission, the 推荐汇总表 of an authority, and the record of its letter."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_http_methods, require_safe

from cultivation import summary
from cultivation.actions.letter import record_letter
from cultivation.choices import SubmissionStatus
from cultivation.forms.submission_extras import LetterForm
from cultivation.models import Application, Batch, RecommendationLetter, Submission
from cultivation.views import submission_record as pages
from cultivation.views.submission_extras import listed
from cultivation.views.submission_list import office
from platforms import record
from platforms.access import Permission, reach
from platforms.actions.verb import RECORD_LANGUAGE
from platforms.errors import Invalid
from platforms.models import Authority, Platform
from platforms.printing import pdf
from platforms.uploads import read_upload
from platforms.views.access import SignedInRequest, needs, visible
from platforms.views.pages import page_of
from platforms.views.stored_file import send

P = Permission
S = SubmissionStatus
MEDIA_TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
#: Submissions on the sheet for the reserve: what has been handed over and not refused.
ON_THE_SHEET = (S.PREPARED, S.SUBMITTED, S.ACCEPTED)


def download(content: bytes, name: str, kind: str) -> HttpResponse:
    response = HttpResponse(content, content_type=MEDIA_TYPES[kind])
    response["Content-Disposition"] = content_disposition_header(
        as_attachment=True, filename=f"{name}.{kind}"
    )
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
@needs(P.SUBMISSION_VIEW)
def application_form(request: HttpRequest, number: str) -> HttpResponse:
    """申报书: the whole record, the files that go with it and the places to sign and stamp. Chinese, as it goes under the seal."""
    rows = Submission.objects.select_related("authority", "platform", "declared_by")
    submission = visible(request, rows, P.SUBMISSION_VIEW, number=number)
    with override(RECORD_LANGUAGE):
        data = _form_data(submission, record.Lookups.load())
        content = pdf("submission", data, at=submission.updated_at)
    return download(content, f"申报书-{submission.number}", "pdf")


def _form_data(submission: Submission, lookups: record.Lookups) -> dict[str, Any]:
    attachments = [
        [str(n), item.get_kind_display(), item.document.title, item.document.sha256[:16]]
        for n, item in enumerate(listed(submission), start=1)
    ]
    code = submission.platform.code if submission.platform else "—"
    declared = ""
    if submission.declared_at and submission.declared_by:
        declared = f"{submission.declared_by} 于 {timezone.localtime(submission.declared_at):%Y-%m-%d %H:%M} 在系统中声明不含国家秘密。"
    return {
        "title": "制造业中试平台申报书",
        "name": str(submission),
        "number": submission.number,
        "authority": submission.authority.name_zh,
        "draft": submission.status in (S.DRAFT, S.RETURNED, S.WITHDRAWN),
        "facts": [
            ["平台名称", submission.name_zh or "未命名"],
            ["申报类别", submission.get_kind_display()],
            ["平台编号", code],
            ["推荐单位", submission.authority.name_zh],
            ["版本", f"{submission.version}（{timezone.localtime(submission.updated_at):%Y-%m-%d %H:%M}）"],
        ],
        "sections": [
            {
                "title": str(part["title"]),
                "facts": [[str(fact["name"]), fact["value"] or "—"] for fact in part["facts"]],
                "tables": [
                    {
                        "caption": str(table["caption"]),
                        "head": [str(column["label"]) for column in table["columns"]],
                        "rows": table["rows"],
                    }
                    for table in part["tables"]
                ],
            }
            for part in pages.sections(submission, lookups)
        ],
        "attachments": attachments,
        "declared": declared,
    }


@require_safe
@needs(P.SUBMISSION_VIEW)
def reserve_summary(request: HttpRequest, code: str, kind: str) -> HttpResponse:
    """推荐汇总表 of what this authority has handed over for the reserve in a year."""
    authority = office(request, code, P.SUBMISSION_VIEW)
    given = request.GET.get("year", "")
    year = (
        int(given) if given.isascii() and given.isdigit() and len(given) == 4 else timezone.localdate().year
    )
    rows = reach(request.user).rows(Submission.objects.filter(authority=authority), P.SUBMISSION_VIEW)
    rows = rows.in_state(*ON_THE_SHEET).filter(kind="new", prepared_at__year=year).order_by("number")
    found = list(rows)
    sheet = summary.Sheet(
        title=f"{year} 年制造业中试平台储备推荐汇总表",
        authority=authority,
        lines=summary.lines_of(found),
        at=max((row.updated_at for row in found), default=timezone.now()),
        draft=any(row.status == S.PREPARED for row in found),
    )
    return _sheet(sheet, kind, f"推荐汇总表-{authority.code}-{year}")


@require_safe
@needs(P.APPLICATION_VIEW)
def batch_summary(request: HttpRequest, code: str, batch: str, kind: str) -> HttpResponse:
    """推荐汇总表 of one batch, in the authority's own order."""
    authority = office(request, code, P.APPLICATION_VIEW)
    found = get_object_or_404(Batch.objects.opened(), code=batch)
    return _sheet(_batch_sheet(request, authority, found), kind, f"推荐汇总表-{found.code}-{authority.code}")


def _batch_sheet(request: HttpRequest, authority: Authority, found: Batch) -> summary.Sheet:
    rows = reach(request.user).rows(Application.objects.filter(authority=authority), P.APPLICATION_VIEW)
    rows = rows.filter(batch=found).standing().select_related("platform").order_by("rank", "pk")
    ranked = list(rows)
    return summary.Sheet(
        title=f"{found.title_zh}推荐汇总表",
        authority=authority,
        lines=_records(ranked),
        at=max((row.recommended_at or row.proposed_at for row in ranked), default=timezone.now()),
        draft=any(row.recommended_at is None for row in ranked),
    )


@require_safe
@needs(P.APPLICATION_VIEW)
def letter_paper(request: HttpRequest, code: str, batch: str) -> HttpResponse:
    """推荐函 of one batch, ready for number, date and seal; the sheet goes with it."""
    authority = office(request, code, P.APPLICATION_VIEW)
    found = get_object_or_404(Batch.objects.opened(), code=batch)
    sheet = _batch_sheet(request, authority, found)
    names = [str(payload.get("platform", {}).get("name_zh", "")) for _code, payload in sheet.lines]
    data = {
        "title": f"关于推荐{found.title_zh}的函",
        "to": "工业和信息化部",
        "authority": authority.name_zh,
        "subject": f"“{found.title_zh}”申报工作",
        "count": len(names),
        "names": names,
        "draft": sheet.draft,
    }
    return download(pdf("letter", data, at=sheet.at), f"推荐函-{found.code}-{authority.code}", "pdf")


def _records(ranked: list[Application]) -> list[tuple[str, dict[str, Any]]]:
    """Each record as it was recommended; before that, as it is now."""
    fresh = [row.platform_id for row in ranked if not row.record]
    platforms = Platform.objects.with_everything().filter(pk__in=fresh)
    now = {platform.pk: record.payload_of(platform) for platform in platforms}
    return [(row.platform.code, row.record or now[row.platform_id]) for row in ranked]


def _sheet(sheet: summary.Sheet, kind: str, name: str) -> HttpResponse:
    with override(RECORD_LANGUAGE):
        made = summary.as_pdf if kind == "pdf" else summary.as_xlsx
        return download(made(sheet, record.Lookups.load()), name, kind)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(P.SUBMISSION_VIEW, to_write=(P.SUBMISSION_PREPARE,))
def letters(request: SignedInRequest, code: str) -> HttpResponse:
    """The letters that went out under the seal, and the form to record the next."""
    wanted = P.SUBMISSION_PREPARE if request.method == "POST" else P.SUBMISSION_VIEW
    authority = office(request, code, wanted)
    batches = Batch.objects.opened().order_by("-id")
    form = LetterForm()
    if request.method == "POST":
        form = LetterForm(request.POST, request.FILES)
        if form.is_valid() and _recorded(request, authority, form):
            messages.success(request, _("推荐函已登记。"))
            return redirect("authority-letters", code=code)
    own = RecommendationLetter.objects.filter(authority=authority)
    rows, pager = page_of(request, own.select_related("batch", "document", "recorded_by"))
    context = {
        "authority": authority,
        "rows": rows,
        "pager": pager,
        "form": form,
        "batches": batches,
        "may_record": reach(request.user).may(
            P.SUBMISSION_PREPARE, RecommendationLetter(authority=authority)
        ),
        "year": timezone.localdate().year,
    }
    status = 400 if request.method == "POST" else 200
    return render(request, "workspace/submission/letters.html", context, status=status)


def _recorded(request: SignedInRequest, authority: Authority, form: LetterForm) -> bool:
    chosen = request.POST.get("batch", "")
    try:
        file = form.cleaned_data["file"]
        record_letter(
            authority=authority,
            number=form.cleaned_data["number"],
            dated_on=form.cleaned_data["dated_on"],
            batch=get_object_or_404(Batch.objects.opened(), code=chosen) if chosen else None,
            upload=read_upload(file) if file else None,
            by=request.user,
        )
    except Invalid as refusal:
        for problem in refusal.problems:
            form.add_error(problem.pointer if problem.pointer in form.fields else None, problem.message)
        return False
    return True


@require_safe
@needs(P.SUBMISSION_VIEW)
def letter_file(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """The scan of a letter, for its authority and the ministry."""
    rows = RecommendationLetter.objects.select_related("document").exclude(document=None)
    letter = visible(request, rows.filter(authority=code), P.SUBMISSION_VIEW, pk=pk)
    assert letter.document is not None  # noqa: S101 - excluded above; for type checkers
    return send(letter.document.stored_as, name=letter.document.title, media_type=letter.document.media_type)
