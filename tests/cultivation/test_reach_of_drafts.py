"""What an authority still works on is its own, and what the ministry still weighs is the ministry's: on every surface."""

import json

import pytest
from django.urls import reverse

from cultivation.choices import BatchStatus
from cultivation.models import Application, Batch
from cultivation.transitions import APPLICATION
from platforms import history
from platforms.access import Permission as P
from platforms.access import reach
from tests.api import V1
from tests.cultivation import batches
from tests.cultivation.submissions import drafted, submitted

pytestmark = pytest.mark.django_db
SECRET = "内部意见甲乙丙"


def test_a_draft_submission_does_not_exist_for_the_ministry(cast, signed_in):
    draft, sent = drafted(cast), submitted(cast, name="示例·已上报平台", serial=900002)

    for person in (cast.ministry_clerk, cast.ministry_approver):
        ministry = signed_in(person)
        for url, status in (
            (f"/authorities/320000/submissions/{draft.number}/", 404),
            (f"{V1}submissions/{draft.number}/", 404),
            (reverse("admin:cultivation_submission_change", args=(draft.pk,)), 302),
            (f"{V1}submissions/{sent.number}/", 200),
        ):
            assert ministry.get(url).status_code == status, url
        found = ministry.get(f"{V1}submissions/").json()
        assert (found["count"], [row["number"] for row in found["results"]]) == (1, [sent.number])
        listed = ministry.get(reverse("admin:cultivation_submission_changelist")).text
        assert (draft.number in listed, sent.number in listed) == (False, True)
        assert not reach(person).may(P.SUBMISSION_VIEW, draft)
    assert signed_in(cast.ministry_clerk).get(f"/ministry/submissions/{draft.number}/").status_code == 404
    assert signed_in(cast.jiangsu_clerk).get(f"{V1}submissions/").json()["count"] == 2


def test_a_proposal_does_not_exist_for_the_ministry(cast, signed_in):
    batch = batches.open_batch(cast)
    own, sent = batches.proposed(cast, batch), batches.recommended(cast, batch)
    ministry, page = signed_in(cast.ministry_clerk), f"/authorities/320000/batches/{batch.code}/"

    for url in (
        f"/ministry/batches/{batch.code}/applications/{own.pk}/",
        reverse("authority-application", args=("320000", batch.code, own.pk)),
        f"{V1}recommendations/{own.pk}/",
    ):
        assert ministry.get(url).status_code == 404, url
    assert [row["id"] for row in ministry.get(f"{V1}recommendations/").json()["results"]] == [sent.pk]
    assert ministry.get(reverse("admin:cultivation_application_change", args=(own.pk,))).status_code == 302
    assert [line["application"] for line in ministry.get(page).context["lines"]] == [sent]
    lines = signed_in(cast.jiangsu_clerk).get(page).context["lines"]
    assert {line["application"] for line in lines} == {own, sent}


@pytest.fixture
def sorted_out(cast) -> Application:
    """Reviewed and put on the reserve list by a named person, with a reason meant for colleagues."""
    cast.ministry_clerk.name = "部里张三"
    cast.ministry_clerk.save()
    batch = batches.open_batch(cast)
    application = batches.recommended(cast, batch)
    batches.closed(cast, batch)
    batch.refresh_from_db()
    (application,) = batches.in_review(cast, batch, application)
    with history.context(verb="application.reserve", by=cast.ministry_clerk, reason=SECRET):
        APPLICATION.move(application, "reserve", by=cast.ministry_clerk, reason=SECRET, outcome_reason=SECRET)
    return application


def surfaces(client, application: Application) -> str:
    base = f"/authorities/320000/batches/{application.batch.code}/"
    return "".join(
        client.get(url).text
        for url in (
            base,
            reverse("authority-application", args=("320000", application.batch.code, application.pk)),
            f"{V1}recommendations/",
            f"{V1}recommendations/?status=in_review",
            f"{V1}recommendations/{application.pk}/",
        )
    )


def test_an_authority_learns_of_the_sorting_with_the_notice_and_never_who_did_it(cast, signed_in, sorted_out):
    clerk = signed_in(cast.jiangsu_clerk)

    before = surfaces(clerk, sorted_out)
    for word in (SECRET, "张三", "reserve_list", "备选"):
        assert word not in before
    assert clerk.get(f"{V1}recommendations/?status=reserve_list").json()["count"] == 0
    assert clerk.get(f"{V1}recommendations/?status=in_review").json()["count"] == 1
    step = clerk.post(
        f"{V1}recommendations/{sorted_out.pk}/withdraw/",
        json.dumps({"reason": "示例"}),
        "application/json",
    )
    assert (step.status_code, "备选" in step.text, "专家评审" in step.text) == (409, False, True)

    Batch.objects.filter(pk=sorted_out.batch_id).update(status=BatchStatus.NOTICING)
    after = surfaces(clerk, sorted_out)
    assert (SECRET in after, "张三" in after, "reserve_list" in after) == (True, False, True)


def test_the_ministry_sees_who_and_why(cast, signed_in, sorted_out):
    page = f"/ministry/batches/{sorted_out.batch.code}/applications/{sorted_out.pk}/"
    text = signed_in(cast.ministry_clerk).get(page).text

    assert (SECRET in text, "张三" in text) == (True, True)
    one = signed_in(cast.ministry_approver).get(f"{V1}recommendations/{sorted_out.pk}/").json()
    assert (one["status"], one["outcome_reason"]) == ("reserve_list", SECRET)


def test_a_batch_in_preparation_is_unknown_to_authorities(cast, signed_in):
    draft, platform = batches.draft(cast), batches.platform(cast)
    clerk = signed_in(cast.jiangsu_clerk)

    def propose(code: str):
        body = json.dumps({"batch": code, "platform": platform.code})
        return clerk.post(
            f"{V1}recommendations/", body, "application/json", headers={"Idempotency-Key": f"k-{code}"}
        )

    assert clerk.get(f"/authorities/320000/batches/{draft.code}/").status_code == 404
    assert clerk.get(f"{V1}batches/{draft.code}/").status_code == 404
    known, unknown = propose(draft.code), propose("no-such-batch")
    assert (known.status_code, known.json()["errors"]) == (unknown.status_code, unknown.json()["errors"])
