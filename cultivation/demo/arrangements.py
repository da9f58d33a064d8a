"""Two ways of working that an authority may switch on: operators write first in Jiangsu, cities check first in Guangdong."""

from __future__ import annotations

from cultivation.actions import submission as submissions
from cultivation.actions import submission_city
from cultivation.choices import SubmissionKind
from cultivation.models import Submission
from platforms import record
from platforms.actions import authority as offices
from platforms.models import Authority, Platform, User

WRITING, CHECKING = "320000", "440000"


def play(people: dict[str, User]) -> None:
    """The switches, a draft in the operator's hands, and a submission that waits in the city."""
    writing, checking = (Authority.objects.get(pk=code) for code in (WRITING, CHECKING))
    offices.set_self_service(authority=writing, on=True, by=people["jiangsu-approver"])
    submission_city.set_city_review(authority=checking, on=True, by=people["guangdong-approver"])
    _with_the_operator(people["operator"])
    _with_the_city(people["guangdong-clerk"], people["guangzhou-reviewer"])


def _with_the_operator(person: User) -> None:
    """A further platform, begun by the operator's own person with what the register knows of the operator."""
    [operator, *_others] = submissions.operators_of(person)
    payload = record.empty_payload() | {"operator": record.values_of(operator, "operator")}
    payload["platform"] |= {"name_zh": "示例·建设单位自行填写的平台"}
    submissions.create_draft(
        authority=Authority.objects.get(pk=WRITING), by=person, payload=payload, filled_by=operator
    )


def _with_the_city(clerk: User, reviewer: User) -> None:
    platform, city = _free(CHECKING), reviewer.memberships.get().city
    if platform is None or city is None:
        return
    payload = record.payload_of(platform)
    payload["platform"] |= {"city": city.pk, "staff_total": int(payload["platform"]["staff_total"]) + 3}
    draft = submissions.create_draft(
        authority=platform.authority,
        by=clerk,
        payload=payload,
        kind=SubmissionKind.CHANGE,
        platform=platform,
    )
    submission_city.send_to_city(submission=draft, by=clerk)


def _free(code: str) -> Platform | None:
    """A platform of the authority that nobody is changing."""
    taken = Submission.objects.open().filter(platform__isnull=False).values("platform")
    rows = Platform.objects.active().filter(authority=code, demo=True).exclude(pk__in=taken)
    found = rows.order_by("pk").first()
    return found and Platform.objects.with_everything().select_related("authority").get(pk=found.pk)
