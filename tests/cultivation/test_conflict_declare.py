"""A tie that is declared takes the work back through the table of states, and only an expert in office declares their own."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cultivation.actions.review import declare_conflict, propose_assignments
from cultivation.conflicts import conflicts
from cultivation.models import Assignment, BatchStage, ConflictDeclaration, Panel, Reviewer, Rubric
from platforms.access import Role
from platforms.errors import DomainError
from platforms.models import Membership, Notification
from tests import factories
from tests.cultivation import batches, noticing

pytestmark = pytest.mark.django_db


@pytest.fixture
def assignment(cast) -> Assignment:
    batch = batches.open_batch(cast)
    application = batches.recommended(cast, batch)
    stage = BatchStage.objects.get_or_create(batch=batch, kind="review", round=1, defaults={"position": 90})[
        0
    ]
    panel = Panel.objects.create(
        stage=stage,
        name="示例组",
        rubric=Rubric.objects.create(batch=batch, version=9),
        status="open",
        opened_at=timezone.now(),
        opened_by=cast.ministry_clerk,
    )
    reviewer = Reviewer.objects.create(user=cast.expert, organisation="示例大学")
    return Assignment.objects.create(
        panel=panel, reviewer=reviewer, application=application, assigned_by=cast.ministry_clerk
    )


def test_declaring_takes_the_review_back_and_tells_the_ministry(cast, assignment):
    Notification.objects.all().delete()
    operator = assignment.application.platform.operator

    declare_conflict(reviewer=assignment.reviewer, operator=operator, nature="顾问", by=cast.expert)

    assignment.refresh_from_db()
    assert (assignment.status, assignment.recusal_reason) == ("recused", "利益冲突：顾问")
    assert list(Notification.objects.values_list("recipient__username", flat=True)) == ["mi-clerk"]


def test_an_expert_whose_role_has_ended_declares_nothing(cast, assignment):
    cast.expert.memberships.update(valid_until=timezone.now())
    cast.expert.__dict__.pop("_reach", None)

    with pytest.raises(DomainError):
        declare_conflict(
            reviewer=assignment.reviewer,
            operator=assignment.application.platform.operator,
            nature="顾问",
            by=cast.expert,
        )

    assert not ConflictDeclaration.objects.exists()


def test_an_expert_who_holds_a_role_in_the_authority_or_the_unit_is_in_conflict(cast, assignment):
    reviewer, application = assignment.reviewer, assignment.application
    assert conflicts(reviewer, application) == []
    office = Membership.objects.create(
        user=cast.expert, role=Role.AUTHORITY_CLERK, authority=application.authority
    )
    assert [found.rule for found in conflicts(reviewer, application)] == ["same_authority"]
    office.delete()
    Membership.objects.create(user=cast.expert, role=Role.OPERATOR, operator=application.platform.operator)
    assert [found.rule for found in conflicts(reviewer, application)] == ["declared"]


def test_a_plan_for_many_asks_the_database_no_more_often_than_for_one(cast, assignment):
    asked = []
    for _turn in range(2):
        for _n in range(2):
            user = factories.person(Role.EXPERT)
            Reviewer.objects.create(user=user, organisation="示例研究院")
            noticing.application(
                cast, assignment.panel.stage.batch, "in_review", rank=20 + len(asked) * 2 + _n
            )
        with CaptureQueriesContext(connection) as queries:
            propose_assignments(assignment.panel, per_application=2)
        asked.append(len(queries))
    assert asked[0] == asked[1]
