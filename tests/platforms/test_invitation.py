"""How a colleague comes in: one proposes, another confirms, the link works once and for a week."""

import datetime

import pytest
from django.utils import timezone

from platforms.access import Permission as P
from platforms.access import Role, reach
from platforms.actions import invitation as invitations
from platforms.errors import IllegalStep, Invalid, NotFound, NotPermitted
from platforms.models import Invitation, Notification, User

pytestmark = pytest.mark.django_db
PASSWORD = "Zhongshi-2026-x"


def proposed(cast, role=Role.AUTHORITY_CLERK) -> Invitation:
    return invitations.propose(authority=cast.jiangsu, role=role, name="示例新人", by=cast.jiangsu_clerk)


def test_two_people_and_the_invited_one_make_an_account(cast):
    invitation, secret = invitations.confirm(invitation=proposed(cast), by=cast.jiangsu_approver)

    user = invitations.accept(secret=secret, username="newcomer", password=PASSWORD)

    assert reach(user).authority_codes(P.SUBMISSION_PREPARE) == ["320000"]
    assert user.check_password(PASSWORD)
    invitation.refresh_from_db()
    assert (invitation.accepted_by, invitation.confirmed_by) == (user, cast.jiangsu_approver)
    assert secret not in str(Invitation.objects.values())


def test_nobody_lets_in_whom_they_proposed_themselves(cast):
    invitation = invitations.propose(
        authority=cast.jiangsu, role=Role.AUTHORITY_CLERK, name="化名", by=cast.jiangsu_approver
    )
    with pytest.raises(NotPermitted):
        invitations.confirm(invitation=invitation, by=cast.jiangsu_approver)
    assert invitations.confirm(invitation=invitation, by=cast.security_admin)


def test_another_office_knows_nothing_of_it(cast):
    invitation = proposed(cast)
    with pytest.raises(NotFound):
        invitations.confirm(invitation=invitation, by=cast.ningbo_approver)
    with pytest.raises(NotPermitted):
        invitations.confirm(invitation=invitation, by=cast.jiangsu_clerk)


def test_the_approvers_are_told(cast):
    proposed(cast)
    assert [row.recipient for row in Notification.objects.all()] == [cast.jiangsu_approver]


def test_only_roles_of_an_office_are_given_this_way(cast):
    with pytest.raises(Invalid):
        proposed(cast, role=Role.MINISTRY_APPROVER)


def test_a_link_works_once(cast):
    _invitation, secret = invitations.confirm(invitation=proposed(cast), by=cast.jiangsu_approver)
    invitations.accept(secret=secret, username="newcomer", password=PASSWORD)
    with pytest.raises(NotFound):
        invitations.accept(secret=secret, username="second", password=PASSWORD)
    assert not User.objects.filter(username="second").exists()


def test_a_link_dies_with_time_with_withdrawal_and_with_a_newer_one(cast):
    invitation, first = invitations.confirm(invitation=proposed(cast), by=cast.jiangsu_approver)
    _invitation, second = invitations.confirm(invitation=invitation, by=cast.jiangsu_approver)
    with pytest.raises(NotFound):
        invitations.find(first)
    assert invitations.find(second) == invitation
    Invitation.objects.update(expires_at=timezone.now() - datetime.timedelta(seconds=1))
    with pytest.raises(NotFound):
        invitations.find(second)
    Invitation.objects.update(expires_at=timezone.now() + datetime.timedelta(days=1))
    invitations.withdraw(invitation=invitation, by=cast.jiangsu_clerk)
    with pytest.raises(NotFound):
        invitations.find(second)
    with pytest.raises(IllegalStep):
        invitations.confirm(invitation=invitation, by=cast.jiangsu_approver)


def test_a_weak_password_keeps_the_link_alive(cast, client):
    _invitation, secret = invitations.confirm(invitation=proposed(cast), by=cast.jiangsu_approver)
    answer = client.post(f"/invitations/{secret}/", {"username": "newcomer", "password": "12345678"})
    assert answer.status_code == 400
    assert "newcomer" in answer.content.decode()
    answer = client.post(f"/invitations/{secret}/", {"username": "newcomer", "password": PASSWORD})
    assert answer.status_code == 302
    assert User.objects.get(username="newcomer").memberships.count() == 1
    assert client.get(f"/invitations/{secret}/").status_code == 404
