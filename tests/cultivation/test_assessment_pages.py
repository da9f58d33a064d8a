"""Visits, consultations, reviewers and declared conflicts: every stage can be finished through the pages."""

import datetime

import pytest
from django.utils import timezone

from cultivation.actions import application as applications
from cultivation.actions import assessment, reviewer
from cultivation.actions import batch as batches
from cultivation.models import Consultation, Panel, Reviewer, SiteVisit
from platforms.errors import IllegalStep, Invalid, NotFound, NotPermitted
from tests.cultivation.batches import AREA_MET, closed, in_review, open_batch, recommended
from tests.factories import AreaFactory, OperatorFactory

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


def reviewed(cast, **options):
    """A batch past its expert review, and its one application."""
    batch = open_batch(cast, **options)
    application = recommended(cast, batch)
    closed(cast, batch)
    in_review(cast, batch, application)
    Panel.objects.create(
        stage=batch.stages.get(kind="review"), name="示例组", rubric=batch.rubrics.get(), status="closed"
    )
    return batches.finish_stage(batch=batch, by=cast.ministry_clerk), application


def test_a_batch_of_the_key_tier_is_led_through_its_consultation_to_the_notice(cast, signed_in):
    batch, application = reviewed(cast)
    applications.shortlist(application=application, by=cast.ministry_clerk)
    clerk, home = signed_in(cast.ministry_clerk), f"/ministry/batches/{batch.code}/"
    address = f"{home}consultations/"
    assert address in clerk.get(home).content.decode()
    assert f"{home}visits/" not in clerk.get(home).content.decode()

    asked = {"do": "ask", "ask-body": "示例·相关司局", "ask-asked_on": TODAY().isoformat()}
    assert clerk.post(address, asked).status_code == 302
    assert clerk.post(address, asked).status_code == 400
    answer = {
        "do": "answer",
        "answer-consultation": Consultation.objects.get().pk,
        "answer-answered_on": TODAY().isoformat(),
        "answer-opinion": "无意见",
    }
    assert clerk.post(address, answer).status_code == 302
    assert "无意见" in clerk.get(address).content.decode()
    assert clerk.post(f"{home}finish_stage/", {"reason": ""}).status_code == 302
    over = batch.stages.filter(status="finished")
    assert [stage.kind for stage in over] == ["formal_check", "review", "consultation"]
    assert {stage.finished_by for stage in over} == {cast.ministry_clerk}

    prepared = {
        "do": "prepare",
        "prepare-batch": batch.pk,
        "prepare-title": "示例·初步名单公示",
        "prepare-contact": "示例处室",
    }
    assert clerk.post("/ministry/notices/", prepared).status_code == 302
    assert batch.notices.count() == 1


def test_a_visit_is_recorded_on_its_page_and_lets_the_stage_end(cast, signed_in):
    kinds = ["formal_check", "review", "site_visit", "notice", "decision"]
    batch, application = reviewed(cast, kinds=kinds)
    applications.shortlist(application=application, by=cast.ministry_clerk)
    clerk, address = signed_in(cast.ministry_clerk), f"/ministry/batches/{batch.code}/visits/"
    visit = {
        "do": "visit",
        "visit-application": application.pk,
        "visit-visited_on": (TODAY() + datetime.timedelta(days=1)).isoformat(),
        "visit-visitors": "示例·专家一",
        "visit-report": "示例：与材料一致。",
        "visit-recommended": "no",
    }

    assert clerk.post(address, visit).status_code == 400
    assert not SiteVisit.objects.exists()
    assert clerk.post(address, visit | {"visit-visited_on": TODAY().isoformat()}).status_code == 302

    assert SiteVisit.objects.get().recommended is False
    assert "不建议通过" in clerk.get(address).content.decode()
    batches.finish_stage(batch=batch, by=cast.ministry_clerk)
    with pytest.raises(IllegalStep, match="不是进行中的环节"):
        assessment.record_visit(
            application=application,
            visited_on=TODAY(),
            visitors="示例",
            report="示例",
            by=cast.ministry_clerk,
        )


