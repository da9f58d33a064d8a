"""Leaving an office: the work goes to a colleague, the account stops at once, the office stays able to act."""

import pytest

from platforms.access import Permission as P
from platforms.access import Role, reach
from platforms.actions import api_client, handover
from platforms.errors import IllegalStep, Invalid, NotFound, NotPermitted
from platforms.models import Handover, Job, Notification, SavedView, User
from tests import factories

pytestmark = pytest.mark.django_db
WHY = "调离"


@pytest.fixture
def colleague(cast) -> User:
    return factories.person(Role.AUTHORITY_CLERK, authority=cast.jiangsu, username="js-clerk-2")


def leave(cast, receiver, *, giver=None, by=None) -> Handover:
    return handover.make(
        authority=cast.jiangsu,
        giver=giver or cast.jiangsu_clerk,
        receiver=receiver,
        by=by or cast.jiangsu_approver,
        reason=WHY,
    )


def test_unread_messages_unfinished_jobs_and_views_go_along(cast, colleague):
    leaver = cast.jiangsu_clerk
    unread = Notification.objects.create(recipient=leaver, kind="x", text="未读")
    read = Notification.objects.create(recipient=leaver, kind="x", text="读过", read_at="2026-01-01T00:00Z")
    running = Job.objects.create(kind="x", authority=cast.jiangsu, created_by=leaver)
    ended = Job.objects.create(kind="x", authority=cast.jiangsu, created_by=leaver, status="done")
    SavedView.objects.create(user=leaver, page="platforms", name="国家级", query="tier=national")

    made = leave(cast, colleague)

    assert made.moved == {"messages": 1, "jobs": 1, "views": 1}
    holders = [type(row).objects.get(pk=row.pk) for row in (unread, read, running, ended)]
    assert [getattr(row, "recipient", None) or row.created_by for row in holders] == [
        colleague,
        leaver,
        colleague,
        leaver,
    ]
    assert [view.user for view in SavedView.objects.all()] == [colleague]


def test_the_old_account_opens_nothing_from_that_moment(cast, colleague, client, signed_in):
    _key, secret = api_client.create(
        owner=cast.jiangsu_clerk, name="示例", scopes=[P.SUBMISSION_VIEW], days=3, by=None
    )
    browser = signed_in(cast.jiangsu_clerk)
    assert browser.get("/desk/").status_code == 200

    leave(cast, colleague)

    answer = browser.get("/desk/")
    assert (answer.status_code, answer["Location"][:16]) == (302, "/accounts/login/")
    headers = {"Authorization": f"Api-Key {secret}"}
    assert client.get("/api/v1/submissions/", headers=headers).status_code == 401
    assert reach(User.objects.get(pk=cast.jiangsu_clerk.pk)).grants == ()


def test_somebody_with_another_office_keeps_that_one(cast, colleague):
    leaver = cast.jiangsu_clerk
    leaver.memberships.create(role=Role.AUTHORITY_CLERK, authority=cast.ningbo)
    there = Notification.objects.create(
        recipient=leaver, kind="x", text="宁波的事", url="/authorities/330200/submissions/ZT-1/"
    )

    leave(cast, colleague)

    after = User.objects.get(pk=leaver.pk)
    assert after.is_active
    assert reach(after).authority_codes(P.SUBMISSION_PREPARE) == ["330200"]
    there.refresh_from_db()
    assert there.recipient == leaver


def test_whoever_takes_over_from_the_successor_has_everything(cast, colleague):
    third = factories.person(Role.AUTHORITY_CLERK, authority=cast.jiangsu, username="js-clerk-3")
    leave(cast, colleague)
    leave(cast, third, giver=colleague)

    assert {row["giver"] for row in Handover.objects.given_to(third)} == {cast.jiangsu_clerk.pk, colleague.pk}
    assert not Handover.objects.given_to(colleague).exists()


def test_news_for_the_author_reaches_the_successor(cast, colleague):
    from cultivation.audiences import AUDIENCES

    submission = factories.SubmissionFactory(authority=cast.jiangsu, created_by=cast.jiangsu_clerk)
    leave(cast, colleague)

    assert AUDIENCES["author"](submission) == [colleague]


def test_only_an_approver_of_the_office_or_the_security_administrator_hands_over(cast, colleague):
    for by in (cast.ningbo_approver, cast.ministry_clerk, cast.nobody):
        with pytest.raises((NotFound, NotPermitted)):
            leave(cast, colleague, by=by)
    with pytest.raises(NotPermitted):
        leave(cast, colleague, by=colleague)
    with pytest.raises(NotPermitted):
        leave(cast, colleague, giver=cast.jiangsu_approver, by=cast.jiangsu_approver)
    assert leave(cast, colleague, by=cast.security_admin).receiver == colleague


def test_the_successor_holds_the_same_role(cast):
    with pytest.raises(Invalid) as refused:
        leave(cast, cast.jiangsu_approver)
    assert [problem.pointer for problem in refused.value.problems] == ["receiver"]
    assert User.objects.get(pk=cast.jiangsu_clerk.pk).is_active


def test_the_only_approver_cannot_go(cast):
    with pytest.raises(IllegalStep) as refused:
        handover.dismiss(
            authority=cast.jiangsu, user=cast.jiangsu_approver, by=cast.security_admin, reason=WHY
        )
    assert "唯一的审核人" in str(refused.value)
    factories.person(Role.AUTHORITY_APPROVER, authority=cast.jiangsu, username="js-approver-2")
    handover.dismiss(authority=cast.jiangsu, user=cast.jiangsu_approver, by=cast.security_admin, reason=WHY)
    assert not User.objects.get(pk=cast.jiangsu_approver.pk).is_active


def test_a_person_who_has_left_does_not_leave_again(cast, colleague):
    leave(cast, colleague)
    with pytest.raises(IllegalStep):
        leave(cast, colleague)
