"""What this site is, its words, and for whom it works."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from platforms.models import Area
from platforms.views.caching import by_head

GLOSSARY = Path(__file__).parent.parent / "data" / "glossary.csv"
AREAS = {"title_zh": "六个领域", "title_en": "The six areas"}


@by_head
def about(request: HttpRequest) -> HttpResponse:
    """What this site is and where its data come from."""
    return render(request, "public/about.html")


@by_head
def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement."""
    return render(request, "public/accessibility.html")


@by_head(hourly=True)
def glossary(request: HttpRequest) -> HttpResponse:
    """One English word for each Chinese one; the areas as the current edition names them."""
    areas = Area.objects.filter(edition__current=True).values("name_zh", "name_en")
    current = [{"term_zh": area["name_zh"], "term_en": area["name_en"]} for area in areas]
    groups = [*terms(), {**AREAS, "terms": current}] if current else terms()
    return render(request, "public/glossary.html", {"groups": groups})


@cache
def terms() -> list[dict]:
    """The kept list of words, by group and in the order of the file."""
    groups: dict[str, dict] = {}
    with GLOSSARY.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            group = groups.setdefault(
                row["group_zh"], {"title_zh": row["group_zh"], "title_en": row["group_en"], "terms": []}
            )
            group["terms"].append(row)
    return list(groups.values())
