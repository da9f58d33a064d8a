"""From the notice to the tier: the moves of notices, objections, decisions and designations. Part of ``cultivation.transitions``."""

from django.utils.translation import gettext_lazy as _

from cultivation.choices import DecisionStatus, NoticeStatus
from cultivation.choices import DesignationStatus as D
from cultivation.choices import ObjectionStatus as O
from platforms.access import Permission as P
from platforms.transitions import StateMachine, Transition

NOTICE = StateMachine(
    noun="notice",
    states=NoticeStatus,
    transitions=(
        Transition(
            "publish",
            (NoticeStatus.DRAFT,),
            NoticeStatus.OPEN,
            P.NOTICE_PUBLISH,
            _("发布公示"),
            notify=("all_authorities",),
        ),
        Transition(
            "extend",
            (NoticeStatus.OPEN,),
            NoticeStatus.OPEN,
            P.NOTICE_PUBLISH,
            _("延长公示"),
            needs_reason=True,
        ),
        Transition(
            "close", (NoticeStatus.OPEN,), NoticeStatus.CLOSED, P.NOTICE_PUBLISH, _("结束公示"), system=True
        ),
    ),
    stamps={"publish": "published"},
)

OBJECTION = StateMachine(
    noun="objection",
    states=O,
    transitions=(
        Transition("handle", (O.LODGED,), O.HANDLING, P.OBJECTION_HANDLE, _("开始办理")),
        Transition("uphold", (O.HANDLING,), O.UPHELD, P.OBJECTION_RULE, _("裁定成立"), needs_reason=True),
        Transition(
            "dismiss", (O.HANDLING,), O.DISMISSED, P.OBJECTION_RULE, _("裁定不成立"), needs_reason=True
        ),
        Transition(
            "withdraw",
            (O.LODGED, O.HANDLING),
            O.WITHDRAWN,
            P.OBJECTION_HANDLE,
            _("应异议人要求撤回"),
            needs_reason=True,
        ),
    ),
    stamps={"handle": "handled", "uphold": "ruled", "dismiss": "ruled"},
)

DECISION = StateMachine(
    noun="decision",
    states=DecisionStatus,
    transitions=(
        Transition(
            "freeze",
            (DecisionStatus.DRAFT,),
            DecisionStatus.FROZEN,
            P.DECISION_PREPARE,
            _("冻结名单"),
            notify=("ministry_approvers",),
        ),
        Transition("approve", (DecisionStatus.FROZEN,), DecisionStatus.FROZEN, P.DECISION_APPROVE, _("批准")),
        Transition(
            "bring_into_force",
            (DecisionStatus.FROZEN,),
            DecisionStatus.IN_FORCE,
            P.DECISION_APPROVE,
            _("生效"),
            system=True,
        ),
        Transition(
            "abandon",
            (DecisionStatus.DRAFT, DecisionStatus.FROZEN),
            DecisionStatus.ABANDONED,
            P.DECISION_PREPARE,
            _("放弃起草"),
            needs_reason=True,
        ),
    ),
    stamps={"freeze": "frozen"},
)

DESIGNATION = StateMachine(
    noun="designation",
    states=D,
    transitions=(
        Transition(
            "supersede", (D.IN_FORCE,), D.SUPERSEDED, P.DECISION_APPROVE, _("由更高梯次取代"), system=True
        ),
        Transition(
            "withdraw",
            (D.IN_FORCE,),
            D.WITHDRAWN,
            P.DESIGNATION_END,
            _("撤销认定"),
            needs_reason=True,
            notify=("authority",),
        ),
        Transition(
            "transfer",
            (D.IN_FORCE,),
            D.TRANSFERRED,
            P.PLATFORM_END,
            _("由拆分后的平台承继"),
            system=True,
            needs_reason=True,
        ),
        Transition(
            "expire",
            (D.IN_FORCE,),
            D.EXPIRED,
            P.DESIGNATION_END,
            _("到期"),
            system=True,
            needs_reason=True,
            notify=("authority",),
        ),
    ),
)
