"""Public pages of batches. They read the public record only: stored documents, and the clock for what is open now."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from cultivation.choices import BatchStatus, StageKind, StageStatus
from cultivation.exports import batch_ics
from cultivation.views.public_notice import is_open, localised_url
from platforms.models import PublicBatch, PublicList, PublicNotice
from platforms.views.access import public
from platforms.views.pages import page_of

PAGE_SIZE = 25
LISTS_SHOWN = 50
STAGE_STATES = {
    StageStatus.WAITING: "not_started",
    StageStatus.ACTIVE: "in_progress",
    StageStatus.FINISHED: "done",
}


@public
def batches(request: HttpRequest) -> HttpResponse:
    """Running notices, batches (running ones first) and official lists."""
    found = PublicBatch.objects.order_by("stage", "-opened_on", "-code").values_list("card", flat=True)
    ordered = sorted(found, key=lambda card: card["status"] in (BatchStatus.CONCLUDED, BatchStatus.CANCELLED))
    page, pager = page_of(request, ordered, PAGE_SIZE)
    notices = PublicNotice.objects.order_by("ends_on", "code").values_list("card", flat=True)
    lists = PublicList.objects.filter(latest=True).exclude(kind="preliminary").order_by("-issued_on", "code")
    return render(
        request,
        "public/batch/list.html",
        {
            "batches": [_batch_line(card) for card in page],
            "notices": [_linked(card) for card in notices if is_open(card)],
            "lists": [_list_line(card) for card in lists.values_list("card", flat=True)[:LISTS_SHOWN]],
            "pager": pager,
        },
    )


@public
def batch(request: HttpRequest, code: str) -> HttpResponse:
    document = document_or_404(code)
    counts = [{"label": count_word(row["stage"]), "count": row["count"]} for row in document["counts"]]
    notice = document["notice"]
    return render(
        request,
        "public/batch/detail.html",
        {
            "batch": _batch_line(document),
            "notice": _notice(notice) if notice else None,
            "steps": _steps(document),
            "timetable": _timetable(document),
            "counts": counts,
            "largest": max((row["count"] or 0 for row in counts), default=0),
            "lists": [_linked(entry) for entry in document["lists"]],
            "ics_url": localised_url(f"/batches/{code}/calendar.ics"),
        },
    )


@public
def calendar_file(request: HttpRequest, code: str) -> HttpResponse:
    """Every known date of the batch as a calendar file; instants in UTC."""
    document = document_or_404(code)
    revised = PublicBatch.objects.values_list("published_at", flat=True).get(code=code)
    file = batch_ics(document, dates(document), revised=revised)
    response = HttpResponse(file.content, content_type=file.content_type)
    response["Content-Disposition"] = f'attachment; filename="{file.name}"'
    return response


def document_or_404(code: str) -> dict[str, Any]:
    document = PublicBatch.objects.filter(code=code).values_list("document", flat=True).first()
    if document is None:
        raise Http404
    return document


def dates(document: dict[str, Any]) -> list[tuple[str, str]]:
    """(what, ISO date or instant) of everything in the timetable that has a date."""
    found = []
    if document["recommend_until"]:
        found.append((_("推荐截止"), document["recommend_until"]))
    for stage in document["stages"]:
        if stage["planned_until"]:
            found.append((stage_word(stage), stage["planned_until"]))
    if document["notice"]:
        found.append((_("公示异议截止"), document["notice"]["ends_at"]))
    return found


def stage_word(stage: dict[str, Any]) -> str:
    word = str(StageKind(stage["kind"]).label)
    if stage["round"] > 1:
        return _("%(stage)s（第 %(round)s 轮）") % {"stage": word, "round": stage["round"]}
    return word


def count_word(stage: str) -> str:
    return {
        "recommended": _("推荐"),
        "formal_check": _("通过形式审查"),
        "notice": _("进入公示"),
        "list": _("列入名单"),
    }.get(stage, stage)


def _linked(card: dict[str, Any]) -> dict[str, Any]:
    return {**card, "url": localised_url(card["url"])}


def _batch_line(card: dict[str, Any]) -> dict[str, Any]:
    finished = card["status"] in (BatchStatus.CONCLUDED, BatchStatus.CANCELLED, BatchStatus.DECIDING)
    return {
        **_linked(card),
        "state_word": str(BatchStatus(card["status"]).label) if finished or card["state"] == "open" else "",
        "starts_on": card["recommend_from"],
        "ends_at": card["recommend_until"],
    }


def _list_line(card: dict[str, Any]) -> dict[str, Any]:
    return {**_linked(card), "decision_no": card["decision_no"]}


def _notice(notice: dict[str, Any]) -> dict[str, Any]:
    return {
        **_linked(notice),
        "objection_url": localised_url(notice["objection_url"]),
        "open": is_open(notice),
        "phone": notice["contact"],
    }


def _steps(document: dict[str, Any]) -> list[dict[str, Any]]:
    recommending = document["status"] == BatchStatus.RECOMMENDING
    steps = [{"label": _("推荐"), "state": "current" if recommending else "done"}]
    for stage in document["stages"]:
        state = {StageStatus.FINISHED: "done", StageStatus.ACTIVE: "current"}.get(stage["status"], "")
        steps.append({"label": stage_word(stage), "state": state})
    concluded = document["status"] == BatchStatus.CONCLUDED
    steps.append({"label": _("公布名单"), "state": "done" if concluded else ""})
    return steps


def _timetable(document: dict[str, Any]) -> list[dict[str, Any]]:
    recommending = document["status"] == BatchStatus.RECOMMENDING
    rows = [
        {
            "label": _("推荐"),
            "from": document["recommend_from"],
            "until": document["recommend_until"],
            "state": "open" if recommending else "closed",
            "word": str(BatchStatus.RECOMMENDING.label) if recommending else "",
        }
    ]
    notice = document["notice"]
    for stage in document["stages"]:
        row = {
            "label": stage_word(stage),
            "from": None,
            "until": None,
            "text": stage["planned_until"] or "",
            "state": STAGE_STATES[StageStatus(stage["status"])],
            "word": "",
        }
        if stage["kind"] == StageKind.NOTICE and notice:
            row |= {"from": notice["opens_on"], "until": notice["ends_at"]}
        rows.append(row)
    return rows
