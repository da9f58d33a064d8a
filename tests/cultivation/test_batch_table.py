"""The table of a batch: views to keep and share, a look beside it, comments among colleagues, all that a filter shows."""

import pytest
from django.urls import reverse

from cultivation.actions import comment as comments
from cultivation.models import Application, ApplicationComment
from platforms.errors import NotFound, NotPermitted
from platforms.models import SavedView
from tests.cultivation import batches

pytestmark = pytest.mark.django_db


@pytest.fixture
def checking(cast):
    """A batch in its formal check with three applications, two of which meet the criterion."""
    batch = batches.draft(cast)
    batch.criteria = [batches.AREA_MET]
    batch.save()
    from cultivation.actions import batch as verbs

    batch = verbs.open_batch(batch=batch, by=cast.ministry_approver)
    found = [batches.recommended(cast, batch, floor_area_m2=area) for area in (3000, 3000, 100)]
    batches.closed(cast, batch)
    return batch, found


def table(batch) -> str:
    return reverse("ministry-batch", args=(batch.code,))


def test_a_view_is_kept_shared_as_a_link_and_dropped(cast, signed_in, checking):
    batch, _found = checking
    clerk, url = signed_in(cast.ministry_clerk), reverse("ministry-batch-views", args=(batch.code,))
    kept = clerk.post(f"{url}?check=fail&sort=name", {"name": "要核实的"})
    assert kept["Location"] == f"{table(batch)}?check=fail&sort=name"
    page = clerk.get(kept["Location"])
    assert ("要核实的" in page.text, page.text.count('name="id"')) == (True, 1)
    assert "要核实的" not in signed_in(cast.ministry_approver).get(table(batch)).text
    view = SavedView.objects.get()
    signed_in(cast.ministry_approver).post(url, {"drop": str(view.pk)})
    assert SavedView.objects.exists(), "nobody drops another person's view"
    clerk.post(url, {"drop": str(view.pk)})
    assert not SavedView.objects.exists()
    assert clerk.post(url, {"name": ""}).status_code == 400


def test_everything_a_filter_shows_moves_and_the_rest_is_named(cast, signed_in, checking):
    batch, found = checking
    clerk, move = signed_in(cast.ministry_clerk), reverse("ministry-batch-move", args=(batch.code,))
    preview = clerk.post(f"{move}?stage=checking", {"verb": "pass_check", "all": "1"})
    assert ("将处理 2 条" in preview.text, "有 1 条不符合" in preview.text) == (True, True)
    ids = preview.context["ids"]
    done = clerk.post(move, {"verb": "pass_check", "ids": ids, "confirmed": "1"})
    assert done.status_code == 302
    states = dict(Application.objects.values_list("pk", "status"))
    assert [states[each.pk] for each in found] == ["in_review", "in_review", "recommended"]
    moved = found[0].events.order_by("-pgh_id").first()
    assert (moved.pgh_context["verb"], moved.version) == ("application.pass_check", found[0].version + 1)


def test_a_reason_that_cannot_be_stored_is_refused_even_when_nothing_would_move(cast, signed_in, checking):
    batch, found = checking
    clerk, move = signed_in(cast.ministry_clerk), reverse("ministry-batch-move", args=(batch.code,))
    form = {"verb": "reserve", "ids": str(found[0].pk), "confirmed": "1", "reason": "a\x00b"}
    assert clerk.post(move, form).status_code == 400


def test_the_look_beside_the_table_shows_the_check_and_nothing_of_other_batches(cast, signed_in, checking):
    batch, found = checking
    clerk = signed_in(cast.ministry_clerk)
    page = clerk.get(table(batch), {"peek": found[2].pk})
    assert ('id="peek"' in page.text, "不符合" in page.text) == (True, True)
    other = batches.recommended(cast, batches.open_batch(cast))
    for wanted in (other.pk, "x", "9" * 40, ""):
        assert 'id="peek"' not in clerk.get(table(batch), {"peek": wanted}).text


def test_comments_are_for_colleagues_only(cast, signed_in, checking):
    batch, found = checking
    url = reverse("ministry-application-comment", args=(batch.code, found[0].pk))
    assert signed_in(cast.ministry_clerk).post(url, {"text": "示例：请核对场地证明"}).status_code == 302
    assert signed_in(cast.ministry_clerk).post(url, {"text": " "}).status_code == 400
    page = reverse("ministry-application", args=(batch.code, found[0].pk))
    assert "请核对场地证明" in signed_in(cast.ministry_approver).get(page).text
    own = reverse("authority-application", args=("320000", batch.code, found[0].pk))
    assert "请核对场地证明" not in signed_in(cast.jiangsu_clerk).get(own).text
    for person in (cast.jiangsu_clerk, cast.expert, cast.system_admin):
        with pytest.raises((NotFound, NotPermitted)):
            comments.write(application=found[0], text="示例", by=person)
    assert ApplicationComment.objects.count() == 1


def test_a_change_of_the_criteria_shows_whom_it_touches(cast, signed_in, checking):
    batch, found = checking
    from cultivation.models import Batch

    Batch.objects.filter(pk=batch.pk).update(criteria=[batches.AREA_MET | {"value": 50}])
    page = signed_in(cast.ministry_clerk).post(reverse("ministry-batch-checks", args=(batch.code,)))
    assert (page.status_code, "1 条结果有变化" in page.text, str(found[2]) in page.text) == (200, True, True)
