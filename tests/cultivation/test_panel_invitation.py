"""评审邀请: asked once, answered by oneself and in time; a free place names who could take it; work goes to those who accepted."""

import datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from cultivation.actions import panel_invitation as invitations
from cultivation.actions import review, review_reminder
from cultivation.models import Assignment, BatchStage, Panel, PanelInvitation, Reviewer
from cultivation.roster import candidates
from cultivation.tasks import remind_experts
from platforms.access import Role
from platforms.errors import IllegalStep, Invalid, NotFound
from platforms.models import Notification
from tests import factories
from tests.cultivation import noticing

pytestmark = pytest.mark.django_db

DAY = datetime.timedelta(days=1)


@pytest.fixture
def panel(cast):
    batch = factories.BatchFactory(
        status="assessing", opened_at=timezone.now(), opened_by=cast.ministry_approver
    )
    stage = BatchStage.objects.create(batch=batch, position=1, kind="review", status="active")
    noticing.application(cast, batch, "in_review", rank=1)
    return Panel.objects.create(stage=stage, name="示例组", rubric=batch.rubrics.create())


@pytest.fixture
def experts(panel):
    """The first two know the area of the application, the third does not, the fourth works where it comes from."""
    platform = panel.stage.batch.applications.get().platform
    found = []
    for number in range(4):
        user = factories.person(
            Role.EXPERT, username=f"i-expert-{number}", email=f"i{number}@i{number}.example"
        )
        found.append(Reviewer.objects.create(user=user, organisation=f"示例研究院{number}"))
    for expert in found[:2]:
        expert.areas.set([platform.area])
    found[3].organisation_uscc = platform.operator.uscc
    found[3].save()
    return found


def invite(cast, panel, *experts, days: int = 5) -> list[PanelInvitation]:
    until = timezone.now() + days * DAY
    return invitations.send(panel=panel, reviewers=experts, answer_by=until, by=cast.ministry_clerk)


def test_an_expert_is_asked_once_and_told_through_the_outbox(cast, panel, experts):
    (invitation,) = invite(cast, panel, experts[0])
    assert invite(cast, panel, experts[0]) == []
    told = Notification.objects.get(recipient=experts[0].user)
    assert (told.kind, told.mail_due_at is not None) == ("panelinvitation.sent", True)
    assert invitation.status == "sent"
    with pytest.raises(Invalid, match="必须晚于现在"):
        invite(cast, panel, experts[1], days=-1)
    Reviewer.objects.filter(pk=experts[2].pk).update(available=False)
    with pytest.raises(IllegalStep, match="不能安排"):
        invite(cast, panel, Reviewer.objects.get(pk=experts[2].pk))


def test_only_the_one_who_was_asked_answers_and_only_once(cast, panel, experts):
    mine, other = invite(cast, panel, *experts[:2])
    with pytest.raises(NotFound):
        invitations.accept(invitation=mine, by=experts[1].user)
    invitations.accept(invitation=mine, by=experts[0].user)
    with pytest.raises(IllegalStep):
        invitations.decline(invitation=mine, by=experts[0].user, reason="示例")
    with pytest.raises(Invalid, match="原因"):
        invitations.decline(invitation=other, by=experts[1].user, reason=" ")
    PanelInvitation.objects.filter(pk=other.pk).update(answer_by=timezone.now())
    with pytest.raises(IllegalStep, match="答复截止时间已过"):
        invitations.accept(invitation=other, by=experts[1].user)


def test_work_goes_to_those_who_accepted(cast, panel, experts):
    accepted, _waiting = invite(cast, panel, *experts[:2])
    invitations.accept(invitation=accepted, by=experts[0].user)
    plan = review.propose_assignments(panel, per_application=2)
    assert ([reviewer for _a, reviewer in plan.pairs], list(plan.short.values())) == ([experts[0].pk], [1])
    application = panel.stage.batch.applications.get()
    for expert in experts[1:3]:
        with pytest.raises(IllegalStep, match="还没有接受评审邀请"):
            review.assign(panel=panel, reviewer=expert, application=application, by=cast.ministry_clerk)
    review.assign_plan(panel=panel, per_application=1, by=cast.ministry_clerk)
    assert Assignment.objects.get().reviewer == experts[0]


def test_a_place_that_is_free_names_who_could_take_it(cast, panel, experts, signed_in):
    (invitation,) = invite(cast, panel, experts[0])
    assert [each.reviewer for each in candidates(panel)] == [experts[1], experts[2], experts[3]]
    assert [(each.fit, each.barred) for each in candidates(panel)] == [(1, 0), (0, 0), (0, 1)]
    expert = signed_in(experts[0].user)
    assert expert.post(reverse("panel-invitation-decline", args=(invitation.pk,))).status_code == 400
    said = {"reason": "示例：出差"}
    assert expert.post(reverse("panel-invitation-decline", args=(invitation.pk,)), said).status_code == 302
    assert "示例：出差" in expert.get(reverse("reviews")).text
    clerk = signed_in(cast.ministry_clerk)
    page = clerk.get(reverse("ministry-panel", args=(panel.stage.batch.code, panel.pk)))
    assert [(each.status, one) for each, one in page.context["invitations"]] == [("declined", experts[1])]
    assert Notification.objects.filter(recipient=cast.ministry_clerk, kind="panelinvitation.decline").exists()
    url = reverse("ministry-panel-invite", args=(panel.stage.batch.code, panel.pk))
    assert clerk.get(url).text.count('name="reviewers"') == 3
    day = (timezone.localdate() + 3 * DAY).isoformat()
    assert clerk.post(url, {"reviewers": experts[1].pk, "answer_on": day}).status_code == 302
    assert clerk.post(url, {"answer_on": day}).status_code == 400
    assert clerk.post(url, {"reviewers": experts[2].pk, "answer_on": "2020-01-01"}).status_code == 400
    assert panel.invitations.count() == 2


def test_silence_frees_the_place_and_reminders_go_out_once_a_step(cast, panel, experts):
    invite(cast, panel, experts[0], days=2)
    start = timezone.now()

    def reminded() -> int:
        return Notification.objects.filter(recipient=experts[0].user, kind="panelinvitation.due").count()

    for hours, told in ((0, 1), (1, 1), (25, 2), (30, 2)):
        review_reminder.remind(now=start + datetime.timedelta(hours=hours))
        assert reminded() == told
    PanelInvitation.objects.update(answer_by=timezone.now())
    remind_experts()
    assert PanelInvitation.objects.get().status == "lapsed"
    assert invitations.lapse_due() == 0
    assert (
        reminded(),
        Notification.objects.filter(recipient=cast.ministry_clerk, kind="panelinvitation.lapse").count(),
    ) == (2, 1)


def test_experts_are_reminded_of_what_they_have_not_handed_in(cast, panel, experts):
    start = timezone.now()
    panel.due_at = start + 4 * DAY
    panel.save()
    application = panel.stage.batch.applications.get()
    for expert in experts[:2]:
        review.assign(panel=panel, reviewer=expert, application=application, by=cast.ministry_clerk)
    Panel.objects.update(status="open", opened_at=start, opened_by=cast.ministry_clerk)
    Assignment.objects.filter(reviewer=experts[1]).update(status="submitted")

    def told() -> list[str]:
        return list(
            Notification.objects.filter(kind="panel.due")
            .order_by("pk")
            .values_list("recipient__username", flat=True)
        )

    for days, expected in ((0, 0), (1.5, 1), (2, 1), (3.5, 2), (4.5, 3), (6, 3)):
        review_reminder.remind(now=start + days * DAY)
        assert told() == ["i-expert-0"] * expected
