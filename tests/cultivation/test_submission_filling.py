"""自助填报: where an authority has switched it on, an operator's own people write the first draft; they file nothing."""

import pytest

from cultivation.actions import submission as verbs
from cultivation.actions import submission_acceptance as ministry
from cultivation.actions import submission_filling as filling
from cultivation.actions.submission_bulk import submit_many
from cultivation.models import Submission
from platforms import jobs, record
from platforms.access import Permission as P
from platforms.access import Role, reach
from platforms.actions import authority as offices
from platforms.actions import invitation as invitations
from platforms.errors import Conflict, IllegalStep, Invalid, NotFound, NotPermitted
from platforms.models import Authority, Membership, Notification
from tests import factories
from tests.cultivation.submissions import accepted, drafted

pytestmark = pytest.mark.django_db


@pytest.fixture
def platform(cast):
    """A platform of the operator whose person is ``cast.operator``, in an authority that lets operators write."""
    found = accepted(cast).platform
    Membership.objects.filter(user=cast.operator).update(operator=found.operator)
    return switched(cast, found)


def switched(cast, platform, *, on=True):
    offices.set_self_service(authority=cast.jiangsu, on=on, by=cast.jiangsu_approver)
    for person in (cast.operator, cast.jiangsu_clerk):
        person.__dict__.pop("_reach", None)
    return type(platform).objects.get(pk=platform.pk)


def begun(cast, platform) -> Submission:
    return verbs.create_draft(
        authority=platform.authority,
        by=cast.operator,
        kind="change",
        platform=platform,
        filled_by=platform.operator,
    )


def with_values(submission, **values):
    return {**submission.payload, "platform": {**submission.payload["platform"], **values}}


def test_the_operator_fills_the_clerk_prepares_the_approver_files(cast, platform):
    draft = begun(cast, platform)
    verbs.save_draft(submission=draft, payload=with_values(draft, staff_total=77), by=cast.operator)
    handed = filling.hand_in(submission=draft, by=cast.operator)

    assert (handed.status, handed.handed_in_by) == ("draft", cast.operator)
    told = Notification.objects.filter(kind="submission.hand_in").values_list("recipient", flat=True)
    assert list(told) == [cast.jiangsu_clerk.pk]
    prepared = verbs.prepare(submission=handed, by=cast.jiangsu_clerk)
    done = ministry.accept(
        submission=verbs.submit(submission=prepared, by=cast.jiangsu_approver), by=cast.ministry_clerk
    )
    assert (done.status, done.payload["platform"]["staff_total"]) == ("accepted", 77)
    assert Notification.objects.filter(kind="submission.accept", recipient=cast.operator).count() == 1


def test_an_operator_files_nothing_and_writes_only_while_it_holds_the_pen(cast, platform):
    draft = begun(cast, platform)
    for act in (verbs.prepare, verbs.withdraw, verbs.submit):
        with pytest.raises((NotPermitted, IllegalStep)):
            act(submission=draft, by=cast.operator)
    filling.hand_in(submission=draft, by=cast.operator)
    with pytest.raises(IllegalStep):
        verbs.save_draft(submission=draft, payload=with_values(draft, staff_total=1), by=cast.operator)
    with pytest.raises(IllegalStep):
        filling.hand_in(submission=draft, by=cast.operator)
    draft.refresh_from_db()
    assert draft.payload["platform"]["staff_total"] != 1


def test_while_the_operator_holds_the_pen_the_clerk_fetches_it_back_first(cast, platform):
    draft = begun(cast, platform)
    payload = with_values(draft, staff_total=55)
    with pytest.raises(IllegalStep):
        verbs.save_draft(submission=draft, payload=payload, by=cast.jiangsu_clerk)
    filling.fetch_back(submission=draft, by=cast.jiangsu_clerk)
    assert verbs.save_draft(submission=draft, payload=payload, by=cast.jiangsu_clerk).version == 3


def test_switched_off_the_role_only_reads(cast, platform):
    draft = begun(cast, platform)
    platform = switched(cast, platform, on=False)
    draft = Submission.objects.get(pk=draft.pk)

    assert not reach(cast.operator).may(P.SUBMISSION_FILL, draft)
    assert not reach(cast.operator).rows(Submission.objects.all(), P.SUBMISSION_FILL).exists()
    assert reach(cast.operator).may(P.SUBMISSION_VIEW, draft)
    with pytest.raises(NotPermitted):
        verbs.save_draft(submission=draft, payload=draft.payload, by=cast.operator)
    with pytest.raises(NotPermitted):
        begun(cast, platform)
    assert filling.fetch_back(submission=draft, by=cast.jiangsu_clerk).status == "draft"


