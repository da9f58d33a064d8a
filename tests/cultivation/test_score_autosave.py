"""An expert's marks are kept while they are given; two windows never overwrite each other, and a closed panel takes none."""

import pytest
from django.urls import reverse
from django.utils import timezone

from cultivation.models import Assignment, Indicator, Panel, Reviewer, Rubric, ScoreSheet
from tests.cultivation import batches

pytestmark = pytest.mark.django_db


@pytest.fixture
def assignment(cast) -> Assignment:
    batch = batches.open_batch(cast)
    application = batches.recommended(cast, batch)
    rubric = Rubric.objects.create(batch=batch, version=9)
    for position in (1, 2):
        Indicator.objects.create(
            rubric=rubric, position=position, dimension_zh="示例", name_zh=f"示例{position}", weight=50
        )
    panel = Panel.objects.create(
        stage=batch.stages.get(kind="review"), name="示例组", rubric=rubric, status="open",
        opened_at=timezone.now(), opened_by=cast.ministry_clerk,
    )  # fmt: skip
    reviewer = Reviewer.objects.create(user=cast.expert, organisation="示例大学")
    return Assignment.objects.create(
        panel=panel, reviewer=reviewer, application=application, assigned_by=cast.ministry_clerk
    )


def typed(assignment, *marks: int, version: int) -> dict[str, str]:
    lines = assignment.panel.rubric.indicators.all()
    given = {f"score-{line.pk}": str(mark) for line, mark in zip(lines, marks, strict=False)}
    return {**given, "comment": "示例", "version": str(version)}


def test_marks_are_kept_as_they_are_given_and_what_is_missing_is_said(cast, signed_in, assignment):
    expert, url = signed_in(cast.expert), reverse("review-autosave", args=(assignment.pk,))
    first = expert.post(url, typed(assignment, 7, version=1)).json()
    assert "还有 1 项没有打分" in first["sentence"]
    second = expert.post(url, typed(assignment, 7, 9, version=first["version"])).json()
    assert ("没有打分" in second["sentence"], second["version"]) == (False, first["version"] + 1)
    sheet = ScoreSheet.objects.get()
    assert (sorted(sheet.scores.values()), sheet.total, sheet.submitted_at) == ([7, 9], None, None)


def test_an_older_window_is_told_and_overwrites_nothing(cast, signed_in, assignment):
    expert, url = signed_in(cast.expert), reverse("review-autosave", args=(assignment.pk,))
    first = expert.post(url, typed(assignment, 7, version=1)).json()
    expert.post(url, typed(assignment, 8, version=first["version"]))
    late = expert.post(url, typed(assignment, 1, version=first["version"]))
    assert (late.status_code, list(ScoreSheet.objects.get().scores.values())) == (409, [8])


def test_a_closed_panel_and_another_expert_keep_nothing(cast, signed_in, assignment):
    url = reverse("review-autosave", args=(assignment.pk,))
    assert signed_in(cast.ministry_clerk).post(url, typed(assignment, 7, version=1)).status_code == 403
    Panel.objects.update(status="closed", closed_at=timezone.now(), closed_by=cast.ministry_clerk)
    assert signed_in(cast.expert).post(url, typed(assignment, 7, version=1)).status_code == 409
    assert not ScoreSheet.objects.exists()
