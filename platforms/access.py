"""Who may do what to which records: one table of grants and one scope rule.

``reach(user)`` answers for a single record (``may``) and for a set (``rows``) from the same table, so a list can never show
a row that its detail page refuses. An unknown user reaches nothing. The acting authority is read from the record, never from
the session. ``require`` is what verbs call: records outside a person's scope do not exist for them (404), records inside it
that they may not act on say who may (403).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_
from typing import TypeVar

from django.db.models import Manager, Model, Q, QuerySet, TextChoices
from django.utils.translation import gettext_lazy as _

from platforms.errors import NotFound, NotPermitted

Rows = TypeVar("Rows", bound=QuerySet)


class Role(TextChoices):
    AUTHORITY_CLERK = "authority_clerk", _("推荐单位经办人")
    AUTHORITY_APPROVER = "authority_approver", _("推荐单位审核人")
    OPERATOR = "operator", _("建设单位填报人")
    CITY_REVIEWER = "city_reviewer", _("地市初审人员")
    EXPERT = "expert", _("评审专家")
    MINISTRY_CLERK = "ministry_clerk", _("部经办人")
    MINISTRY_APPROVER = "ministry_approver", _("部审批人")
    SYSTEM_ADMIN = "system_admin", _("系统管理员")
    SECURITY_ADMIN = "security_admin", _("安全管理员")
    AUDIT_ADMIN = "audit_admin", _("审计管理员")
    API_CLIENT = "api_client", _("接口客户端")

    @classmethod
    def for_authorities(cls) -> list[str]:
        """Roles that are always bound to one authority as a whole."""
        return [cls.AUTHORITY_CLERK, cls.AUTHORITY_APPROVER]


class Permission(TextChoices):
    """Permissions are what verbs and pages ask for; roles are only bundles of them."""

    DESK_VIEW = "desk.view", _("打开工作台")
    PLATFORM_VIEW = "platform.view", _("查看平台工作记录")
    PLATFORM_END = "platform.end", _("撤销或合并平台")
    LETTER_VIEW = "letter.view", _("查看来信")
    LETTER_ANSWER = "letter.answer", _("答复来信")
    LETTER_WATCH = "letter.watch", _("查看来信答复情况，不看内容")
    SUBMISSION_VIEW = "submission.view", _("查看申报")
    SUBMISSION_PREPARE = "submission.prepare", _("填报和提交审核")
    SUBMISSION_FILL = "submission.fill", _("填写本单位平台的申报")
    SUBMISSION_CITY_REVIEW = "submission.city_review", _("初审本市的申报")
    SUBMISSION_APPROVE = "submission.approve", _("审核并上报")
    SUBMISSION_DECIDE = "submission.decide", _("受理、退回申报")
    CHANGE_DECIDE = "change.decide", _("决定变更申请")
    IMPORT_RUN = "import.run", _("批量导入")
    BATCH_VIEW = "batch.view", _("查看批次")
    BATCH_PREPARE = "batch.prepare", _("编制批次")
    BATCH_APPROVE = "batch.approve", _("开放和推进批次")
    APPLICATION_VIEW = "application.view", _("查看推荐")
    APPLICATION_PROPOSE = "application.propose", _("拟推荐和排序")
    APPLICATION_RECOMMEND = "application.recommend", _("审核并推荐")
    APPLICATION_CHECK = "application.check", _("形式审查")
    APPLICATION_SHORTLIST = "application.shortlist", _("提出初步名单")
    REVIEW_ASSIGN = "review.assign", _("组织专家评审")
    REVIEW_SCORE = "review.score", _("评分")
    SCORES_VIEW = "scores.view", _("查看评审结果")
    NOTICE_PREPARE = "notice.prepare", _("编制公示")
    NOTICE_PUBLISH = "notice.publish", _("发布公示")
    ANNOUNCEMENT_PREPARE = "announcement.prepare", _("起草公告")
    ANNOUNCEMENT_PUBLISH = "announcement.publish", _("批准和撤回公告")
    OBJECTION_VIEW = "objection.view", _("查看异议")
    OBJECTION_HANDLE = "objection.handle", _("办理异议")
    OBJECTION_RULE = "objection.rule", _("裁定异议")
    OBJECTOR_REVEAL = "objection.reveal", _("查看异议人身份")
    DECISION_VIEW = "decision.view", _("查看决定")
    DECISION_PREPARE = "decision.prepare", _("起草决定")
    DECISION_APPROVE = "decision.approve", _("批准决定")
    DESIGNATION_END = "designation.end", _("撤销认定")
    EDITION_CUT = "edition.cut", _("制作发布版")
    EVALUATION_RECORD = "evaluation.record", _("登记评价和整改")
    HISTORY_VIEW = "history.view", _("查看记录历史")
    AUDIT_VIEW = "audit.view", _("查看审计日志")
    PEOPLE_VIEW = "people.view", _("查看本单位人员")
    PEOPLE_INVITE = "people.invite", _("提出邀请")
    PEOPLE_MANAGE = "people.manage", _("确认邀请、停用和交接")
    OFFICE_ARRANGE = "office.arrange", _("设定本单位的办理方式")
    KEYS_OWN = "keys.own", _("申请和停用自己的接口密钥")
    WEBHOOKS_OWN = "webhooks.own", _("订阅公开变更的推送")
    ROLES_GRANT = "roles.grant", _("授予和收回角色")
    REFERENCE_EDIT = "reference.edit", _("维护基础数据")
    SYSTEM_OPERATE = "system.operate", _("查看系统运行")
    JOB_VIEW = "job.view", _("查看任务")
    JOB_OWN = "job.own", _("查看自己发起的任务")
    JOB_RETRY = "job.retry", _("重新运行已停止的任务")
    USE_ADMIN = "admin.use", _("使用管理后台")


P = Permission

#: What each role may do. The three administrators see no business data; an API client has no rights of its own.
GRANTS: dict[str, frozenset[str]] = {
    Role.AUTHORITY_CLERK: frozenset(
        {
            P.DESK_VIEW, P.KEYS_OWN, P.WEBHOOKS_OWN, P.PLATFORM_VIEW, P.SUBMISSION_VIEW, P.SUBMISSION_PREPARE, P.IMPORT_RUN, P.BATCH_VIEW,
            P.APPLICATION_VIEW, P.APPLICATION_PROPOSE, P.HISTORY_VIEW, P.JOB_VIEW, P.PEOPLE_VIEW, P.PEOPLE_INVITE,
            P.LETTER_VIEW, P.LETTER_ANSWER,
        }
    ),
    Role.AUTHORITY_APPROVER: frozenset(
        {
            P.DESK_VIEW, P.KEYS_OWN, P.WEBHOOKS_OWN, P.PLATFORM_VIEW, P.SUBMISSION_VIEW, P.SUBMISSION_APPROVE, P.BATCH_VIEW,
            P.APPLICATION_VIEW, P.APPLICATION_RECOMMEND, P.HISTORY_VIEW, P.JOB_VIEW, P.PEOPLE_VIEW,
            P.PEOPLE_INVITE, P.PEOPLE_MANAGE, P.OFFICE_ARRANGE, P.LETTER_VIEW,
        }
    ),
    Role.OPERATOR: frozenset(
        {
            P.DESK_VIEW, P.KEYS_OWN, P.WEBHOOKS_OWN, P.PLATFORM_VIEW, P.SUBMISSION_VIEW, P.SUBMISSION_FILL, P.HISTORY_VIEW,
            P.LETTER_VIEW, P.LETTER_ANSWER,
        }
    ),
    Role.CITY_REVIEWER: frozenset({P.DESK_VIEW, P.KEYS_OWN, P.SUBMISSION_VIEW, P.SUBMISSION_CITY_REVIEW}),
    Role.EXPERT: frozenset({P.DESK_VIEW, P.REVIEW_SCORE}),
    Role.MINISTRY_CLERK: frozenset(
        {
            P.DESK_VIEW, P.KEYS_OWN, P.WEBHOOKS_OWN, P.PLATFORM_VIEW, P.SUBMISSION_VIEW, P.SUBMISSION_DECIDE, P.BATCH_VIEW, P.BATCH_PREPARE,
            P.APPLICATION_VIEW, P.APPLICATION_CHECK, P.APPLICATION_SHORTLIST, P.REVIEW_ASSIGN, P.SCORES_VIEW,
            P.NOTICE_PREPARE, P.OBJECTION_VIEW, P.OBJECTION_HANDLE, P.OBJECTOR_REVEAL, P.DECISION_VIEW,
            P.DECISION_PREPARE, P.EVALUATION_RECORD, P.ANNOUNCEMENT_PREPARE, P.HISTORY_VIEW, P.JOB_VIEW, P.LETTER_WATCH, P.USE_ADMIN,
        }
    ),
    Role.MINISTRY_APPROVER: frozenset(
        {
            P.DESK_VIEW, P.KEYS_OWN, P.WEBHOOKS_OWN, P.PLATFORM_VIEW, P.PLATFORM_END, P.SUBMISSION_VIEW, P.CHANGE_DECIDE, P.BATCH_VIEW, P.BATCH_APPROVE,
            P.APPLICATION_VIEW, P.SCORES_VIEW, P.NOTICE_PUBLISH, P.OBJECTION_VIEW, P.OBJECTION_RULE,
            P.DECISION_VIEW, P.DECISION_APPROVE, P.DESIGNATION_END, P.EDITION_CUT, P.ANNOUNCEMENT_PUBLISH, P.HISTORY_VIEW, P.JOB_VIEW,
            P.LETTER_WATCH, P.USE_ADMIN,
        }
    ),
    Role.SYSTEM_ADMIN: frozenset({P.DESK_VIEW, P.REFERENCE_EDIT, P.SYSTEM_OPERATE, P.JOB_OWN, P.JOB_RETRY, P.USE_ADMIN}),
    Role.SECURITY_ADMIN: frozenset({P.DESK_VIEW, P.ROLES_GRANT, P.PEOPLE_VIEW, P.PEOPLE_MANAGE, P.USE_ADMIN}),
    Role.AUDIT_ADMIN: frozenset({P.DESK_VIEW, P.AUDIT_VIEW, P.USE_ADMIN}),
    Role.API_CLIENT: frozenset(),
}  # fmt: skip

#: Rights that an authority switches on for its own records: the part of ``Scope`` that leads to the switch.
SWITCHED: dict[str, str] = {P.SUBMISSION_FILL: "self_service", P.SUBMISSION_CITY_REVIEW: "city_review"}

NATION, CITY, PERSON = "nation", "city", "person"
#: Rights in what a person has begun, and in nothing else, however far the role reaches.
OF_ONES_OWN = frozenset({P.JOB_OWN})
#: Which part of the registry a role sees: all of it, or the rows bound to its authority, operator, city or person.
SCOPE_OF_ROLE: dict[str, str] = {
    Role.AUTHORITY_CLERK: "authority",
    Role.AUTHORITY_APPROVER: "authority",
    Role.OPERATOR: "operator",
    Role.CITY_REVIEWER: CITY,
    Role.EXPERT: PERSON,
    Role.MINISTRY_CLERK: NATION,
    Role.MINISTRY_APPROVER: NATION,
    Role.SYSTEM_ADMIN: NATION,
    Role.SECURITY_ADMIN: NATION,
    Role.AUDIT_ADMIN: NATION,
}


@dataclass(frozen=True)
class Scope:
    """How a model's rows lead to an authority, an operator or a person; declared on the model as ``scope``.

    ``everyone`` marks rows that any holder of the permission sees, such as a batch. ``nation`` leads to the moment at which a
    row reached the ministry: until it is filled, the row is a draft of its authority and national roles do not see it.
    """

    authority: str = ""
    operator: str = ""
    person: str = ""
    nation: str = ""
    everyone: bool = False
    #: Leads to the city whose department has had the row before it; only together with ``authority``.
    city: str = ""
    #: Lead to whether the authority lets operators write in this row, or cities check it (``SWITCHED``).
    self_service: str = ""
    city_review: str = ""


@dataclass(frozen=True)
class Grant:
    """One membership in force: a role and the key it is bound to (authority code, operator id, city code or user id).

    ``authority`` is filled beside a city: the city acts in the records of that office only.
    """

    role: str
    scope: str
    key: object = None
    authority: str = ""

    def allows(self, permission: str) -> bool:
        return permission in GRANTS.get(self.role, frozenset())


@dataclass(frozen=True)
class Reach:
    """Everything a user may do, and where. ``limit`` narrows it to the scopes of an API client."""

    grants: tuple[Grant, ...] = ()
    limit: frozenset[str] | None = None

    def _grants_for(self, permission: str) -> list[Grant]:
        if self.limit is not None and permission not in self.limit:
            return []
        found = [grant for grant in self.grants if grant.allows(permission)]
        return [replace(grant, scope=PERSON) for grant in found] if permission in OF_ONES_OWN else found

    def may(self, permission: str, obj: Model | None = None) -> bool:
        """Whether the permission is held at all, or for this one record."""
        grants = self._grants_for(permission)
        if obj is None:
            return bool(grants)
        return _is_switched_on(permission, obj) and any(_covers(grant, obj) for grant in grants)

    def rows(self, queryset: Rows, permission: str) -> Rows:
        """The records of ``queryset`` for which the permission is held."""
        scope: Scope = queryset.model.scope
        conditions = []
        for grant in self._grants_for(permission):
            path = "" if scope.everyone else getattr(scope, grant.scope)
            if scope.everyone or (grant.scope == NATION and not path):
                return queryset
            if grant.scope == NATION:
                conditions.append(Q(**{f"{path}__isnull": False}))
            elif path and grant.scope == CITY:
                conditions.append(Q(**{path: grant.key, scope.authority: grant.authority}))
            elif path:
                conditions.append(Q(**{path: grant.key}))
        if not conditions:
            return queryset.none()
        narrowed = queryset.filter(reduce(or_, conditions), **_switched_on(permission, scope))
        # A path through a to-many relation may find a row twice.
        return (
            narrowed.distinct()
            if any(_is_plural(queryset.model, path) for path in _paths(scope))
            else narrowed
        )

    def authority_codes(self, permission: str) -> list[str] | None:
        """Codes of the authorities for which the permission is held; ``None`` means all of them."""
        grants = self._grants_for(permission)
        if any(grant.scope == NATION for grant in grants):
            return None
        return sorted({str(grant.key) for grant in grants if grant.scope == "authority"})

    def permissions(self) -> frozenset[str]:
        held = frozenset().union(*(GRANTS.get(grant.role, frozenset()) for grant in self.grants))
        return held if self.limit is None else held & self.limit


NOTHING = Reach()


def reach(user) -> Reach:
    """What ``user`` reaches now. Kept on the user object, which lives for one request or one job."""
    if user is None or not getattr(user, "is_authenticated", False) or not user.is_active:
        return NOTHING
    known = user.__dict__.get("_reach")
    if known is None:
        grants = tuple(_grant_of(membership, user) for membership in user.memberships.in_force())
        limit = frozenset(user.api_client.scopes) if user.api_client else None
        known = user.__dict__["_reach"] = Reach(grants, limit)
    return known


def _grant_of(membership, user) -> Grant:
    scope = SCOPE_OF_ROLE.get(membership.role, "")
    if scope == CITY:
        return Grant(membership.role, scope, membership.city_id, membership.authority_id)
    return Grant(membership.role, scope, membership.authority_id or membership.operator_id or user.pk)


def require(user, permission: str, obj: Model | None = None) -> None:
    """Raise unless ``user`` holds ``permission`` (for ``obj``).

    A record in nobody's scope of this user raises ``NotFound``, so that its existence is not given away.
    """
    mine = reach(user)
    if mine.may(permission, obj):
        return
    if obj is not None and not any(_covers(grant, obj) for grant in mine.grants):
        raise NotFound()
    raise NotPermitted(permission=str(Permission(permission).label), roles=roles_with(permission))


def roles_with(permission: str) -> list[str]:
    """Labels of the roles that hold a permission, for the sentence "this is done by …"."""
    return [str(Role(role).label) for role, held in GRANTS.items() if permission in held]


def _covers(grant: Grant, obj: Model) -> bool:
    scope: Scope = obj.scope  # type: ignore[attr-defined]
    if scope.everyone:
        return True
    path = getattr(scope, grant.scope, "")
    if grant.scope == NATION:
        return not path or any(moment is not None for moment in _values(obj, path.split("__")))
    if grant.scope == CITY and path and grant.authority not in _values(obj, scope.authority.split("__")):
        return False
    return bool(path) and grant.key in _values(obj, path.split("__"))


def _switched_on(permission: str, scope: Scope) -> dict[str, bool]:
    """The condition that the authority has switched this right on; impossible where the rows lead to no switch."""
    if permission not in SWITCHED:
        return {}
    path = getattr(scope, SWITCHED[permission])
    return {path: True} if path else {"pk__isnull": True}


def _is_switched_on(permission: str, obj: Model) -> bool:
    if permission not in SWITCHED:
        return True
    path = getattr(obj.scope, SWITCHED[permission])  # type: ignore[attr-defined]
    return bool(path) and True in _values(obj, path.split("__"))


def _values(obj, steps: list[str]) -> Iterator[object]:
    """The key or keys at the end of a lookup path, read from the record as the database would read it."""
    if obj is None:
        return
    if not steps:
        yield obj.pk if isinstance(obj, Model) else obj
        return
    following = getattr(obj, steps[0])
    related = following.all() if isinstance(following, Manager) else [following]
    for item in related:
        yield from _values(item, steps[1:])


def _paths(scope: Scope) -> list[str]:
    return [path for path in (scope.authority, scope.operator, scope.person) if path]


def _is_plural(model: type[Model], path: str) -> bool:
    field = model._meta.get_field(path.split("__")[0])
    return bool(field.one_to_many or field.many_to_many)
