"""地市初审: where an authority has switched it on, a city's reviewer checks a submission before the office goes on."""

import datetime
from types import SimpleNamespace

import pytest
from django.utils import timezone

from cultivation import calendar
from cultivation.actions import import_run as imports
from cultivation.actions import submission as verbs
from cultivation.actions import submission_acceptance as ministry
from cultivation.actions import submission_city as city
from cultivation.actions import submission_filling as filling
from cultivation.actions.submission_reminder import remind_city
from cultivation.models import Submission
from platforms import jobs
from platforms.access import Permission as P
from platforms.access import Role, reach
from platforms.actions import authority as offices
from platforms.actions import invitation as invitations
from platforms.actions import membership as memberships
from platforms.errors import IllegalStep, Invalid, NotFound, NotPermitted
from platforms.models import Authority, Membership, Notification
from tests import factories
from tests.cultivation.submissions import accepted, drafted, prepared, reference_data
from tests.spreadsheets import checked, good_row, table, workbook

pytestmark = pytest.mark.django_db


@pytest.fixture
def suzhou(cast):
    """Jiangsu lets its cities check first; Suzhou has a reviewer, and so has Nantong."""
    here = factories.CityFactory()
    there = factories.CityFactory(code="320600", name_zh="南通市", name_en="Nantong", short_zh="南通")
    city.set_city_review(authority=cast.jiangsu, on=True, by=cast.jiangsu_approver)
    cast.jiangsu.refresh_from_db()
    return SimpleNamespace(
        city=here,
        reviewer=factories.person(
            Role.CITY_REVIEWER, authority=cast.jiangsu, city=here, username="suzhou-reviewer"
        ),
        stranger=factories.person(
            Role.CITY_REVIEWER, authority=cast.jiangsu, city=there, username="nantong-reviewer"
        ),
    )


def draft_in(cast, code: str = "320500", *, serial: int = 900001, name: str = "示例·申报平台") -> Submission:
    reference_data()
    payload = factories.valid_payload(name=name, serial=serial)
    payload["platform"]["city"] = code
    return verbs.create_draft(authority=cast.jiangsu, payload=payload, by=cast.jiangsu_clerk)


def sent(cast, **more) -> Submission:
    return city.send_to_city(submission=draft_in(cast, **more), by=cast.jiangsu_clerk)


def told(kind: str) -> set[str]:
    return set(Notification.objects.filter(kind=kind).values_list("recipient__username", flat=True))


def test_the_city_passes_the_clerk_prepares_the_approver_files(cast, suzhou):
    waiting = sent(cast)
    assert (waiting.status, waiting.city_id, told("submission.send_to_city")) == (
        "city_review",
        "320500",
        {"suzhou-reviewer"},
    )
    passed = city.city_pass(submission=waiting, by=suzhou.reviewer, reason="情况属实，同意推荐")

    assert (passed.status, passed.city_opinion, passed.city_stood_in) == (
        "draft",
        "情况属实，同意推荐",
        False,
    )
    assert told("submission.city_pass") == {"js-clerk"}
    ready = verbs.prepare(submission=passed, by=cast.jiangsu_clerk)
    with pytest.raises(NotPermitted):
        verbs.submit(submission=ready, by=cast.jiangsu_clerk)
    done = ministry.accept(
        submission=verbs.submit(submission=ready, by=cast.jiangsu_approver), by=cast.ministry_clerk
    )
    assert done.status == "accepted"


def test_off_nothing_changes_and_nobody_sends_to_a_city(cast):
    assert prepared(cast).status == "prepared"
    with pytest.raises(IllegalStep):
        city.send_to_city(submission=drafted(cast, serial=900002, name="示例·二"), by=cast.jiangsu_clerk)


def test_the_office_cannot_go_on_before_the_city(cast, suzhou):
    draft = draft_in(cast)
    for submission in (draft, sent(cast, serial=900002, name="示例·二")):
        with pytest.raises(IllegalStep):
            verbs.prepare(submission=submission, by=cast.jiangsu_clerk)
        with pytest.raises(IllegalStep):
            verbs.save_draft(submission=sent(cast, serial=900003 + submission.pk, name=f"示例·{submission.pk}"),
                             payload=draft.payload, by=cast.jiangsu_clerk)  # fmt: skip
    assert [move.verb for move in filling.offered(draft, cast.jiangsu_clerk)] == ["send_to_city", "withdraw"]


