"""What must be right before a list is frozen for a decision, each as a sentence with its answer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.functional import Promise

from cultivation import clock
from cultivation.choices import ApplicationStatus, BatchStatus, NoticeStatus, ObjectionStatus
from cultivation.models import Application, Decision, Notice, Objection
from platforms.choices import TIER_ORDER, PlatformStatus
from platforms.codes import is_code
from platforms.models import Platform
from platforms.validators import clean_uscc
from platforms.words import gettext_lazy as _

Entry = dict[str, Any]

#: What must not stand in a published list: mobile numbers, identity numbers, e-mail addresses.
PERSONAL_DATA = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)|(?<!\d)\d{17}[\dXx](?![\dXx])|[\w.+-]+@[\w-]+\.\w+")
SWEPT = ("name_zh", "name_en", "operator_zh", "direction_zh", "region_zh")


@dataclass(frozen=True)
class Check:
    """One check: ``found`` names what is wrong; ``blocking`` ones stop the freeze, others are for the approvers to weigh."""

    key: str
    sentence: str | Promise
    found: tuple[str, ...] = ()
    blocking: bool = True

    @property
    def ok(self) -> bool:
        return not self.found

    @property
    def stops(self) -> bool:
        return self.blocking and not self.ok


def of_decision(decision: Decision, entries: list[Entry]) -> list[Check]:
    """Every check, in the order in which a person would make them. ``entries`` are the rows that would be decided."""
    notice = Notice.objects.filter(batch=decision.batch).exclude(status=NoticeStatus.DRAFT).first()
    return [
        Check("notice", _("公示期已满。"), tuple(_notice_open(decision, notice))),
        Check("objections", _("异议都已办结。"), tuple(_open_objections(decision))),
        Check("date", _("决定日期不早于公示结束，也不在将来。"), tuple(_date(decision, notice))),
        Check("rows", _("名单与公示后仍在列的推荐一致。"), tuple(_rows(decision, entries))),
        Check("duplicates", _("没有重复的平台。"), tuple(_duplicates(entries))),
        Check("codes", _("平台编号和统一社会信用代码有效。"), tuple(_codes(entries))),
        Check("platforms", _("平台都在录，且尚未达到这一梯次。"), tuple(_platforms(decision, entries))),
        Check("personal", _("名单中没有手机号、证件号和邮箱。"), tuple(_personal(entries))),
        Check(
            "names", _("名称在评审之后没有变化。"), tuple(_changed_names(decision, entries)), blocking=False
        ),
    ]


def _notice_open(decision: Decision, notice: Notice | None) -> Iterator[str]:
    if notice is None:
        yield str(_("还没有公示。"))
    elif notice.status != NoticeStatus.CLOSED:
        yield str(_("公示至 %(day)s 24:00（北京时间）。") % {"day": notice.ends_on})
    elif decision.batch.status != BatchStatus.DECIDING:
        yield str(_("批次现在是“%(state)s”。") % {"state": decision.batch.get_status_display()})


def _open_objections(decision: Decision) -> Iterator[str]:
    unsettled = Objection.objects.filter(
        notice__batch=decision.batch, status__in=(ObjectionStatus.LODGED, ObjectionStatus.HANDLING)
    )
    for objection in unsettled.order_by("pk"):
        yield f"{objection.receipt} {objection.get_status_display()}"


def _date(decision: Decision, notice: Notice | None) -> Iterator[str]:
    if notice is not None and notice.ends_on and decision.decided_on < notice.ends_on:
        yield str(_("决定日期 %(day)s 早于公示结束。") % {"day": decision.decided_on})
    if decision.decided_on > clock.today():
        yield str(_("决定日期 %(day)s 在将来。") % {"day": decision.decided_on})


def _rows(decision: Decision, entries: list[Entry]) -> Iterator[str]:
    listed = {entry["platform_code"] for entry in entries}
    standing = set(
        Application.objects.filter(batch=decision.batch)
        .in_state(ApplicationStatus.ON_NOTICE, ApplicationStatus.LISTED)
        .values_list("platform__code", flat=True)
    )
    if not entries:
        yield str(_("名单是空的。"))
    yield from sorted(listed ^ standing)


def _duplicates(entries: list[Entry]) -> Iterator[str]:
    numbers = Counter((entry["name_zh"], entry["operator_zh"]) for entry in entries)
    for (name, operator), number in numbers.items():
        if number > 1:
            yield f"{name}（{operator}）× {number}"


def _codes(entries: list[Entry]) -> Iterator[str]:
    for entry in entries:
        if not is_code(entry["platform_code"]):
            yield f"{entry['row']}. {entry['platform_code']}"
        if not entry["operator_uscc"]:
            continue
        try:
            clean_uscc(entry["operator_uscc"])
        except ValidationError as error:
            yield f"{entry['row']}. {entry['operator_uscc']} {error.messages[0]}"


def _platforms(decision: Decision, entries: list[Entry]) -> Iterator[str]:
    rank = TIER_ORDER[decision.batch.tier]
    reached = [tier for tier, order in TIER_ORDER.items() if order >= rank]
    codes = [entry["platform_code"] for entry in entries]
    unfit = Platform.objects.filter(code__in=codes).filter(
        ~Q(status=PlatformStatus.ACTIVE) | Q(tier__in=reached, status=PlatformStatus.ACTIVE)
    )
    for platform in unfit.order_by("code"):
        word = (
            platform.get_tier_display()
            if platform.status == PlatformStatus.ACTIVE
            else platform.get_status_display()
        )
        yield f"{platform.name_zh}：{word}"


def _personal(entries: list[Entry]) -> Iterator[str]:
    for entry in entries:
        for name in SWEPT:
            if PERSONAL_DATA.search(entry[name]):
                yield str(_("第 %(row)s 行") % {"row": entry["row"]}) + f"：{entry[name]}"


def _changed_names(decision: Decision, entries: list[Entry]) -> Iterator[str]:
    rows = {entry["platform_code"]: entry for entry in entries}
    applications = Application.objects.filter(batch=decision.batch, platform__code__in=rows).select_related(
        "platform__operator"
    )
    for application in applications.order_by("platform__code"):
        entry, platform = rows[application.platform.code], application.platform
        reviewed = (application.record.get("platform") or {}).get("name_zh", entry["name_zh"])
        names = {entry["name_zh"], platform.name_zh, reviewed}
        if len(names) > 1:
            yield f"{entry['row']}. {' / '.join(sorted(names))}"
        elif platform.operator and platform.operator.name_zh != entry["operator_zh"]:
            yield f"{entry['row']}. {entry['operator_zh']} / {platform.operator.name_zh}"
