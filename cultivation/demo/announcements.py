"""Announcements in every state: out to the public and to four offices, withdrawn, waiting, scheduled, being drafted."""

from __future__ import annotations

import datetime

from cultivation import clock
from cultivation.actions import announcement as verbs
from cultivation.models import Announcement
from platforms.access import Role
from platforms.demo.people import PLAYED
from platforms.models import Authority, User

OFFICES = [Role.AUTHORITY_CLERK, Role.AUTHORITY_APPROVER]


def play(people: dict[str, User]) -> None:
    """To the public in both languages, to it in Chinese only and withdrawn, to four offices, waiting, scheduled, being drafted."""
    clerk, approver = people["ministry-clerk"], people["ministry-approver-1"]
    _out(
        people,
        title_zh="示例·名录系统开放公众检索",
        title_en="Sample: the registry opens for public search",
        body_zh="示例：社会公众可以按材料、工艺、规模或设备检索在库平台，并可订阅更新。\n发现信息有误，请在平台页面反馈。",
        body_en="Sample: the public can search platforms by material, process, scale or equipment and subscribe to updates.\n"
        "To report an error, use the link on the page of the platform.",
        audience="public",
    )
    wrong = _out(
        people,
        title_zh="示例·系统维护安排",
        body_zh="示例：系统将于本周六夜间维护。",
        audience="public",
    )
    verbs.withdraw(announcement=wrong, by=approver, reason="示例：维护时间有变，另行公告。")
    inside = _out(
        people,
        title_zh="示例·关于核对名额的说明",
        body_zh="示例：请各单位核对本批次名额，如有疑问请与部经办人联系。",
        audience="chosen",
        roles=OFFICES,
        authorities=Authority.objects.filter(pk__in=PLAYED),
    )
    verbs.confirm_read(announcement=inside, by=people["jiangsu-clerk"])
    waiting = _draft(clerk, title_zh="示例·专家库更新通知", body_zh="示例：请专家核对熟悉领域。", audience="chosen",
                     roles=[Role.EXPERT])  # fmt: skip
    verbs.submit(announcement=waiting, by=clerk)
    _out(
        people,
        title_zh="示例·下一批次推荐工作预告",
        body_zh="示例：下一批次的推荐将于近期开始，请提前准备材料。",
        audience="public",
        shown_from=clock.now() + datetime.timedelta(days=7),
        shown_until=clock.now() + datetime.timedelta(days=37),
    )
    _draft(
        clerk, title_zh="示例·年终工作总结征集", body_zh="示例：正在起草。", audience="chosen", roles=OFFICES
    )


def _draft(clerk: User, **facts) -> Announcement:
    return verbs.draft(by=clerk, demo=True, **facts)


def _out(people: dict[str, User], **facts) -> Announcement:
    made = _draft(people["ministry-clerk"], **facts)
    verbs.submit(announcement=made, by=people["ministry-clerk"])
    return verbs.publish(announcement=made, by=people["ministry-approver-1"])