def test_what_is_incomplete_is_not_sent_by_the_clerk(cast, suzhou):
    draft = draft_in(cast)
    payload = {**draft.payload, "platform": {**draft.payload["platform"], "office_phone": ""}}
    draft = verbs.save_draft(submission=draft, payload=payload, by=cast.jiangsu_clerk)
    with pytest.raises(Invalid) as refused:
        city.send_to_city(submission=draft, by=cast.jiangsu_clerk)
    assert [problem.pointer for problem in refused.value.problems] == ["platform/office_phone"]


def test_a_return_opens_the_pinned_places_to_who_sent_it_and_it_goes_there_again(cast, suzhou):
    waiting = sent(cast)
    with pytest.raises(IllegalStep):
        city.city_return_operator(submission=waiting, by=suzhou.reviewer, reason="核对")
    back = city.city_return(
        submission=waiting,
        by=suzhou.reviewer,
        reason="请核对人数",
        fields={"platform/staff_total": "与社保不符"},
    )
    assert (back.status, back.back_from_city) == ("returned", True)
    other = {**back.payload, "platform": {**back.payload["platform"], "address": "示例路 2 号"}}
    with pytest.raises(Invalid):
        verbs.save_draft(submission=back, payload=other, by=cast.jiangsu_clerk)
    mended = {**back.payload, "platform": {**back.payload["platform"], "staff_total": 31}}
    back = verbs.save_draft(submission=back, payload=mended, by=cast.jiangsu_clerk)
    with pytest.raises(IllegalStep):
        verbs.prepare(submission=back, by=cast.jiangsu_clerk)
    again = city.send_to_city(submission=back, by=cast.jiangsu_clerk)
    passed = city.city_pass(submission=again, by=suzhou.reviewer, reason="同意")
    assert passed.returned_fields == []
    assert verbs.save_draft(submission=passed, payload=other, by=cast.jiangsu_clerk).version == 7
    with pytest.raises(IllegalStep):
        city.send_to_city(submission=passed, by=cast.jiangsu_clerk)


def test_a_reviewer_sees_the_own_city_only_once_it_was_sent_and_writes_nothing(cast, suzhou):
    draft = draft_in(cast, serial=900002, name="示例·草稿")
    waiting = sent(cast)
    assert list(reach(suzhou.reviewer).rows(Submission.objects.all(), P.SUBMISSION_VIEW)) == [waiting]
    assert not reach(suzhou.stranger).rows(Submission.objects.all(), P.SUBMISSION_VIEW).exists()
    for act in (city.city_pass, city.city_return):
        with pytest.raises(NotFound):
            act(submission=waiting, by=suzhou.stranger, reason="无")
        with pytest.raises(NotPermitted):
            act(submission=waiting, by=cast.jiangsu_clerk, reason="无")
        with pytest.raises(NotFound):
            act(submission=draft, by=suzhou.reviewer, reason="无")
    with pytest.raises((NotPermitted, IllegalStep)):
        verbs.save_draft(submission=waiting, payload=waiting.payload, by=suzhou.reviewer)


def test_the_same_city_under_another_authority_is_not_the_reviewer_s(cast, suzhou):
    """Where a platform stands does not say who answers for it."""
    elsewhere = factories.SubmissionFactory(authority=cast.ningbo, city=suzhou.city)
    assert not reach(suzhou.reviewer).may(P.SUBMISSION_VIEW, elsewhere)
    assert not reach(suzhou.reviewer).rows(Submission.objects.all(), P.SUBMISSION_VIEW).exists()


