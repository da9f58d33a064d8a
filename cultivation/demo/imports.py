"""Two imports: one that is finished and one that waits for a person to look at its problems."""

from __future__ import annotations

import datetime
import hashlib

from django.utils import timezone

from platforms.choices import ImportMode, ImportStatus, RowOutcome
from platforms.models import Authority, ImportRow, ImportRun, User
from platforms.record import empty_payload


def play(people: dict[str, User]) -> None:
    _run(people, "示例·江苏平台登记表.xlsx", ImportStatus.DONE, [RowOutcome.NEW] * 3 + [RowOutcome.SAME])
    _run(
        people,
        "示例·江苏平台登记表（补充）.xlsx",
        ImportStatus.CHECKED,
        [RowOutcome.NEW, RowOutcome.NEW, RowOutcome.ERROR],
    )


def _run(people: dict[str, User], name: str, status: str, outcomes: list[RowOutcome]) -> None:
    now, clerk = timezone.now(), people["jiangsu-clerk"]
    done = status == ImportStatus.DONE
    counts = {str(outcome): outcomes.count(outcome) for outcome in RowOutcome}
    run = ImportRun.objects.create(
        authority=Authority.objects.get(pk="320000"),
        file_name=name,
        sha256=hashlib.sha256(name.encode()).hexdigest(),
        size=18_432,
        status=status,
        mode=ImportMode.ALL if done else "",
        counts=counts,
        created_at=now - datetime.timedelta(days=12 if done else 1),
        created_by=clerk,
        confirmed_at=now - datetime.timedelta(days=12) if done else None,
        confirmed_by=clerk if done else None,
    )
    ImportRow.objects.bulk_create(
        _row(run, number, outcome, done) for number, outcome in enumerate(outcomes, 2)
    )


def _row(run: ImportRun, number: int, outcome: str, done: bool) -> ImportRow:
    payload = empty_payload()
    payload["platform"] = {"name_zh": f"示例·导入的中试平台{run.pk}-{number}", "region": "江苏省"}
    wrong = outcome == RowOutcome.ERROR
    if wrong:
        payload["platform"]["floor_area_m2"] = "三千"
    return ImportRow(
        run=run,
        sheet="平台",
        number=number,
        raw={"code": "", "payload": payload, "at": {}, "marks": {}},
        clean={} if wrong else payload,
        problems=[
            {
                "sheet": "平台",
                "row": number,
                "cell": f"V{number}",
                "pointer": "platform/floor_area_m2",
                "field": "中试场地及配套面积（平方米）",
                "kind": "number",
                "hint": "",
                "code": "not_number",
                "message": "请填写数字。",
                "value": "三千",
            }
        ]
        if wrong
        else [],
        outcome=outcome,
        written_at=run.confirmed_at if done and outcome == RowOutcome.NEW else None,
    )
