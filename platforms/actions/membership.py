"""Accounts and roles: granted and taken back by the security administrator, never by the person concerned."""

from __future__ import annotations

import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from platforms.access import Permission, Role, require
from platforms.actions.verb import lock, verb
from platforms.errors import Conflict, IllegalStep, Invalid, NotPermitted, Problem
from platforms.models import Authority, Membership, Operator, Region, User
from platforms.words import gettext_lazy as _

#: The three administrators watch one another: none of them holds a second role of any kind.
ADMINISTRATORS = (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN)


@verb("membership.grant")
def grant(
    *,
    user: User,
    role: str,
    by: User,
    authority: Authority | None = None,
    operator: Operator | None = None,
    city: Region | None = None,
    valid_until: datetime.datetime | None = None,
    reason: str = "",
) -> Membership:
    """Give a role, or give it again after it ended. Nobody grants to themselves."""
    _may_govern(by, user)
    user = lock(user)
    _stay_separate(user, role)
    bound: dict[str, Any] = {"role": role, "authority": authority, "operator": operator, "city": city}
    membership = Membership.objects.filter(user=user, **bound).first()
    if membership is None:
        made = Membership(user=user, valid_until=valid_until, granted_by=by, **bound)
        _is_sound(made)
        made.save(force_insert=True)
        return made
    if Membership.objects.in_force().filter(pk=membership.pk).exists():
        raise Conflict(_("此人已有这个角色。"))
    membership.valid_from, membership.valid_until, membership.granted_by = timezone.now(), valid_until, by
    membership.save(update_fields=["valid_from", "valid_until", "granted_by"])
    return membership


@verb("membership.revoke")
def revoke(*, membership: Membership, by: User, reason: str) -> Membership:
    """End a role now. The row stays, so that it can be told who held what when."""
    _may_govern(by, membership.user)
    _explain(reason)
    membership = lock(membership)
    now = timezone.now()
    if membership.valid_until is not None and membership.valid_until <= now:
        raise IllegalStep(_("这个角色已经失效。"))
    membership.valid_until = now
    membership.save(update_fields=["valid_until"])
    return membership


@verb("user.create")
def create_account(*, username: str, by: User, name: str = "", email: str = "", password: str = "") -> User:
    """A new account without any role. Without ``password`` nobody can sign in until one is set."""
    require(by, Permission.ROLES_GRANT)
    return User.objects.create_user(username, password or None, name=name, email=email)


@verb("user.describe")
def describe(*, user: User, name: str, email: str, by: User) -> User:
    """Correct the name or the address of an account."""
    _may_govern(by, user)
    user = lock(user)
    user.name, user.email = name, email
    user.save(update_fields=["name", "email"])
    return user


@verb("user.disable")
def disable(*, user: User, by: User, reason: str) -> User:
    """Close an account: sessions, keys and tasks lose their reach with the next question they ask."""
    return _switch(user, by, reason, active=False)


@verb("user.enable")
def enable(*, user: User, by: User, reason: str) -> User:
    """Open a closed account again, with the roles that are still in force."""
    return _switch(user, by, reason, active=True)


def _switch(user: User, by: User, reason: str, *, active: bool) -> User:
    _may_govern(by, user)
    _explain(reason)
    user = lock(user)
    if user.is_active == active:
        raise IllegalStep(_("这个账户已经是这种状态。"))
    user.is_active = active
    user.save(update_fields=["is_active"])
    return user


def _is_sound(membership: Membership) -> None:
    try:
        membership.clean()
    except ValidationError as error:
        raise Invalid([Problem("city", "not_its_city", sentence) for sentence in error.messages]) from error


def _may_govern(by: User, user: User) -> None:
    require(by, Permission.ROLES_GRANT)
    if by.pk == user.pk:
        raise NotPermitted(sentence=_("不能更改自己的账户和角色，请由另一位安全管理员办理。"))


def _stay_separate(user: User, role: str) -> None:
    held = {membership.role for membership in user.memberships.in_force()} - {role}
    if held and (role in ADMINISTRATORS or held & set(ADMINISTRATORS)):
        raise NotPermitted(sentence=_("系统、安全、审计三类管理员互相独立，也不能兼任其他角色。"))


def _explain(reason: str) -> None:
    if not reason.strip():
        raise Invalid([Problem("reason", "required", _("请写明原因。"))])
