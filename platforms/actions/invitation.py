"""邀请: how an office gets a new colleague. One person proposes, another confirms, the invited one follows the link."""

from __future__ import annotations

import datetime
import secrets

from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from platforms.access import Permission, Role, require
from platforms.actions.api_client import digest
from platforms.actions.verb import lock, verb
from platforms.errors import Conflict, IllegalStep, Invalid, NotFound, NotPermitted, Problem
from platforms.models import ApiClient, Authority, Invitation, Membership, Operator, Platform, Region, User
from platforms.models.office import INVITED
from platforms.notifications import notify, people_with_role
from platforms.validators import clean_uscc
from platforms.words import gettext_lazy as _
from platforms.words import words_of

OFFICE = "/authorities/{}/"
#: A link that lies about in a mailbox is a risk; a week is enough to come back from a journey.
LINK_LIVES = datetime.timedelta(days=7)


@verb("invitation.propose")
def propose(
    *,
    authority: Authority,
    role: str,
    name: str,
    by: User,
    email: str = "",
    uscc: str = "",
    city: str = "",
) -> Invitation:
    """Ask for a colleague, for somebody who fills in for the operator with this code, or who checks for this city; another
    person confirms."""
    invitation = Invitation(authority=authority, role=role, name=name.strip(), email=email, proposed_by=by)
    require(by, Permission.PEOPLE_INVITE, invitation)
    if role not in INVITED:
        raise Invalid(
            [
                Problem(
                    "role",
                    "unknown_choice",
                    _("只能邀请推荐单位的经办人、审核人、地市初审人员和建设单位填报人。"),
                )
            ]
        )
    if role == Role.OPERATOR:
        invitation.operator = _operator(authority, uscc)
    if role == Role.CITY_REVIEWER:
        invitation.city = _city(authority, city)
    invitation.save(force_insert=True)
    others = [
        person for person in people_with_role(Role.AUTHORITY_APPROVER, authority=authority) if person != by
    ]
    notify(
        others or people_with_role(Role.SECURITY_ADMIN),
        kind="invitation.propose",
        text=(
            _("%(by)s请求邀请“%(name)s”（%(role)s），请确认。")
            % {"by": by, "name": invitation, "role": Role(role).label}
        ),
        url=address(authority),
        key=f"invitation:{invitation.pk}:propose",
    )
    return invitation


@verb("invitation.confirm")
def confirm(*, invitation: Invitation, by: User) -> tuple[Invitation, str]:
    """Confirm and make the link; returns its secret, which cannot be read again. Confirming anew makes a new link."""
    invitation = lock(invitation)
    require(by, Permission.PEOPLE_MANAGE, invitation)
    if invitation.proposed_by_id == by.pk:
        raise NotPermitted(sentence=_("邀请由您提出，须由另一人确认。"))
    if invitation.accepted_at or invitation.withdrawn_at:
        raise IllegalStep(_("这份邀请已经办完，不能再确认。"))
    secret = secrets.token_hex(20)
    invitation.token_sha256 = digest(secret)
    invitation.confirmed_at, invitation.confirmed_by = timezone.now(), by
    invitation.expires_at = timezone.now() + LINK_LIVES
    invitation.save(update_fields=["token_sha256", "confirmed_at", "confirmed_by", "expires_at"])
    return invitation, secret


@verb("invitation.withdraw")
def withdraw(*, invitation: Invitation, by: User) -> Invitation:
    """Call it off; a link that is already out stops working."""
    invitation = lock(invitation)
    require(by, Permission.PEOPLE_VIEW, invitation)
    if by.pk != invitation.proposed_by_id:
        require(by, Permission.PEOPLE_MANAGE, invitation)
    if invitation.accepted_at or invitation.withdrawn_at:
        raise IllegalStep(_("这份邀请已经办完，不能再撤回。"))
    invitation.withdrawn_at, invitation.withdrawn_by = timezone.now(), by
    invitation.save(update_fields=["withdrawn_at", "withdrawn_by"])
    return invitation


