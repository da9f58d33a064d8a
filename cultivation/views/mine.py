"""Whose work something is: the one who began it, or whoever took that person's work over (``Handover``)."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cultivation.choices import ApplicationStatus, RequestStatus, SubmissionStatus
from cultivation.models import AnnualReport, Application, ChangeRequest, Submission
from platforms.models import ApiClient, Authority, Handover, Job, Notification, User


def looked_after_by(user: User, field: str) -> Q:
    """Rows whose ``field`` names this person or somebody whose work went to this person."""
    return Q(**{field: user.pk}) | Q(**{f"{field}__in": Handover.objects.given_to(user)})


def work_of(user: User, authority: Authority) -> list[dict]:
    """What a person has under way in an office: ``[{label, count}]``, for the page on which it is handed over."""
    submissions = Submission.objects.filter(authority=authority)
    mine = looked_after_by(user, "created_by")
    S, R = SubmissionStatus, RequestStatus
    counts = (
        (_("草稿"), submissions.filter(mine, status=S.DRAFT)),
        (_("退回补正"), submissions.filter(mine, status=S.RETURNED)),
        (_("待地市初审"), submissions.filter(mine, status=S.CITY_REVIEW)),
        (_("待本单位审核"), submissions.filter(mine, status=S.PREPARED)),
        (_("待部受理"), submissions.filter(mine, status=S.SUBMITTED)),
        (
            _("拟推荐"),
            Application.objects.filter(
                looked_after_by(user, "proposed_by"), authority=authority, status=ApplicationStatus.PROPOSED
            ),
        ),
        (
            _("没有上报的年度信息"),
            AnnualReport.objects.filter(
                looked_after_by(user, "prepared_by"), platform__authority=authority, submitted_at=None
            ),
        ),
        (
            _("没有办完的变更申请"),
            ChangeRequest.objects.filter(
                looked_after_by(user, "prepared_by"),
                platform__authority=authority,
                status__in=(R.PREPARED, R.SUBMITTED, R.RETURNED),
            ),
        ),
        (_("没有完成的任务"), Job.objects.unfinished().filter(created_by=user, authority=authority)),
        (_("未读消息"), Notification.objects.filter(recipient=user, read_at=None)),
        (_("有效的接口密钥（随账户停用）"), ApiClient.objects.usable().filter(owner=user)),
    )
    return [{"label": label, "count": rows.count()} for label, rows in counts]
