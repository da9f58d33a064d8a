"""An edition on paper: PDF/A from its entries alone, so that it is the same bytes whenever it is made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from cultivation.choices import EditionKind
from cultivation.models import Edition
from cultivation.releases.entries import Entry
from platforms import printing
from platforms.choices import OpenTo, PriceMode, ResourceKind, Tier

#: Rows of one file: typesetting holds all of them in memory. More are bound in several volumes, and very many not at all.
VOLUME, MOST_VOLUMES = 3_000, 20
TITLES = {
    EditionKind.DIRECTORY: "制造业中试平台名录",
    EditionKind.RESOURCES: "制造业中试公共服务资源清单",
}
HEADS = {
    EditionKind.DIRECTORY: ("编号", "平台", "建设单位", "领域", "梯次", "所在地", "推荐单位"),
    EditionKind.RESOURCES: ("编号", "类别", "名称", "平台", "所在地", "领域", "收费方式", "开放范围"),
}
WIDTHS = {
    EditionKind.DIRECTORY: (1.3, 3, 3, 1.4, 1, 1.2, 1.2),
    EditionKind.RESOURCES: (1.8, 0.7, 2.4, 3, 1, 1.4, 1, 1),
}


def volumes(edition: Edition, entries: list[Entry], root: str) -> Iterator[tuple[str, bytes]]:
    """File names and PDF files; none where there are too many entries for paper."""
    parts = [entries[at : at + VOLUME] for at in range(0, len(entries), VOLUME)] or [[]]
    if len(parts) > MOST_VOLUMES:
        return
    for number, part in enumerate(parts, start=1):
        name = "entries.pdf" if len(parts) == 1 else f"entries_{number:02}.pdf"
        yield name, _volume(edition, part, number, len(parts), len(entries), root)


def _volume(edition: Edition, part: list[Entry], number: int, of: int, count: int, root: str) -> bytes:
    kind, issued_at = EditionKind(edition.kind), timezone.localtime(edition.issued_at)
    notes = [f"共 {count} 条，取自公开记录第 {edition.head} 号变更时的内容。"]
    if of > 1:
        notes[0] += f"本册为第 {number} 册，共 {of} 册，{part[0]['code']} 至 {part[-1]['code']}。"
    if edition.note_zh:
        notes.append(edition.note_zh)
    return printing.pdf(
        "edition",
        {
            "title": TITLES[kind],
            "number": f"{edition.version}，{issued_at:%Y-%m-%d} 发布",
            "notes": notes,
            "proof": [
                f"条目的树根（RFC 6962，SHA-256）：{root}。以同一发布版的 manifest.json 和 checkpoint.note 核验。"
            ],
            "head": HEADS[kind],
            "widths": WIDTHS[kind],
            "rows": [_row(kind, entry["document"]) for entry in part],
            "foot": edition.version,
        },
        at=issued_at,
    )


def _row(kind: EditionKind, item: dict[str, Any]) -> list[str]:
    if kind == EditionKind.DIRECTORY:
        row = [item["code"], item["name_zh"], _name(item, "operator"), _name(item, "area"),
               _word(Tier, item.get("tier")), _place(item), _name(item, "authority")]  # fmt: skip
    else:
        platform = item.get("platform") or {}
        row = [item["code"], _word(ResourceKind, item.get("kind")), item.get("title_zh") or item.get("name_zh"),
               f"{platform.get('name_zh', '')} {platform.get('code', '')}", _name(platform, "region"),
               _name(item, "area"), _word(PriceMode, item.get("price_mode")), _word(OpenTo, item.get("open_to"))]  # fmt: skip
    return [str(cell or "") for cell in row]


def _name(item: dict[str, Any], part: str) -> str:
    return (item.get(part) or {}).get("name_zh") or ""


def _place(item: dict[str, Any]) -> str:
    return " ".join(filter(None, (_name(item, "region"), _name(item, "city"))))


def _word(choices: Any, value: str | None) -> str:
    return str(choices(value).label) if value in choices.values else value or ""