def test_a_city_without_a_reviewer_is_told_to_the_office_which_makes_the_step_on_record(cast, suzhou):
    Membership.objects.filter(user=suzhou.reviewer).update(valid_until=timezone.now())
    waiting = sent(cast)
    assert told("submission.city_vacant") == {"js-clerk", "js-approver"}
    assert list(city.unattended(Submission.objects.all())) == [waiting]
    with pytest.raises(Invalid):
        city.stand_in_for_city(submission=waiting, by=cast.jiangsu_clerk, reason=" ")
    passed = city.stand_in_for_city(submission=waiting, by=cast.jiangsu_clerk, reason="该市暂无初审人员")
    assert (passed.status, passed.city_stood_in, passed.city_passed_by) == ("draft", True, cast.jiangsu_clerk)
    event = passed.events.order_by("-pgh_id").first()
    assert (event.pgh_context["verb"], event.pgh_context["reason"]) == (
        "submission.stand_in_for_city",
        "该市暂无初审人员",
    )
    assert told("submission.stand_in_for_city") == {"js-approver"}


def test_with_a_reviewer_in_time_the_office_waits_and_when_it_is_late_it_may_stand_in(cast, suzhou):
    waiting = sent(cast)
    with pytest.raises(IllegalStep):
        city.stand_in_for_city(submission=waiting, by=cast.jiangsu_clerk, reason="急")
    assert not city.unattended(Submission.objects.all()).exists()
    Submission.objects.update(city_due_at=timezone.now() - datetime.timedelta(minutes=1))
    assert city.unattended(Submission.objects.all()).exists()
    assert (
        city.stand_in_for_city(submission=waiting, by=cast.jiangsu_clerk, reason="逾期未办").status == "draft"
    )


def test_a_platform_without_a_city_of_the_office_waits_for_the_office_itself(cast, suzhou):
    waiting = city.send_to_city(submission=drafted(cast), by=cast.jiangsu_clerk)
    assert (waiting.city, told("submission.city_vacant")) == (None, {"js-clerk", "js-approver"})


def test_switched_off_what_waits_returns_to_the_clerks_and_goes_on_without_a_city(cast, suzhou):
    waiting = sent(cast)
    city.set_city_review(authority=cast.jiangsu, on=False, by=cast.jiangsu_approver)
    waiting = Submission.objects.get(pk=waiting.pk)
    suzhou.reviewer.__dict__.pop("_reach", None)

    assert (waiting.status, told("submission.release_from_city")) == ("draft", {"js-clerk"})
    assert not reach(suzhou.reviewer).may(P.SUBMISSION_CITY_REVIEW, waiting)
    assert verbs.prepare(submission=waiting, by=cast.jiangsu_clerk).status == "prepared"


def test_only_the_office_s_approver_switches_and_a_city_of_its_own_standing_has_none(cast):
    factories.CityFactory()
    for person, refusal in ((cast.jiangsu_clerk, NotPermitted), (cast.ningbo_approver, NotFound)):
        with pytest.raises(refusal):
            city.set_city_review(authority=cast.jiangsu, on=True, by=person)
    with pytest.raises(IllegalStep):
        city.set_city_review(authority=cast.ningbo, on=True, by=cast.ningbo_approver)
    with pytest.raises(IllegalStep):
        city.set_city_review(authority=cast.jiangsu, on=False, by=cast.jiangsu_approver)


def test_a_city_that_recommends_by_itself_does_not_answer_to_its_province(cast, suzhou):
    shown = set(cast.jiangsu.cities().values_list("pk", flat=True))
    type(cast.ningbo).objects.filter(pk=cast.ningbo.pk).update(city=suzhou.city)
    assert shown - set(cast.jiangsu.cities().values_list("pk", flat=True)) == {suzhou.city.pk}
    cast.ningbo.refresh_from_db()
    assert not cast.ningbo.cities().exists()


def test_what_was_with_the_approver_when_it_was_switched_on_goes_on(cast):
    waiting = prepared(cast)
    factories.CityFactory()
    city.set_city_review(authority=cast.jiangsu, on=True, by=cast.jiangsu_approver)
    assert verbs.submit(submission=waiting, by=cast.jiangsu_approver).status == "submitted"


