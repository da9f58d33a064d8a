"""Reminders to experts: of invitations without an answer and of sheets not handed in, once per step before the deadline."""

from __future__ import annotations

import datetime

from django.db.models import Count
from django.utils import timezone

from cultivation.actions.window import written
from cultivation.choices import AssignmentStatus, PanelInvitationStatus, PanelStatus
from cultivation.models import Assignment, PanelInvitation
from platforms.actions.verb import verb
from platforms.models import User
from platforms.notifications import notify
from platforms.words import gettext_lazy as _

#: (how long before the deadline, name of the step); the nearest that applies is sent, each once.
STEPS = (
    (datetime.timedelta(0), "overdue"),
    (datetime.timedelta(days=1), "1d"),
    (datetime.timedelta(days=3), "3d"),
)
SHEETS = {
    "overdue": _("“%(panel)s”的评分已过截止时间（%(due)s），您还有 %(n)d 项没有提交。"),
    "1d": _("“%(panel)s”的评分不到一天就截止（%(due)s），您还有 %(n)d 项没有提交。"),
    "3d": _("“%(panel)s”的评分三天内截止（%(due)s），您还有 %(n)d 项没有提交。"),
}
INVITED = _("“%(panel)s”的评审邀请请于 %(due)s（北京时间）前答复。")


def _step(deadline: datetime.datetime, now: datetime.datetime) -> str:
    return next((name for before, name in STEPS if deadline - now <= before), "")


@verb("panel.remind_experts")
def remind(*, by: User | None = None, now: datetime.datetime | None = None) -> int:
    """Tell experts what is due soon; what was told is not told again. Returns how many reminders are due, sent or not."""
    now = now or timezone.now()
    return _of_invitations(now) + _of_sheets(now)


def _of_invitations(now: datetime.datetime) -> int:
    waiting = PanelInvitation.objects.filter(
        status=PanelInvitationStatus.SENT, answer_by__gt=now, answer_by__lte=now + STEPS[-1][0]
    ).select_related("panel", "reviewer__user")
    for each in waiting:
        notify(
            [each.reviewer.user],
            kind="panelinvitation.due",
            text=INVITED % {"panel": each.panel.name, "due": written(each.answer_by)},
            url="/reviews/",
            key=f"panel_invitation:{each.pk}:due:{_step(each.answer_by, now)}",
            due_at=each.answer_by,
        )
    return len(waiting)


def _of_sheets(now: datetime.datetime) -> int:
    """One message per expert and panel, however many sheets are left."""
    left = (
        Assignment.objects.filter(
            status=AssignmentStatus.ASSIGNED,
            panel__status=PanelStatus.OPEN,
            panel__due_at__lte=now + STEPS[-1][0],
        )
        .order_by()
        .values("panel_id", "panel__name", "panel__due_at", "reviewer__user_id")
        .annotate(n=Count("pk"))
    )
    people = User.objects.in_bulk([each["reviewer__user_id"] for each in left])
    for each in left:
        due = each["panel__due_at"]
        assert due is not None  # noqa: S101 - filtered above; for type checkers
        step = _step(due, now)
        words = {"panel": each["panel__name"], "due": written(due), "n": each["n"]}
        notify(
            [people[each["reviewer__user_id"]]],
            kind="panel.due",
            text=SHEETS[step] % words,
            url="/reviews/",
            key=f"panel:{each['panel_id']}:due:{due.isoformat()}:{step}",
            due_at=due,
        )
    return len(left)