def test_only_the_office_s_approver_switches_and_history_knows(cast):
    for person, refusal in ((cast.jiangsu_clerk, NotPermitted), (cast.ningbo_approver, NotFound)):
        with pytest.raises(refusal):
            offices.set_self_service(authority=cast.jiangsu, on=True, by=person)
    offices.set_self_service(authority=cast.jiangsu, on=True, by=cast.jiangsu_approver)
    with pytest.raises(IllegalStep):
        offices.set_self_service(authority=cast.jiangsu, on=True, by=cast.jiangsu_approver)
    event = Authority.objects.get(pk=cast.jiangsu.pk).events.order_by("-pgh_id").first()
    assert (event.self_service, event.pgh_context["actor"]) == (True, "js-approver")


def test_another_operator_and_drafts_of_the_office_stay_out_of_sight(cast, platform):
    other = drafted(cast, name="示例·另一平台", serial=900777)
    mine = begun(cast, platform)
    stranger = factories.person(
        Role.OPERATOR, operator=factories.OperatorFactory(uscc=factories.uscc(900778))
    )

    seen = reach(cast.operator).rows(Submission.objects.open(), P.SUBMISSION_VIEW)
    assert list(seen) == [mine]
    assert not reach(cast.operator).may(P.SUBMISSION_VIEW, other)
    for act in (verbs.save_draft, filling.hand_in):
        more = {"payload": mine.payload} if act is verbs.save_draft else {}
        with pytest.raises(NotFound):
            act(submission=mine, by=stranger, **more)


def test_the_code_of_the_operator_is_not_the_operator_s_to_change(cast, platform):
    draft = begun(cast, platform)
    payload = {
        **draft.payload,
        "operator": {**draft.payload["operator"], "uscc": factories.uscc(900779)},
    }
    with pytest.raises(Invalid) as refused:
        verbs.save_draft(submission=draft, payload=payload, by=cast.operator)
    assert [problem.pointer for problem in refused.value.problems] == ["operator/uscc"]


def test_the_office_asks_with_reasons_and_only_those_places_open(cast, platform):
    draft = verbs.create_draft(
        authority=platform.authority, by=cast.jiangsu_clerk, kind="change", platform=platform
    )
    asked = filling.ask_operator(
        submission=draft,
        by=cast.jiangsu_clerk,
        reason="请补人员数",
        fields={"platform/staff_total": "与年报不一致"},
    )
    assert asked.status == "filling"
    assert Notification.objects.filter(kind="submission.ask_operator", recipient=cast.operator).count() == 1
    with pytest.raises(Invalid):
        verbs.save_draft(submission=asked, payload=with_values(asked, name_zh="示例·改名"), by=cast.operator)
    saved = verbs.save_draft(submission=asked, payload=with_values(asked, staff_total=41), by=cast.operator)
    assert saved.payload["platform"]["staff_total"] == 41


def test_nobody_is_asked_where_nobody_can_answer(cast, platform):
    Membership.objects.filter(role=Role.OPERATOR).delete()
    draft = verbs.create_draft(
        authority=platform.authority, by=cast.jiangsu_clerk, kind="change", platform=platform
    )
    with pytest.raises(IllegalStep):
        filling.ask_operator(submission=draft, by=cast.jiangsu_clerk, reason="请填写")


def test_who_fills_in_for_an_operator_does_not_approve_its_submission(cast, platform):
    Membership.objects.create(user=cast.jiangsu_approver, role=Role.OPERATOR, operator=platform.operator)
    draft = filling.hand_in(submission=begun(cast, platform), by=cast.operator)
    prepared = verbs.prepare(submission=draft, by=cast.jiangsu_clerk)
    with pytest.raises(NotPermitted):
        verbs.submit(submission=prepared, by=cast.jiangsu_approver)


@pytest.mark.parametrize("left", [False, True])
def test_nor_in_bulk_nor_after_leaving_the_operator(cast, platform, left):
    """One person who was the operator's and is the office's approver now."""
    both = cast.jiangsu_approver
    ties = Membership.objects.create(user=both, role=Role.OPERATOR, operator=platform.operator)
    both.__dict__.pop("_reach", None)
    draft = verbs.create_draft(
        authority=platform.authority, by=both, kind="change", platform=platform, filled_by=platform.operator
    )
    prepared = verbs.prepare(submission=filling.hand_in(submission=draft, by=both), by=cast.jiangsu_clerk)
    if left:
        ties.delete()
    job = submit_many(submissions=[prepared], by=both, authority=cast.jiangsu)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.result["moved"] == 0
    assert "您是该建设单位的填报人" in job.result["refused"][0]["reason"]
    assert Submission.objects.get(pk=prepared.pk).status == "prepared"