@pytest.fixture
def own(cast, suzhou):
    """A draft that the operator's own person has begun."""
    city.set_city_review(authority=cast.jiangsu, on=False, by=cast.jiangsu_approver)
    platform = accepted(cast).platform
    offices.set_self_service(authority=cast.jiangsu, on=True, by=cast.jiangsu_approver)
    city.set_city_review(authority=cast.jiangsu, on=True, by=cast.jiangsu_approver)
    Membership.objects.filter(user=cast.operator).update(operator=platform.operator)
    for person in (cast.operator, suzhou.reviewer):
        person.__dict__.pop("_reach", None)
    draft = verbs.create_draft(
        authority=Authority.objects.get(pk="320000"),
        by=cast.operator,
        kind="change",
        platform=platform,
        filled_by=platform.operator,
    )
    payload = {**draft.payload, "platform": {**draft.payload["platform"], "city": "320500"}}
    return verbs.save_draft(submission=draft, payload=payload, by=cast.operator)


def test_what_an_operator_hands_in_goes_to_the_city_and_comes_back_to_the_operator(cast, suzhou, own):
    with pytest.raises(IllegalStep):
        filling.hand_in(submission=own, by=cast.operator)
    waiting = city.hand_to_city(submission=own, by=cast.operator)
    with pytest.raises(IllegalStep):
        city.city_return(submission=waiting, by=suzhou.reviewer, reason="核对")
    back = city.city_return_operator(submission=waiting, by=suzhou.reviewer, reason="请核对人数")
    assert (back.status, told("submission.city_return_operator")) == ("filling", {"operator"})
    passed = city.city_pass(
        submission=city.hand_to_city(submission=back, by=cast.operator), by=suzhou.reviewer, reason="同意"
    )
    asked = filling.ask_operator(submission=passed, by=cast.jiangsu_clerk, reason="请补充")
    assert (asked.city_passed_at, asked.city_opinion) == (None, "")


def test_who_fills_in_for_the_operator_does_not_check_it_for_the_city(cast, suzhou, own):
    Membership.objects.create(user=suzhou.reviewer, role=Role.OPERATOR, operator=own.operator)
    waiting = city.hand_to_city(submission=own, by=cast.operator)
    for act in (city.city_pass, city.city_return_operator):
        with pytest.raises(NotPermitted):
            act(submission=waiting, by=suzhou.reviewer, reason="同意")


