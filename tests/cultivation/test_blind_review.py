"""盲评: in everything an expert of a blind panel can open, no name of the platform, its operator or its authority."""

import pytest
from django.urls import reverse

from cultivation.actions import review
from cultivation.models import Assignment, BatchStage, Reviewer
from platforms import record
from platforms.access import Role
from platforms.models import Platform
from tests import factories
from tests.cultivation import noticing

pytestmark = pytest.mark.django_db

NAMES = (
    "示例·秘密平台",
    "Secret Platform",
    "示例秘密有限公司",
    "示例合作大学",
    "江苏",
    "0510-12345678",
    "秘密路",
)


@pytest.fixture(params=[True, False], ids=["blind", "open"])
def task(request, cast):
    batch = factories.BatchFactory(
        status="assessing", opened_at=noticing.MONDAY, opened_by=cast.ministry_approver
    )
    stage = BatchStage.objects.create(batch=batch, position=1, kind="review", status="active")
    rubric = batch.rubrics.create()
    rubric.indicators.create(position=1, dimension_zh="示例", name_zh="示例", weight=100)
    operator = factories.OperatorFactory(name_zh="示例秘密有限公司")
    platform = factories.PlatformFactory(
        authority=cast.jiangsu, operator=operator, name_zh="示例·秘密平台", name_en="Secret Platform",
        co_builders="示例合作大学", address="江苏秘密路 1 号", office_phone="0510-12345678", tier="reserve",
        summary_zh="示例·秘密平台由示例秘密有限公司与示例合作大学建设，服务江苏。secret platform 拥有吨级中试线。",
    )  # fmt: skip
    application = noticing.application(cast, batch, "in_review", rank=1)
    application.platform = platform
    application.record = record.payload_of(Platform.objects.with_everything().get(pk=platform.pk))
    application.save()
    user = factories.person(Role.EXPERT, username="b-expert")
    expert = Reviewer.objects.create(user=user, organisation="示例研究院")
    panel = review.create_panel(stage=stage, name="示例组", by=cast.ministry_clerk, blind=request.param)
    review.assign(panel=panel, reviewer=expert, application=application, by=cast.ministry_clerk)
    review.open_panel(panel=panel, by=cast.ministry_clerk)
    return Assignment.objects.get()


def test_a_blind_expert_reads_what_it_does_and_not_whose_it_is(task, signed_in):
    client = signed_in(task.reviewer.user)
    pages = {
        name: client.get(reverse(name, args=args)).text
        for name, args in (("reviews", ()), ("review-sheet", (task.pk,)), ("desk", ()), ("messages", ()))
    }
    told = {name: [word for word in NAMES if word.lower() in page.lower()] for name, page in pages.items()}
    sheet = pages["review-sheet"]
    assert "吨级中试线" in sheet
    if task.panel.blind:
        assert told == {name: [] for name in pages}
        assert f"材料 {task.pk}" in sheet and "本组为盲评" in sheet
    else:
        assert told["review-sheet"] == [
            "示例·秘密平台",
            "Secret Platform",
            "示例秘密有限公司",
            "示例合作大学",
            "江苏",
        ]
