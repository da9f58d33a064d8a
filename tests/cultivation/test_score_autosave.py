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


def test_same_as_the_last_one_repeats_a_mark_and_never_makes_one_up(cast, signed_in, assignment):
    expert, url = signed_in(cast.expert), reverse("review-sheet", args=(assignment.pk,))
    first, second = assignment.panel.rubric.indicators.order_by("position")
    page = expert.get(url).text
    assert (f'name="same" value="{first.pk}"' in page, f'name="same" value="{second.pk}"' in page) == (
        False,
        True,
    )
    nothing = expert.post(url, {"comment": "", "version": "1", "same": second.pk}, follow=True)
    assert "上一项还没有打分" in nothing.text
    sheet = ScoreSheet.objects.get()
    assert (sheet.scores, nothing.redirect_chain[0][0]) == ({}, f"{url}#scores-{second.pk}")
    expert.post(url, {**typed(assignment, 7, version=sheet.version), "same": second.pk})
    sheet.refresh_from_db()
    assert sheet.scores == {str(first.pk): 7, str(second.pk): 7}
    # an unmarked first one takes no mark away from the second, and the first has none before it
    kept = {f"score-{second.pk}": "5", "comment": "", "version": str(sheet.version)}
    assert "上一项还没有打分" in expert.post(url, {**kept, "same": second.pk}, follow=True).text
    sheet.refresh_from_db()
    assert sheet.scores == {str(second.pk): 5}
    for nonsense in (first.pk, "x", 999999):
        expert.post(url, {**kept, "version": str(sheet.version), "same": nonsense})
        sheet.refresh_from_db()
        assert sheet.scores == {str(second.pk): 5}


def test_a_mark_beyond_what_this_one_allows_is_refused_not_shortened(cast, signed_in, assignment):
    _first, second = assignment.panel.rubric.indicators.order_by("position")
    second.max_score = 5
    second.save()
    url = reverse("review-sheet", args=(assignment.pk,))
    answer = signed_in(cast.expert).post(url, {**typed(assignment, 9, version=1), "same": second.pk})
    assert answer.status_code == 400
    assert not ScoreSheet.objects.exists()
