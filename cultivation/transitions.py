"""The state machines of the cultivation process, as tables for ``platforms.transitions.StateMachine``."""

from django.utils.translation import gettext_lazy as _

from cultivation.aftercare_transitions import ANNOUNCEMENT, CAMPAIGN, CHANGE_REQUEST
from cultivation.choices import ApplicationStatus as A
from cultivation.choices import AssignmentStatus, BatchStatus, PanelInvitationStatus, PanelStatus
from cultivation.listing_transitions import DECISION, DESIGNATION, NOTICE, OBJECTION
from cultivation.submission_transitions import SUBMISSION
from platforms.access import Permission as P
from platforms.transitions import StateMachine, Transition

BATCH = StateMachine(
    noun="batch",
    states=BatchStatus,
    transitions=(
        Transition(
            "open",
            (BatchStatus.DRAFT,),
            BatchStatus.RECOMMENDING,
            P.BATCH_APPROVE,
            _("开放推荐"),
            notify=("all_authorities",),
        ),
        Transition(
            "extend",
            (BatchStatus.RECOMMENDING,),
            BatchStatus.RECOMMENDING,
            P.BATCH_APPROVE,
            _("延长推荐截止时间"),
            needs_reason=True,
            notify=("all_authorities",),
        ),
        Transition(
            "close",
            (BatchStatus.RECOMMENDING,),
            BatchStatus.ASSESSING,
            P.BATCH_PREPARE,
            _("结束推荐，进入评审"),
        ),
        Transition(
            "finish_stage",
            (BatchStatus.ASSESSING,),
            BatchStatus.ASSESSING,
            P.BATCH_PREPARE,
            _("完成当前环节"),
        ),
        Transition(
            "give_notice", (BatchStatus.ASSESSING,), BatchStatus.NOTICING, P.NOTICE_PUBLISH, _("开始公示")
        ),
        Transition(
            "end_notice",
            (BatchStatus.NOTICING,),
            BatchStatus.DECIDING,
            P.NOTICE_PREPARE,
            _("公示结束，进入决定"),
            system=True,
        ),
        Transition(
            "conclude",
            (BatchStatus.DECIDING,),
            BatchStatus.CONCLUDED,
            P.DECISION_APPROVE,
            _("公布"),
            system=True,
        ),
        Transition(
            "cancel",
            (BatchStatus.DRAFT, BatchStatus.RECOMMENDING, BatchStatus.ASSESSING),
            BatchStatus.CANCELLED,
            P.BATCH_APPROVE,
            _("取消批次"),
            needs_reason=True,
            notify=("all_authorities",),
        ),
    ),
    stamps={"open": "opened"},
)

APPLICATION = StateMachine(
    noun="application",
    states=A,
    transitions=(
        Transition(
            "recommend",
            (A.PROPOSED,),
            A.RECOMMENDED,
            P.APPLICATION_RECOMMEND,
            _("审核并推荐"),
            notify=("ministry_clerks",),
        ),
        Transition(
            "withdraw",
            (A.PROPOSED, A.RECOMMENDED, A.SUPPLEMENT),
            A.WITHDRAWN,
            P.APPLICATION_PROPOSE,
            _("撤回推荐"),
        ),
        Transition("pass_check", (A.RECOMMENDED,), A.IN_REVIEW, P.APPLICATION_CHECK, _("形式审查通过")),
        Transition(
            "fail_check",
            (A.RECOMMENDED, A.SUPPLEMENT),
            A.FAILED_CHECK,
            P.APPLICATION_CHECK,
            _("形式审查不通过"),
            needs_reason=True,
        ),
        Transition(
            "request_supplement",
            (A.RECOMMENDED,),
            A.SUPPLEMENT,
            P.APPLICATION_CHECK,
            _("要求补充材料"),
            needs_reason=True,
            notify=("authority",),
        ),
        Transition(
            "supplement",
            (A.SUPPLEMENT,),
            A.RECOMMENDED,
            P.APPLICATION_RECOMMEND,
            _("补充完毕"),
            notify=("ministry_clerks",),
        ),
        Transition(
            "shortlist",
            (A.IN_REVIEW, A.RESERVE_LIST),
            A.SHORTLISTED,
            P.APPLICATION_SHORTLIST,
            _("列入初步名单"),
        ),
        Transition(
            "reserve",
            (A.IN_REVIEW, A.SHORTLISTED),
            A.RESERVE_LIST,
            P.APPLICATION_SHORTLIST,
            _("列为备选"),
            needs_reason=True,
        ),
        Transition(
            "set_aside",
            (A.IN_REVIEW, A.SHORTLISTED, A.RESERVE_LIST),
            A.NOT_SHORTLISTED,
            P.APPLICATION_SHORTLIST,
            _("不列入初步名单"),
            needs_reason=True,
        ),
        Transition(
            "put_on_notice",
            (A.SHORTLISTED,),
            A.ON_NOTICE,
            P.NOTICE_PUBLISH,
            _("公示"),
            system=True,
            notify=("authority",),
        ),
        Transition(
            "remove",
            (A.ON_NOTICE,),
            A.REMOVED,
            P.OBJECTION_RULE,
            _("移出名单"),
            needs_reason=True,
            notify=("authority",),
        ),
        Transition(
            "list",
            (A.ON_NOTICE,),
            A.LISTED,
            P.DECISION_APPROVE,
            _("列入名单"),
            system=True,
            notify=("authority",),
        ),
        Transition(
            "not_list",
            (A.IN_REVIEW, A.RESERVE_LIST),
            A.NOT_LISTED,
            P.DECISION_APPROVE,
            _("未列入名单"),
            needs_reason=True,
            system=True,
        ),
    ),
    stamps={"recommend": "recommended", "pass_check": "checked", "fail_check": "checked"},
    seen=lambda application, user: application.seen_by(user),
)

