"""交接 and leaving an office: the work stays, the account stops at once."""

from __future__ import annotations

from django.utils import timezone

from platforms.access import Permission, Role, require
from platforms.actions.invitation import OFFICE
from platforms.actions.verb import verb
from platforms.errors import IllegalStep, Invalid, NotPermitted, Problem
from platforms.models import (
    ApiClient,
    Authority,
    Handover,
    Job,
    Membership,
    Notification,
    SavedView,
    User,
)
from platforms.notifications import notify
from platforms.words import gettext_lazy as _


@verb("handover.make")
def make(*, authority: Authority, giver: User, receiver: User, by: User, reason: str) -> Handover:
    """Everything ``giver`` has in this office goes to ``receiver``, who holds the same roles; then ``giver`` leaves it.

    Drafts and records keep their authors; whose they are now is ``Handover.now_with``. Unread messages, unfinished jobs and
    saved views move. Raises ``Invalid`` when the two do not fit, ``IllegalStep`` when nobody could approve afterwards.
    """
    held = _ready(authority, giver, by, reason)
    theirs = _roles(authority, receiver) if receiver.is_active and receiver.pk != giver.pk else set()
    missing = [str(Role(role).label) for role in sorted(held - theirs)]
    if missing:
        raise Invalid(
            [
                Problem(
                    "receiver",
                    "other_roles",
                    str(
                        _("“%(receiver)s”不是本单位的%(roles)s，不能接手。")
                        % {"receiver": receiver, "roles": "、".join(missing)}
                    ),
                )
            ]
        )
    moves_on = _works_elsewhere(authority, giver)
    moved = {
        "messages": _move_messages(giver, receiver, authority if moves_on else None),
        "jobs": Job.objects.unfinished()
        .filter(created_by=giver, authority=authority)
        .update(created_by=receiver),
        "views": 0 if moves_on else _move_views(giver, receiver),
    }
    Handover.objects.filter(authority=authority, now_with=giver).update(now_with=receiver)
    handover = Handover.objects.create(
        authority=authority, giver=giver, receiver=receiver, now_with=receiver, reason=reason.strip(),
        moved=moved, made_by=by,
    )  # fmt: skip
    _leave(authority, giver)
    notify(
        [receiver],
        kind="handover.make",
        text=_("%(giver)s的工作已交接给您：草稿、待办和没有办完的事都在您的工作台。") % {"giver": giver},
        url="/desk/",
        key=f"handover:{handover.pk}",
    )
    return handover


@verb("office.dismiss")
def dismiss(*, authority: Authority, user: User, by: User, reason: str) -> User:
    """Somebody leaves the office without a successor: the roles end now and the account with them, if it has no others."""
    _ready(authority, user, by, reason)
    _leave(authority, user)
    user.refresh_from_db()
    return user


def _ready(authority: Authority, leaver: User, by: User, reason: str) -> set[str]:
    """The leaver's roles here, all doubts removed. The office is locked, so that two approvers cannot dismiss each other."""
    require(by, Permission.PEOPLE_MANAGE, Handover(authority=authority))
    Authority.objects.select_for_update(no_key=True).only("pk").get(pk=authority.pk)
    if by.pk == leaver.pk:
        raise NotPermitted(sentence=_("不能停用或交接自己的账户，请由本单位另一位审核人或安全管理员办理。"))
    if not reason.strip():
        raise Invalid([Problem("reason", "required", _("请写明原因。"))])
    held = _roles(authority, leaver)
    if not held:
        raise IllegalStep(_("“%(user)s”现在不是本单位的人员。") % {"user": leaver})
    if Role.AUTHORITY_APPROVER in held and not _other_approvers(authority, leaver):
        raise IllegalStep(
            _("“%(user)s”是本单位唯一的审核人。请先邀请另一位审核人，再办理。") % {"user": leaver}
        )
    return held


def _roles(authority: Authority, user: User) -> set[str]:
    held = Membership.objects.in_force().filter(user=user, authority=authority)
    return set(held.values_list("role", flat=True))


def _other_approvers(authority: Authority, leaver: User) -> bool:
    approvers = Membership.objects.in_force().filter(
        authority=authority, role=Role.AUTHORITY_APPROVER, user__is_active=True
    )
    return approvers.exclude(user=leaver).exists()


def _leave(authority: Authority, user: User) -> None:
    """End the roles here. Without any other the account is closed: its sessions and keys open nothing from now on."""
    now = timezone.now()
    stays = _works_elsewhere(authority, user)
    Membership.objects.in_force(now).filter(user=user, authority=authority).update(valid_until=now)
    if stays:
        return
    ApiClient.objects.filter(owner=user, revoked_at__isnull=True).update(revoked_at=now)
    User.objects.filter(pk=user.pk).update(is_active=False)


def _works_elsewhere(authority: Authority, user: User) -> bool:
    """Whether the person holds a role that is not one of this office."""
    return Membership.objects.in_force().filter(user=user).exclude(authority=authority).exists()


def _move_messages(giver: User, receiver: User, only: Authority | None) -> int:
    """Unread news goes along, unless the receiver was told the same; what concerns another office of the giver stays."""
    known = Notification.objects.filter(recipient=receiver).values_list("kind", "text", "url")
    told = set(known)
    moving = [
        row.pk
        for row in Notification.objects.filter(
            recipient=giver, read_at__isnull=True, url__contains=OFFICE.format(only.pk) if only else ""
        )
        if (row.kind, row.text, row.url) not in told
    ]
    return Notification.objects.filter(pk__in=moving).update(recipient=receiver)


def _move_views(giver: User, receiver: User) -> int:
    taken = set(SavedView.objects.filter(user=receiver).values_list("page", "name"))
    moving = [row.pk for row in SavedView.objects.filter(user=giver) if (row.page, row.name) not in taken]
    return SavedView.objects.filter(pk__in=moving).update(user=receiver)
