"""Standards: the tree of the system as the guide divides it, and for each standard how far it has come."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cultivation.choices import StandardPart as P
from cultivation.choices import StandardStage
from cultivation.models import Standard
from platforms import search
from platforms.errors import Invalid, Problem
from platforms.views.caching import by_head
from platforms.views.listing import link

#: The guide's three parts and what each is divided into.
TREE: tuple[tuple[str | Promise, tuple[P, ...]], ...] = (
    (gettext_lazy("基础通用"), (P.TERMS, P.PROJECTS, P.DATA, P.RISKS, P.OWNERSHIP, P.SKILLS, P.SERVICES)),
    (gettext_lazy("关键技术"), (P.EQUIPMENT, P.MATERIALS, P.PLATFORMS, P.VERIFICATION, P.OUTCOMES)),
    (gettext_lazy("行业应用"), (P.INDUSTRIES,)),
)
#: What belongs to the system without being a standard, in the order of the page; a kind nobody named yet comes last.
KINDS = {
    "guideline": ("标准体系建设指南", "Guide to the standards system"),
    "committee": ("标准化技术组织", "Technical committees"),
    "standard": ("尚未归入体系的标准", "Standards not yet placed in the system"),
    "plan": ("立项计划", "Standards in preparation"),
}


@by_head(hourly=True)
def standards(request: HttpRequest) -> HttpResponse:
    """Some dozens of rows: read whole, filtered and counted here. Branches without a standard stay, for the tree is the guide's."""
    q, stage = request.GET.get("q", "").strip()[: search.MAX_QUERY], request.GET.get("stage", "")
    if stage and stage not in StandardStage.values:
        known = "、".join(StandardStage.values)
        sentence = _("参数 stage（阶段）不能使用：可用的值是 %(known)s。") % {"known": known}
        raise Invalid([Problem("stage", "bad_parameter", sentence)])
    said = [row for row in Standard.objects.all() if _says(row, q)]
    found = [row for row in said if not stage or row.stage == stage]
    context = {
        "q": q,
        "total": len(found),
        "filtered": bool(q or stage),
        "stages": _stages(request, said, stage),
        "chips": [{"name": "stage", "value": stage, "label": StandardStage(stage).label}] if stage else [],
        "carried": [("stage", stage)] if stage else [],
        "tree": _tree(found),
        "groups": _groups([row for row in found if not row.part]),
    }
    return render(request, "public/standard/list.html", context)


def _says(row: Standard, q: str) -> bool:
    text = search.normalise(f"{row.code} {row.title_zh} {row.title_en} {row.get_part_display()}")
    return all(word in text for word in search.normalise(q).split())


def _stages(request: HttpRequest, rows: list[Standard], chosen: str) -> list[dict[str, Any]]:
    """How many are at each stage, in order; each number leads to them."""
    counted = Counter(row.stage for row in rows)
    if not any(counted[stage] for stage in StandardStage.values):
        return []
    return [
        {
            "label": stage.label,
            "count": counted[stage],
            "url": link(request.GET, stage=None if stage == chosen else str(stage)),
            "current": stage == chosen,
        }
        for stage in StandardStage
    ]


def _tree(rows: list[Standard]) -> list[dict[str, Any]]:
    return [
        {
            "title": title,
            "count": sum(row.part in parts for row in rows),
            "parts": [
                {"title": part.label, "items": [_shown(row) for row in rows if row.part == part]}
                for part in parts
            ],
        }
        for title, parts in TREE
    ]


def _groups(rows: list[Standard]) -> list[dict[str, Any]]:
    groups: dict[str, dict[str, Any]] = {
        kind: {"title_zh": zh, "title_en": en, "items": []} for kind, (zh, en) in KINDS.items()
    }
    for row in rows:
        other = {"title_zh": row.kind or "其他", "title_en": row.kind or "Other", "items": []}
        groups.setdefault(row.kind, other)["items"].append(_shown(row))
    return [group for group in groups.values() if group["items"]]


def _shown(row: Standard) -> dict[str, Any]:
    return {
        "code": row.code,
        "title_zh": row.title_zh,
        "title_en": row.title_en,
        "status_zh": row.state_zh,
        "date": row.dated,
        "source_url": row.source_url,
        "steps": _steps(row.stage),
        "stage": row.get_stage_display(),
    }


def _steps(stage: str) -> list[dict[str, Any]]:
    """From 立项 to 发布; nothing for a row without a stage."""
    if not stage:
        return []
    here = StandardStage.values.index(stage)
    return [
        {"label": step.label, "state": "done" if n < here else "current" if n == here else "ahead"}
        for n, step in enumerate(StandardStage)
    ]
