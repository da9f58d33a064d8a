"""评审邀请: experts are asked to sit on a panel and answer for themselves; an answer that does not come frees the place too."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from django.utils import timezone

from cultivation.actions.window import written
from cultivation.audiences import tell
from cultivation.choices import PanelInvitationStatus, PanelStatus
from cultivation.models import Panel, PanelInvitation, Reviewer
from cultivation.transitions import PANEL_INVITATION
from platforms.access import Permission, require
from platforms.actions.verb import lock, verb
from platforms.errors import IllegalStep, Invalid, Problem
from platforms.models import User
from platforms.notifications import notify
from platforms.words import gettext_lazy as _


@verb("panel_invitation.send")
def send(
    *, panel: Panel, reviewers: Sequence[Reviewer], answer_by: datetime.datetime, by: User
) -> list[PanelInvitation]:
    """Invite these experts. Who has been invited already is not asked twice."""
    require(by, Permission.REVIEW_ASSIGN, panel.stage.batch)
    panel = lock(panel)
    if panel.status == PanelStatus.CLOSED:
        raise IllegalStep(_("评审组已结束，不能再邀请。"))
    if answer_by <= timezone.now():
        raise Invalid([Problem("answer_by", "past", _("答复截止必须晚于现在。"))])
    asked = set(panel.invitations.values_list("reviewer_id", flat=True))
    fresh = [each for each in reviewers if each.pk not in asked]
    _require_available(fresh)
    sent = [
        PanelInvitation.objects.create(panel=panel, reviewer=each, answer_by=answer_by, invited_by=by)
        for each in fresh
    ]
    for invitation in sent:
        notify(
            [invitation.reviewer.user],
            kind="panelinvitation.sent",
            text=(
                _("邀请您参加“%(panel)s”，请于 %(until)s（北京时间）前答复。")
                % {"panel": panel.name, "until": written(answer_by)}
            ),
            url="/reviews/",
            key=f"panel_invitation:{invitation.pk}:sent",
            due_at=answer_by,
        )
    return sent


def _require_available(reviewers: Sequence[Reviewer]) -> None:
    away = [each for each in reviewers if not (each.available and each.user.is_active)]
    if away:
        raise IllegalStep(_("%(person)s 现在不能安排评审。") % {"person": away[0]})


@verb("panel_invitation.accept")
def accept(*, invitation: PanelInvitation, by: User) -> PanelInvitation:
    """The expert will take part."""
    invitation = _open(invitation, "accept", by)
    PANEL_INVITATION.move(invitation, "accept", by=by)
    _tell("accept", invitation, by, _("%(person)s 接受了“%(panel)s”的评审邀请。"))
    return invitation


@verb("panel_invitation.decline")
def decline(*, invitation: PanelInvitation, by: User, reason: str) -> PanelInvitation:
    """The expert will not; the place is free and the ministry is shown who could take it."""
    invitation = _open(invitation, "decline", by, reason)
    PANEL_INVITATION.move(invitation, "decline", by=by, reason=reason, refusal=reason.strip())
    _tell("decline", invitation, by, _("%(person)s 谢绝了“%(panel)s”的评审邀请，请另请专家。"))
    return invitation


def _open(invitation: PanelInvitation, name: str, by: User, reason: str = "") -> PanelInvitation:
    """Locked, still unanswered, in time, and the panel still at work."""
    invitation = lock(invitation)
    PANEL_INVITATION.check(invitation, name, by=by, reason=reason)
    if invitation.answer_by <= timezone.now():
        raise IllegalStep(_("答复截止时间已过。"))
    if invitation.panel.status == PanelStatus.CLOSED:
        raise IllegalStep(_("评审组已结束，不必再答复。"))
    return invitation


@verb("panel_invitation.lapse")
def lapse_due(*, by: User | None = None, now: datetime.datetime | None = None) -> int:
    """Free the places of those who have not answered in time; returns how many."""
    due = PanelInvitation.objects.select_for_update(of=("self",), skip_locked=True).filter(
        status=PanelInvitationStatus.SENT, answer_by__lte=now or timezone.now()
    )
    found = list(due.select_related("panel__stage__batch", "reviewer__user"))
    for invitation in found:
        PANEL_INVITATION.move(invitation, "lapse")
        _tell("lapse", invitation, by, _("%(person)s 没有按时答复“%(panel)s”的评审邀请。"))
    return len(found)


def _tell(name: str, invitation: PanelInvitation, by: User | None, text) -> None:
    panel = invitation.panel
    tell(
        PANEL_INVITATION.find(name),
        invitation,
        text=text % {"person": invitation.reviewer, "panel": panel.name},
        url=f"/ministry/batches/{panel.stage.batch.code}/panels/{panel.pk}/",
        by=by,
    )
