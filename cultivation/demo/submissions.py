"""Submissions in every state, played by the demonstration people through the verbs."""

from __future__ import annotations

import datetime
from dataclasses import replace

from django.utils import timezone

from cultivation.actions import submission as submissions
from cultivation.actions import submission_acceptance as acceptance
from cultivation.choices import SubmissionKind
from cultivation.models import Submission
from platforms import record
from platforms.demo.people import PLAYED
from platforms.demo.plan import Plan, Reference, Slot
from platforms.demo.records import Maker
from platforms.models import Authority, Platform, User

#: How far each submission of an authority goes.
STATES = (
    "draft",
    "prepared",
    "submitted",
    "returned",
    "sent_back",
    "accepted",
    "rejected",
    "withdrawn",
    "change",
)
REASONS = {
    "returned": "示例：中试设备原值与设备清单合计不一致，请核对后重新上报。",
    "sent_back": "示例：请补充办公电话和平台简介。",
    "rejected": "示例：不属于中试平台，建议按研发机构渠道申报。",
}


def play(people: dict[str, User], plan: Plan, reference: Reference) -> None:
    maker = Maker(plan.seed, reference, 1, 1)
    lookups = record.Lookups.load()
    number = 0
    for code, place in PLAYED.items():
        authority = Authority.objects.get(pk=code)
        clerk, approver = people[f"{place}-clerk"], people[f"{place}-approver"]
        model = next(slot for slot in plan.slots if slot.authority == code)
        for state in STATES:
            number += 1
            submission = _draft(state, authority, clerk, _payload(maker, plan, model, number), lookups)
            if submission is not None:
                _lead(submission, state, clerk, approver, people["ministry-clerk"], lookups)


def _payload(maker: Maker, plan: Plan, model: Slot, number: int) -> dict:
    """The record of a platform beyond the plan, of an operator of its own."""
    slot = replace(
        model,
        index=len(plan.slots) + number,
        operator=plan.operators + number,
        nth=0,
        tier="reserve",
        status="active",
        successor=None,
    )
    payload = record.payload_of(maker.platform(slot))
    if not payload["services"]:
        payload["services"] = [
            {"title_zh": "中试技术咨询", "service_type": "consulting_training", "price_mode": "by_quote"}
        ]
    return payload


def _draft(
    state: str, authority: Authority, clerk: User, payload: dict, lookups: record.Lookups
) -> Submission | None:
    if state != "change":
        return submissions.create_draft(authority=authority, by=clerk, payload=payload, lookups=lookups)
    platform = Platform.objects.active().filter(authority=authority, demo=True).order_by("pk").first()
    if platform is None:
        return None
    changed = record.payload_of(Platform.objects.with_everything().get(pk=platform.pk))
    changed["platform"]["staff_total"] = int(changed["platform"]["staff_total"]) + 6
    return submissions.create_draft(
        authority=authority,
        by=clerk,
        payload=changed,
        kind=SubmissionKind.CHANGE,
        platform=platform,
        lookups=lookups,
    )


def _lead(
    submission: Submission, state: str, clerk: User, approver: User, ministry: User, lookups: record.Lookups
) -> None:
    if state == "draft":
        return
    if state == "withdrawn":
        submissions.withdraw(submission=submission, by=clerk, reason="示例：建设单位撤回。")
        return
    submissions.prepare(submission=submission, by=clerk, lookups=lookups)
    if state == "prepared":
        return
    if state == "sent_back":
        submissions.send_back(
            submission=submission,
            by=approver,
            reason=REASONS[state],
            fields={"platform/office_phone": "示例：请核对号码。", "platform/summary_zh": ""},
        )
        return
    submissions.submit(submission=submission, by=approver)
    # What is looked into takes some days, also where everything was played within a minute.
    waited = datetime.timedelta(days=submission.pk % 6 + 2, hours=submission.pk % 9)
    Submission.objects.filter(pk=submission.pk).update(submitted_at=timezone.now() - waited)
    if state == "returned":
        acceptance.return_(
            submission=submission,
            by=ministry,
            reason=REASONS[state],
            fields={"platform/equipment_value_wan": "示例：清单合计与此不符。"},
            due_at=timezone.now() + datetime.timedelta(days=10),
        )
    elif state == "rejected":
        acceptance.reject(submission=submission, by=ministry, reason=REASONS[state])
    elif state == "accepted":
        acceptance.accept(submission=submission, by=ministry, lookups=lookups, demo=True)
