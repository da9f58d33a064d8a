"""The people of the demonstration set. Their password is known, so an official or production installation never has them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password

from platforms.access import Role
from platforms.errors import DomainError
from platforms.models import Membership, Operator, User

PASSWORD_VARIABLE = "REGISTRY_DEMO_PASSWORD"  # noqa: S105 - the name of a variable
WELL_KNOWN = "pilot-platform-2026"


#: Authorities whose people are part of the set, with the beginning of their user names.
PLAYED = {"320000": "jiangsu", "330000": "zhejiang", "330200": "ningbo", "440000": "guangdong"}


@dataclass(frozen=True)
class Account:
    """One account. ``city`` is the one a city's reviewer checks for. ``areas`` are the area numbers an expert knows, ``organisation`` and ``region`` where the expert works."""

    username: str
    name: str
    role: str
    authority: str = ""
    areas: tuple[int, ...] = ()
    organisation: str = ""
    region: str = ""
    city: str = ""

    @property
    def who(self) -> str:
        return f"{self.name}（{Role(self.role).label}）"


ACCOUNTS = (
    Account("jiangsu-clerk", "示例·江苏经办", Role.AUTHORITY_CLERK, "320000"),
    Account("jiangsu-approver", "示例·江苏审核", Role.AUTHORITY_APPROVER, "320000"),
    Account("zhejiang-clerk", "示例·浙江经办", Role.AUTHORITY_CLERK, "330000"),
    Account("zhejiang-approver", "示例·浙江审核", Role.AUTHORITY_APPROVER, "330000"),
    Account("ningbo-clerk", "示例·宁波经办", Role.AUTHORITY_CLERK, "330200"),
    Account("ningbo-approver", "示例·宁波审核", Role.AUTHORITY_APPROVER, "330200"),
    Account("guangdong-clerk", "示例·广东经办", Role.AUTHORITY_CLERK, "440000"),
    Account("guangdong-approver", "示例·广东审核", Role.AUTHORITY_APPROVER, "440000"),
    Account("guangzhou-reviewer", "示例·广州初审", Role.CITY_REVIEWER, "440000", city="440100"),
    Account("operator", "示例·填报人", Role.OPERATOR),
    Account("expert-1", "示例·专家一", Role.EXPERT, areas=(1, 5), organisation="示例·材料学院", region="110000"),
    Account("expert-2", "示例·专家二", Role.EXPERT, areas=(1, 2), organisation="示例·机械研究所", region="210000"),
    Account("expert-3", "示例·专家三", Role.EXPERT, areas=(2, 4), organisation="示例·电子学会", region="310000"),
    Account("expert-4", "示例·专家四", Role.EXPERT, areas=(3, 5), organisation="示例·药科大学", region="420000"),
    Account("expert-5", "示例·专家五", Role.EXPERT, areas=(3, 4), organisation="示例·食品研究院", region="510000"),
    Account(
        "expert-6", "示例·专家六", Role.EXPERT, areas=(1, 2, 3, 4, 5, 6), organisation="示例·咨询中心", region="610000"
    ),
    Account("ministry-clerk", "示例·部经办", Role.MINISTRY_CLERK),
    Account("ministry-approver-1", "示例·部审批一", Role.MINISTRY_APPROVER),
    Account("ministry-approver-2", "示例·部审批二", Role.MINISTRY_APPROVER),
    Account("system-admin", "示例·系统管理员", Role.SYSTEM_ADMIN),
    Account("security-admin", "示例·安全管理员", Role.SECURITY_ADMIN),
    Account("audit-admin", "示例·审计管理员", Role.AUDIT_ADMIN),
)  # fmt: skip


def allowed() -> bool:
    """Whether this installation may have people with a known password and made-up platforms."""
    return not (settings.OFFICIAL or settings.PRODUCTION)


def password() -> str:
    return os.environ.get(PASSWORD_VARIABLE) or WELL_KNOWN


def accounts() -> list[tuple[str, str, str]]:
    """(user name, password, who) of the demonstration accounts that are in the database, for ``make run`` to print.

    A person who changed the password knows it; only the way to sign in as first set up is told.
    """
    if not allowed():
        return []
    known = set(
        User.objects.filter(username__in=[item.username for item in ACCOUNTS]).values_list(
            "username", flat=True
        )
    )
    return [(item.username, password(), item.who) for item in ACCOUNTS if item.username in known]


def create(operator: Operator | None) -> dict[str, User]:
    """The people by user name, created where missing, each with the one role. ``operator`` is who the operator works for."""
    if not allowed():
        raise DomainError("demonstration accounts are not allowed in an official or production installation")
    known = {
        user.username: user for user in User.objects.filter(username__in=[item.username for item in ACCOUNTS])
    }
    # One password, hashed once: hashing is slow on purpose, and there is nothing to protect here.
    hashed = "" if len(known) == len(ACCOUNTS) else make_password(password())
    return {item.username: _person(item, known.get(item.username), operator, hashed) for item in ACCOUNTS}


def _person(item: Account, user: User | None, operator: Operator | None, hashed: str) -> User:
    if user is None:
        user = User.objects.create(
            username=item.username, password=hashed, name=item.name, email=f"{item.username}@example.com"
        )
    bound: dict[str, Any] = {
        "authority_id": item.authority or None,
        "operator": operator if item.role == Role.OPERATOR else None,
        "city_id": item.city or None,
    }
    if item.role != Role.OPERATOR or operator is not None:
        Membership.objects.get_or_create(user=user, role=item.role, **bound)
    return user
