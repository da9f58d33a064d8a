"""The rubric: edited as a table until a round opens with it; from then on a change is a new version for later rounds."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from cultivation.actions import rubric as rubrics
from cultivation.models import Panel, Rubric
from platforms.errors import Invalid, NotPermitted
from tests.cultivation import batches

pytestmark = pytest.mark.django_db


def line(name: str, weight: int, **more) -> dict:
    return {
        "dimension_zh": "示例维度",
        "name_zh": name,
        "weight": Decimal(weight),
        "max_score": 10,
        "veto": False,
        **more,
    }


def sent(*lines: dict, reason: str = "", before: int = 6) -> dict[str, str]:
    form = {"lines-TOTAL_FORMS": str(len(lines)), "lines-INITIAL_FORMS": str(before), "reason": reason}
    for number, each in enumerate(lines):
        form |= {f"lines-{number}-{key}": str(value) for key, value in each.items() if value is not False}
    return form


def test_a_clerk_rewrites_the_rubric_of_a_draft(cast, signed_in):
    batch = batches.draft(cast)
    page = reverse("ministry-batch-rubric", args=(batch.code,))
    clerk = signed_in(cast.ministry_clerk)
    assert clerk.get(page).status_code == 200
    form = sent(line("甲", 60), line("乙", 40), line("涉密", 0, veto=True), before=0)
    for wrong in ({"disagreement": "0"}, {"disagreement": "101"}, {"combination": "best"}):
        refused = clerk.post(page, form | {"disagreement": "15", "combination": "median"} | wrong)
        assert refused.status_code == 400
    assert clerk.post(page, form | {"disagreement": "15", "combination": "median"}).status_code == 302
    stored = rubrics.newest(batch)
    assert [(each.name_zh, each.weight, each.veto) for each in stored.indicators.all()] == [
        ("甲", 60, False),
        ("乙", 40, False),
        ("涉密", 0, True),
    ]
    assert (stored.version, stored.disagreement, stored.combination) == (1, 15, "median")


@pytest.mark.parametrize("weights", [(60, 30), (60, 50), ()])
def test_weights_that_are_not_a_hundred_are_refused_and_everything_typed_stays(cast, signed_in, weights):
    batch = batches.draft(cast)
    page = reverse("ministry-batch-rubric", args=(batch.code,))
    form = sent(*(line(f"示例项{n}", weight) for n, weight in enumerate(weights)), before=0)
    answer = signed_in(cast.ministry_clerk).post(page, form)
    assert answer.status_code == 400
    assert "100" in answer.text
    assert all(f"示例项{n}" in answer.text for n, _weight in enumerate(weights))
    assert rubrics.weight_of(rubrics.newest(batch)) == 100


def test_what_a_round_has_opened_with_never_changes(cast):
    batch = batches.open_batch(cast)
    first = rubrics.newest(batch)
    lines = list(first.indicators.values())
    Rubric.objects.filter(pk=first.pk).update(frozen_at=timezone.now(), frozen_by=cast.ministry_clerk)
    panel = Panel.objects.create(stage=batch.stages.get(kind="review"), name="示例组", rubric=first)
    with pytest.raises(Invalid, match="原因"):
        rubrics.set_indicators(batch=batch, lines=[line("新", 100)], by=cast.ministry_clerk)
    second = rubrics.set_indicators(
        batch=batch, lines=[line("新", 100)], by=cast.ministry_clerk, reason="第二轮更细"
    )
    assert (second.version, list(first.indicators.values()), panel.rubric_id) == (2, lines, first.pk)
    assert rubrics.newest(batch) == second


def test_only_the_ministrys_clerk_edits_it(cast):
    batch = batches.draft(cast)
    for person in (cast.ministry_approver, cast.expert, cast.jiangsu_clerk):
        with pytest.raises(NotPermitted):
            rubrics.set_indicators(batch=batch, lines=[line("甲", 100)], by=person)
