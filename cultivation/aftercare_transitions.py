"""Around the batch: the moves of a change request, of an annual check and of an announcement. Part of the tables in ``cultivation.transitions``."""

from django.utils.translation import gettext_lazy as _

from cultivation.choices import AnnouncementStatus as A
from cultivation.choices import CampaignStatus as C
from cultivation.choices import RequestStatus as R
from platforms.access import Permission as P
from platforms.transitions import StateMachine, Transition

CHANGE_REQUEST = StateMachine(
    noun="change_request",
    states=R,
    transitions=(
        Transition(
            "submit",
            (R.PREPARED,),
            R.SUBMITTED,
            P.SUBMISSION_APPROVE,
            _("审核通过并上报"),
            notify=("ministry_approvers",),
        ),
        Transition(
            "send_back",
            (R.PREPARED,),
            R.RETURNED,
            P.SUBMISSION_APPROVE,
            _("退回经办人"),
            needs_reason=True,
            notify=("author",),
        ),
        Transition(
            "revise",
            (R.RETURNED,),
            R.PREPARED,
            P.SUBMISSION_PREPARE,
            _("补正后提交审核"),
            notify=("authority_approvers",),
        ),
        Transition("withdraw", (R.PREPARED, R.RETURNED), R.WITHDRAWN, P.SUBMISSION_PREPARE, _("撤回申请")),
        Transition(
            "accept", (R.SUBMITTED,), R.ACCEPTED, P.CHANGE_DECIDE, _("同意变更"), notify=("authority",)
        ),
        Transition(
            "return",
            (R.SUBMITTED,),
            R.RETURNED,
            P.CHANGE_DECIDE,
            _("退回补正"),
            needs_reason=True,
            notify=("authority",),
        ),
        Transition(
            "reject",
            (R.SUBMITTED,),
            R.REJECTED,
            P.CHANGE_DECIDE,
            _("不予同意"),
            needs_reason=True,
            notify=("authority",),
        ),
    ),
    stamps={"submit": "submitted", "accept": "decided", "reject": "decided"},
)

CAMPAIGN = StateMachine(
    noun="campaign",
    states=C,
    transitions=(
        Transition("revise", (C.DRAFT,), C.DRAFT, P.EVALUATION_RECORD, _("修改草稿")),
        Transition("open", (C.DRAFT,), C.OPEN, P.BATCH_APPROVE, _("开始年度核查"), notify=("authority",)),
        Transition(
            "close", (C.OPEN,), C.CLOSED, P.EVALUATION_RECORD, _("结束年度核查"), notify=("authority",)
        ),
    ),
    stamps={"revise": "revised", "open": "opened", "close": "closed"},
)

ANNOUNCEMENT = StateMachine(
    noun="announcement",
    states=A,
    transitions=(
        Transition(
            "submit",
            (A.DRAFT,),
            A.SUBMITTED,
            P.ANNOUNCEMENT_PREPARE,
            _("提交审批"),
            notify=("ministry_approvers",),
        ),
        Transition(
            "send_back",
            (A.SUBMITTED,),
            A.DRAFT,
            P.ANNOUNCEMENT_PUBLISH,
            _("退回修改"),
            needs_reason=True,
            notify=("author",),
        ),
        Transition("publish", (A.SUBMITTED,), A.SCHEDULED, P.ANNOUNCEMENT_PUBLISH, _("批准发布")),
        Transition(
            "release",
            (A.SCHEDULED,),
            A.PUBLISHED,
            P.ANNOUNCEMENT_PUBLISH,
            _("到时发布"),
            notify=("addressees",),
            system=True,
        ),
        Transition(
            "withdraw",
            (A.SCHEDULED, A.PUBLISHED),
            A.WITHDRAWN,
            P.ANNOUNCEMENT_PUBLISH,
            _("撤回公告"),
            needs_reason=True,
        ),
        Transition("abandon", (A.DRAFT,), A.ABANDONED, P.ANNOUNCEMENT_PREPARE, _("放弃起草")),
    ),
    stamps={"publish": "approved", "withdraw": "withdrawn"},
)
