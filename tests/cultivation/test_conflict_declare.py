"""A tie that is declared takes the work back through the table of states, and only an expert in office declares their own."""

import pytest
from django.utils import timezone

from cultivation.actions.review import declare_conflict
from cultivation.models import Assignment, BatchStage, ConflictDeclaration, Panel, Reviewer, Rubric
from platforms.errors import DomainError
from platforms.models import Notification
from tests.cultivation import batches

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