def test_one_change_at_a_time(cast, platform):
    begun(cast, platform)
    with pytest.raises(Conflict):
        begun(cast, platform)


def test_an_operator_s_person_is_invited_by_two_and_ends_at_once(cast, platform):
    uscc = platform.operator.uscc
    invitation = invitations.propose(
        authority=platform.authority, role=Role.OPERATOR, name="示例填报人", uscc=uscc, by=cast.jiangsu_clerk
    )
    with pytest.raises(NotPermitted):
        invitations.confirm(invitation=invitation, by=cast.jiangsu_clerk)
    _invitation, secret = invitations.confirm(invitation=invitation, by=cast.jiangsu_approver)
    person = invitations.accept(secret=secret, username="filler", password="Zhongshi-2026-x")

    assert reach(person).may(P.SUBMISSION_FILL, platform)
    ended = invitations.end_operator(authority=platform.authority, user=person, by=cast.jiangsu_approver)
    assert not type(person).objects.get(pk=ended.pk).is_active
    assert not reach(type(person).objects.get(pk=person.pk)).grants


def test_only_people_of_an_operator_the_office_answers_for_are_invited(cast, platform):
    facts = {"authority": platform.authority, "role": Role.OPERATOR, "name": "示例", "by": cast.jiangsu_clerk}
    for uscc in ("", "123", factories.uscc(900780)):
        with pytest.raises(Invalid):
            invitations.propose(**facts, uscc=uscc)
    switched(cast, platform, on=False)
    with pytest.raises(Invalid):
        invitations.propose(
            **{**facts, "authority": Authority.objects.get(pk="320000")}, uscc=platform.operator.uscc
        )


def test_the_operator_s_pages_from_the_desk_to_handing_in(cast, platform, signed_in):
    browser = signed_in(cast.operator)
    desk = browser.get("/desk/").content.decode()
    assert f"/authorities/320000/platforms/{platform.code}/change/" in desk

    page = browser.post(f"/authorities/320000/platforms/{platform.code}/change/", follow=True)
    draft = Submission.objects.get(status="filling")
    assert "交给推荐单位经办人" in page.content.decode()
    assert "提交给审核人" not in page.content.decode()
    address = verbs.address(draft)
    assert browser.get(f"{address}sections/identity/").status_code == 200
    assert browser.get(f"{address}contact/").status_code == 200
    assert browser.get(f"{address}attachments/").status_code == 200
    assert draft.number in browser.get("/desk/").content.decode()

    assert browser.post(f"{address}hand_in/", {"version": draft.version}).status_code == 302
    assert browser.get(f"{address}sections/identity/").status_code == 409
    clerk = signed_in(cast.jiangsu_clerk)
    assert "建设单位已交来" in clerk.get("/desk/").content.decode()
    assert "请建设单位填写" in clerk.get(address).content.decode()
    assert signed_in(cast.ningbo_clerk).get(address).status_code == 404


def test_a_further_platform_begins_with_what_is_known_of_the_operator(cast, platform, signed_in):
    browser = signed_in(cast.operator)
    browser.post(f"/authorities/320000/operators/{platform.operator_id}/begin/")
    draft = Submission.objects.get(status="filling")
    assert draft.payload["operator"] == record.values_of(platform.operator, "operator")
    elsewhere = factories.OperatorFactory(uscc=factories.uscc(900781))
    assert browser.post(f"/authorities/320000/operators/{elsewhere.pk}/begin/").status_code == 404


def test_the_people_page_switches_and_lists(cast, platform, signed_in):
    page = signed_in(cast.jiangsu_approver).get("/authorities/320000/people/").content.decode()
    assert "关闭自助填报" in page
    clerk = signed_in(cast.jiangsu_clerk)
    assert "关闭自助填报" not in clerk.get("/authorities/320000/people/").content.decode()
    assert clerk.post("/authorities/320000/people/self-service/", {"self_service": "off"}).status_code == 403
    browser = signed_in(cast.jiangsu_approver)
    assert (
        browser.post("/authorities/320000/people/self-service/", {"self_service": "off"}).status_code == 302
    )
    assert not Authority.objects.get(pk="320000").self_service