PANEL = StateMachine(
    noun="panel",
    states=PanelStatus,
    transitions=(
        Transition(
            "open",
            (PanelStatus.FORMING,),
            PanelStatus.OPEN,
            P.REVIEW_ASSIGN,
            _("开始评审"),
            notify=("panel_experts",),
        ),
        Transition("close", (PanelStatus.OPEN,), PanelStatus.CLOSED, P.REVIEW_ASSIGN, _("结束评审")),
    ),
    stamps={"open": "opened", "close": "closed"},
)

PANEL_INVITATION = StateMachine(
    noun="panel_invitation",
    states=PanelInvitationStatus,
    transitions=(
        Transition(
            "accept",
            (PanelInvitationStatus.SENT,),
            PanelInvitationStatus.ACCEPTED,
            P.REVIEW_SCORE,
            _("接受邀请"),
            notify=("ministry_clerks",),
        ),
        Transition(
            "decline",
            (PanelInvitationStatus.SENT,),
            PanelInvitationStatus.DECLINED,
            P.REVIEW_SCORE,
            _("谢绝邀请"),
            needs_reason=True,
            notify=("ministry_clerks",),
        ),
        Transition(
            "lapse",
            (PanelInvitationStatus.SENT,),
            PanelInvitationStatus.LAPSED,
            P.REVIEW_ASSIGN,
            _("逾期未答复"),
            notify=("ministry_clerks",),
            system=True,
        ),
    ),
    stamps={"accept": "answered", "decline": "answered"},
)

ASSIGNMENT = StateMachine(
    noun="assignment",
    states=AssignmentStatus,
    transitions=(
        Transition(
            "submit_scores",
            (AssignmentStatus.ASSIGNED,),
            AssignmentStatus.SUBMITTED,
            P.REVIEW_SCORE,
            _("提交评分"),
        ),
        Transition(
            "recuse",
            (AssignmentStatus.ASSIGNED,),
            AssignmentStatus.RECUSED,
            P.REVIEW_SCORE,
            _("申请回避"),
            needs_reason=True,
            notify=("ministry_clerks",),
        ),
        Transition(
            "recuse_for_conflict",
            (AssignmentStatus.ASSIGNED,),
            AssignmentStatus.RECUSED,
            P.REVIEW_ASSIGN,
            _("因利益冲突回避"),
            needs_reason=True,
            notify=("ministry_clerks",),
            system=True,
        ),
    ),
)

#: Every table; those of the notice and after are in modules of their own and are read here.
MACHINES = (
    SUBMISSION, BATCH, APPLICATION, PANEL, PANEL_INVITATION, ASSIGNMENT, NOTICE, OBJECTION, DECISION, DESIGNATION, CHANGE_REQUEST,
    CAMPAIGN, ANNOUNCEMENT,
)  # fmt: skip