def test_dates_of_a_consultation_are_in_order_and_it_is_answered_once(cast):
    batch, _application = reviewed(cast)
    act = {"batch": batch, "body": "示例·司局", "by": cast.ministry_clerk}
    with pytest.raises(Invalid):
        assessment.ask(**act, asked_on=TODAY() - datetime.timedelta(days=1))
    asked = assessment.ask(**act, asked_on=TODAY())
    answer = {"consultation": asked, "opinion": "无意见", "by": cast.ministry_clerk}
    with pytest.raises(Invalid):
        assessment.answer(**answer, answered_on=TODAY() - datetime.timedelta(days=1))
    assessment.answer(**answer, answered_on=TODAY())
    with pytest.raises(IllegalStep, match="已经登记"):
        assessment.answer(**answer, answered_on=TODAY())


def test_other_roles_record_nothing(cast, signed_in):
    batch, application = reviewed(cast)
    visit = {"application": application, "visited_on": TODAY(), "visitors": "示例", "report": "示例"}
    for by in (cast.ministry_approver, cast.jiangsu_clerk, cast.ningbo_clerk, cast.expert):
        with pytest.raises((NotPermitted, NotFound)):
            assessment.ask(batch=batch, body="示例", asked_on=TODAY(), by=by)
        with pytest.raises((NotPermitted, NotFound)):
            assessment.record_visit(**visit, by=by)
        with pytest.raises((NotPermitted, NotFound)):
            reviewer.register(user=cast.expert, organisation="示例大学", by=by)
    page = f"/ministry/batches/{batch.code}/consultations/"
    assert signed_in(cast.jiangsu_clerk).get(page).status_code in (403, 404)
    approver = signed_in(cast.ministry_approver).get(page)
    assert approver.status_code == 200
    assert "ask-body" not in approver.content.decode()
    assert not Consultation.objects.exists()


def test_the_clerk_registers_a_holder_of_the_expert_role_and_nobody_else(cast, signed_in):
    area, clerk = AreaFactory(), signed_in(cast.ministry_clerk)
    entry = {
        "do": "register",
        "register-user": cast.expert.pk,
        "register-organisation": "示例大学",
        "register-areas": [area.pk],
    }
    assert (
        clerk.post("/ministry/reviewers/", entry | {"register-organisation_uscc": "123"}).status_code == 400
    )
    assert clerk.post("/ministry/reviewers/", entry).status_code == 302
    assert clerk.post("/ministry/reviewers/", entry | {"register-user": cast.nobody.pk}).status_code == 400
    with pytest.raises(IllegalStep, match="还没有评审专家的角色"):
        reviewer.register(user=cast.nobody, organisation="示例大学", by=cast.ministry_clerk)

    found = Reviewer.objects.get()
    assert (found.user, found.organisation, list(found.areas.all())) == (cast.expert, "示例大学", [area])
    assert "示例大学" in clerk.get("/ministry/reviewers/").content.decode()


def test_an_expert_declares_a_conflict_on_the_own_page(cast, signed_in):
    operator, expert = OperatorFactory(), signed_in(cast.expert)
    assert "conflict-operator" not in expert.get("/reviews/").content.decode()
    found = reviewer.register(user=cast.expert, organisation="示例大学", by=cast.ministry_clerk)
    tie = {"do": "conflict", "conflict-operator": operator.uscc, "conflict-nature": "示例：合作项目"}

    assert expert.post("/reviews/", tie | {"conflict-operator": "没有"}).status_code == 400
    assert expert.post("/reviews/", tie).status_code == 302

    assert found.conflicts.get().operator == operator
    assert "示例：合作项目" in expert.get("/reviews/").content.decode()


def test_new_criteria_are_evaluated_at_once_for_what_is_in_check(cast):
    batch = open_batch(cast)
    application = recommended(cast, batch)
    closed(cast, batch)
    batches.set_criteria(batch=batch, criteria=[AREA_MET], by=cast.ministry_clerk, reason="示例")
    assert [result.criterion for result in application.checks.all()] == ["floor"]
