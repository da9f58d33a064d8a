"""Annual checks to look at: one under way, and one that is still being drafted."""

from __future__ import annotations

import datetime

from cultivation.actions import campaign as campaigns
from cultivation.choices import EvaluationGrade
from cultivation.clock import today
from platforms.choices import Tier
from platforms.models import User


def play(people: dict[str, User]) -> None:
    begun, last = today() - datetime.timedelta(days=10), today() + datetime.timedelta(days=20)
    clerk = people["ministry-clerk"]
    facts = {"opens_on": begun, "due_on": last, "grade_missing": EvaluationGrade.FAILED, "by": clerk}
    this = campaigns.draft(
        year=begun.year - 1,
        title_zh=f"示例·{begun.year - 1} 年度核查",
        tiers=[Tier.KEY, Tier.NATIONAL],
        template="示例：请核对设备、服务和收入数据，附证明材料目录。",
        **facts,
    )
    campaigns.open_(campaign=this, by=people["ministry-approver-1"])
    campaigns.draft(
        year=begun.year - 2, title_zh=f"示例·{begun.year - 2} 年度补充核查", tiers=[Tier.NATIONAL], **facts
    )