def test_an_import_goes_past_the_cities_and_each_hears_once(cast, suzhou, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    factories.AreaFactory()
    rows = [good_row(serial, 所在城市="苏州市") for serial in (1, 2)] + [good_row(3, 所在城市="")]
    run = checked(workbook({"平台": table(rows)}), cast.jiangsu, cast.jiangsu_clerk)
    run = imports.confirm(run=run, mode="all_or_none", by=cast.jiangsu_clerk)
    jobs.run(run.write_job_id)

    made = Submission.objects.order_by("pk").values_list("status", "city", "city_sent_by", "prepared_by")
    clerk = cast.jiangsu_clerk.pk
    assert list(made) == [("city_review", "320500", clerk, None)] * 2 + [("city_review", None, clerk, None)]
    assert Notification.objects.get(recipient=suzhou.reviewer).text.startswith("有 2 项申报等待地市初审")
    assert told("submission.city_vacant") == {"js-clerk", "js-approver"}
    assert told("import_run.written") == set()
    assert imports.undo(run=type(run).objects.get(pk=run.pk), by=cast.jiangsu_clerk) is not None
    assert set(Submission.objects.values_list("status", flat=True)) == {"withdrawn"}


def test_many_go_to_their_cities_with_one_act_and_none_to_the_approver_before(cast, suzhou, signed_in):
    drafts = [draft_in(cast, serial=900001 + n, name=f"示例·{n}") for n in range(2)]
    browser, address = signed_in(cast.jiangsu_clerk), "/authorities/320000/submissions/"
    assert "送地市初审" in browser.get(address).content.decode()
    pick = {"pick": [draft.pk for draft in drafts]}
    page = browser.post(f"{address}bulk/", {**pick, "verb": "prepare"}).content.decode()
    assert "请先送所在市初审" in page
    sending = browser.post(f"{address}bulk/", {**pick, "verb": "send_to_city", "confirm": "1"})
    jobs.run(int(sending["Location"].split("/")[-2]))
    assert set(Submission.objects.values_list("status", flat=True)) == {"city_review"}
    assert told("submission.send_to_city") == {"suzhou-reviewer"}


def test_the_term_is_ten_working_days_and_reminders_go_out_once(cast, suzhou):
    waiting = sent(cast)
    due = waiting.city_due_at
    assert city.due_at(None, on=datetime.date(2026, 11, 2)) == calendar.end_of_day(
        datetime.date(2026, 11, 16)
    )
    counts = []
    for before in (5, 2, 1.9, 0.5, -1, -2):
        remind_city(by=None, now=due - datetime.timedelta(days=before))
        counts.append(Notification.objects.filter(kind="submission.city_due").count())
    assert counts == [0, 1, 1, 2, 4, 4]
    assert told("submission.city_due") == {"suzhou-reviewer", "js-clerk"}


def test_the_ministry_s_deadline_is_the_city_s_too(cast, suzhou):
    soon = timezone.now() + datetime.timedelta(days=2)
    assert city.due_at(soon) == soon


def test_a_reviewer_is_invited_by_two_for_a_city_of_the_office(cast, suzhou):
    facts = {
        "authority": cast.jiangsu,
        "role": Role.CITY_REVIEWER,
        "name": "示例初审",
        "by": cast.jiangsu_clerk,
    }
    for code in ("", "330200", "999999"):
        with pytest.raises(Invalid):
            invitations.propose(**facts, city=code)
    invitation = invitations.propose(**facts, city="320500")
    _invitation, secret = invitations.confirm(invitation=invitation, by=cast.jiangsu_approver)
    person = invitations.accept(secret=secret, username="new-reviewer", password="Zhongshi-2026-x")
    assert reach(person).may(P.SUBMISSION_CITY_REVIEW, sent(cast))
    city.set_city_review(authority=cast.jiangsu, on=False, by=cast.jiangsu_approver)
    cast.jiangsu.refresh_from_db()
    with pytest.raises(Invalid):
        invitations.propose(**facts, city="320500")


def test_a_role_is_not_granted_for_a_city_of_another_province(cast, suzhou):
    with pytest.raises(Invalid):
        memberships.grant(
            user=cast.nobody,
            role=Role.CITY_REVIEWER,
            authority=cast.ningbo,
            city=suzhou.city,
            by=cast.security_admin,
        )


def test_the_pages_of_a_reviewer_and_the_same_refusals(cast, suzhou, signed_in):
    waiting = sent(cast)
    browser, address = signed_in(suzhou.reviewer), verbs.address(waiting)
    assert waiting.number in browser.get("/desk/").content.decode()
    assert waiting.number in browser.get("/city-review/").content.decode()
    page = browser.get(address).content.decode()
    assert "初审通过" in page
    assert "初审退回经办人" in page
    assert "提交给审核人" not in page
    assert browser.post(f"{address}city_pass/", {"version": waiting.version, "reason": ""}).status_code == 400
    assert browser.get("/authorities/320000/submissions/").status_code == 404
    assert signed_in(suzhou.stranger).get(address).status_code == 404
    stranger = signed_in(suzhou.stranger).get("/city-review/").content.decode()
    assert waiting.number not in stranger

    clerk = signed_in(cast.jiangsu_clerk)
    refused = clerk.post(
        f"/api/v1/submissions/{waiting.number}/prepare/", {}, content_type="application/json"
    )
    assert refused.status_code == 409
    answer = browser.post(
        f"/api/v1/submissions/{waiting.number}/city_pass/",
        {"reason": "同意推荐"},
        content_type="application/json",
    )
    assert (answer.status_code, answer.json()["status"]) == (200, "draft")
    assert "同意推荐" in clerk.get(address).content.decode()
    assert "已过地市初审" in clerk.get("/desk/").content.decode()


def test_the_people_page_switches_and_shows_the_cities(cast, suzhou, signed_in):
    browser = signed_in(cast.jiangsu_approver)
    page = browser.get("/authorities/320000/people/").content.decode()
    assert "关闭地市初审" in page
    assert "地市初审人员" in page
    assert "苏州市" in page
    clerk = signed_in(cast.jiangsu_clerk)
    assert clerk.post("/authorities/320000/people/city-review/", {"city_review": "off"}).status_code == 403
    off = browser.post("/authorities/320000/people/city-review/", {"city_review": "off"})
    assert (off.status_code, Authority.objects.get(pk="320000").city_review) == (302, False)