@verb("invitation.accept")
def accept(*, secret: str, username: str, password: str, by: User | None = None) -> User:
    """Take the invitation up: a new account with the role, and with a password of the person's own."""
    invitation = lock(find(secret))
    if invitation.accepted_at:
        raise IllegalStep(_("这份邀请已经用过。"))
    username = User.normalize_username(username.strip())
    _check(username, password, invitation)
    if User.objects.filter(username__iexact=username).exists():
        raise Conflict(_("用户名“%(username)s”已有人使用，请换一个。") % {"username": username})
    user = User.objects.create_user(username, password, name=invitation.name, email=invitation.email)
    Membership.objects.create(
        user=user,
        role=invitation.role,
        authority=None if invitation.operator_id else invitation.authority,
        operator=invitation.operator,
        city=invitation.city,
        granted_by=invitation.confirmed_by,
    )
    invitation.accepted_at, invitation.accepted_by = timezone.now(), user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    return user


@verb("invitation.end_operator")
def end_operator(*, authority: Authority, user: User, by: User) -> User:
    """Somebody no longer fills in for an operator: the role this office gave ends, and an account without any other closes."""
    require(by, Permission.PEOPLE_MANAGE, Invitation(authority=authority))
    user = lock(user)
    given = people_invited(authority).filter(user=user)
    now = timezone.now()
    if not given.update(valid_until=now):
        raise IllegalStep(_("“%(user)s”不是由本单位邀请的填报人，或已停用。") % {"user": user})
    if not Membership.objects.in_force(now).filter(user=user).exists():
        ApiClient.objects.filter(owner=user, revoked_at__isnull=True).update(revoked_at=now)
        User.objects.filter(pk=user.pk).update(is_active=False)
    return user


def people_invited(authority: Authority) -> QuerySet[Membership]:
    """The roles in force of people whom this office has let in for operators."""
    accepted = Invitation.objects.filter(
        authority=authority, accepted_by=OuterRef("user"), operator=OuterRef("operator")
    )
    return Membership.objects.in_force().filter(Exists(accepted), role=Role.OPERATOR)


def _operator(authority: Authority, uscc: str) -> Operator:
    """One of the operators whose platforms this office answers for; of others it is not told whether they exist."""
    if not authority.self_service:
        raise Invalid(
            [Problem("role", "switched_off", _("本单位没有开通建设单位自助填报，请先由审核人开通。"))]
        )
    try:
        code = clean_uscc(uscc)
    except ValidationError as error:
        raise Invalid([Problem("uscc", error.code or "invalid", words_of(error))]) from error
    platforms = Platform.objects.active().filter(authority=authority, operator__uscc=code)
    found = platforms.select_related("operator").first()
    if found is None or found.operator is None:
        raise Invalid([Problem("uscc", "unknown", _("本单位没有这个建设单位的在库平台。"))])
    return found.operator


def _city(authority: Authority, code: str) -> Region:
    """One of the cities that answer to this office."""
    if not authority.city_review:
        raise Invalid([Problem("role", "switched_off", _("本单位没有开通地市初审，请先由审核人开通。"))])
    found = authority.cities().filter(pk=code).first() if code else None
    if found is None:
        raise Invalid([Problem("city", "unknown", _("请选择本单位所辖的城市。"))])
    return found


def find(secret: str) -> Invitation:
    """The open invitation behind a link; the same answer for every link that does not work."""
    rows = Invitation.objects.open().filter(confirmed_at__isnull=False, token_sha256=digest(secret))
    found = rows.select_related("authority").first()
    if found is None:
        raise NotFound()
    return found


def address(authority: Authority) -> str:
    return f"{OFFICE.format(authority.pk)}people/"


def _check(username: str, password: str, invitation: Invitation) -> None:
    if not username:
        raise Invalid([Problem("username", "required", _("必填。"))])
    try:
        password_validation.validate_password(
            password, User(username=username, name=invitation.name, email=invitation.email)
        )
    except ValidationError as error:
        raise Invalid([Problem("password", "too_weak", sentence) for sentence in error.messages]) from error
