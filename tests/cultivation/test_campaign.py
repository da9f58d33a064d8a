"""年度核查: whoever is in scope owes a report; closing tells in time, late and missing apart and grades them as the campaign says."""

import datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from cultivation import clock
from cultivation.actions import annual_report
from cultivation.actions import campaign as verbs
from cultivation.calendar import end_of_day
from cultivation.models import AnnualReport, Campaign, DueReport, Evaluation, Rectification
from platforms.access import Role
from platforms.errors import Conflict, IllegalStep, Invalid, NotPermitted
from platforms.models import Membership, Notification, Platform, User
from tests import factories

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


@pytest.fixture
def today():
    return timezone.localdate()


def drafted(cast, today, **more):
    facts = {
        "year": today.year - 1,
        "title_zh": "示例·年度核查",
        "tiers": ["key", "national"],
        "opens_on": today,
        "due_on": today + 20 * DAY,
        "grade_in_time": "qualified",
        "grade_missing": "failed",
    }
    return verbs.draft(by=cast.ministry_clerk, **facts | more)


def listed(cast, tier="key", **more):
    return factories.PlatformFactory(authority=cast.jiangsu, tier=tier, **more)


def reported(cast, platform, at):
    return AnnualReport.objects.create(
        platform=platform,
        year=timezone.localdate().year - 1,
        prepared_by=cast.jiangsu_clerk,
        submitted_at=at,
        submitted_by=cast.jiangsu_approver,
    )


def told(kind):
    rows = Notification.objects.filter(kind=kind).order_by("recipient__username")
    return list(rows.values_list("recipient__username", flat=True))


def after(monkeypatch, campaign):
    instant = end_of_day(campaign.due_on)
    monkeypatch.setattr(clock, "now", lambda: instant)
    return instant


def test_opening_makes_everyone_in_scope_owe_a_report_and_tells_their_office(cast, today):
    due = [listed(cast), listed(cast, "national")]
    listed(cast, "reserve")
    listed(cast, status="withdrawn", status_reason="示例", status_on=today)
    campaign = drafted(cast, today)
    assert not DueReport.objects.exists()
    with pytest.raises(NotPermitted):
        verbs.open_(campaign=campaign, by=cast.ministry_clerk)
    verbs.open_(campaign=campaign, by=cast.ministry_approver)
    assert set(DueReport.objects.values_list("platform", "tier")) == {
        (due[0].pk, "key"),
        (due[1].pk, "national"),
    }
    assert told("campaign.open") == ["js-approver", "js-clerk"]
    assert "2 个平台" in Notification.objects.filter(kind="campaign.open").first().text
    assert annual_report.due_on(campaign.year) == campaign.due_on
    with pytest.raises(IllegalStep):
        verbs.open_(campaign=campaign, by=cast.second_approver)


@pytest.mark.parametrize(
    "wrong",
    [
        {"tiers": []},
        {"tiers": ["gold"]},
        {"title_zh": " "},
        {"due_on": datetime.date(2020, 1, 1)},
        {"year": 2100},
    ],
)
def test_a_draft_that_makes_no_sense_is_refused(cast, today, wrong):
    with pytest.raises(Invalid):
        drafted(cast, today, **wrong)
    assert not Campaign.objects.exists()


def test_a_year_is_checked_once_and_an_empty_scope_is_not_opened(cast, today):
    campaign = drafted(cast, today)
    with pytest.raises(Conflict, match="已有年度核查"):
        drafted(cast, today)
    with pytest.raises(IllegalStep, match="没有平台"):
        verbs.open_(campaign=campaign, by=cast.ministry_approver)


def test_a_draft_is_revised_in_the_version_that_was_read_and_opened_by_a_third(cast, signed_in, today):
    listed(cast)
    campaign = drafted(cast, today)
    page = reverse("ministry-campaign", args=(campaign.pk,))
    other = factories.person(Role.MINISTRY_CLERK)
    form = {
        "do": "revise", "revise-version": 1, "revise-year": campaign.year, "revise-title_zh": "示例·改过的标题",
        "revise-tiers": ["key"], "revise-opens_on": today, "revise-due_on": today + DAY,
    }  # fmt: skip
    clerk = signed_in(other)
    assert 'value="示例·年度核查"' in clerk.get(page).content.decode()
    assert clerk.post(page, form | {"revise-due_on": "2020-01-01"}).status_code == 400
    assert clerk.post(page, form).status_code == 302
    again = clerk.post(page, form | {"revise-title_zh": "示例·第二扇窗"})
    assert (again.status_code, "示例·第二扇窗" in again.content.decode()) == (409, True)
    assert signed_in(cast.ministry_approver).post(page, form).status_code == 403
    campaign.refresh_from_db()
    assert (campaign.title_zh, campaign.tiers, campaign.version) == ("示例·改过的标题", ["key"], 2)
    assert (campaign.created_by, campaign.revised_by) == (cast.ministry_clerk, other)
    Membership.objects.create(user=other, role=Role.MINISTRY_APPROVER)
    with pytest.raises(NotPermitted, match="起草或修改"):
        verbs.open_(campaign=campaign, by=User.objects.get(pk=other.pk))
    verbs.open_(campaign=campaign, by=cast.ministry_approver)
    assert clerk.post(page, form | {"revise-version": 2}).status_code == 409


def test_only_offices_that_owe_are_reminded_and_once_a_day(cast, today):
    done = listed(cast)
    campaign = drafted(cast, today)
    ningbo = factories.PlatformFactory(authority=cast.ningbo, tier="key")
    verbs.open_(campaign=campaign, by=cast.ministry_approver)
    reported(cast, done, timezone.now())
    assert list(verbs.owing(campaign).values_list("platform", flat=True)) == [ningbo.pk]
    assert verbs.remind(campaign=campaign, by=cast.ministry_clerk) == 1
    assert told("campaign.remind") == ["nb-approver", "nb-clerk"]
    verbs.remind(campaign=campaign, by=cast.ministry_clerk)
    assert told("campaign.remind") == ["nb-approver", "nb-clerk"]
    assert verbs.remind_due() == 0  # twenty days ahead is none of the days
    Campaign.objects.update(due_on=today + 3 * DAY)
    assert verbs.remind_due() == 1


def test_closing_tells_in_time_late_missing_and_excused_apart(cast, today, monkeypatch):
    in_time, late, missing, gone = (listed(cast) for _ in range(4))
    campaign = drafted(cast, today)
    verbs.open_(campaign=campaign, by=cast.ministry_approver)
    with pytest.raises(IllegalStep, match="还没有到截止时间"):
        verbs.close(campaign=campaign, by=cast.ministry_clerk)
    end = after(monkeypatch, campaign)
    reported(cast, in_time, end - datetime.timedelta(microseconds=1))
    reported(cast, late, end)
    Platform.objects.filter(pk=gone.pk).update(status="withdrawn", status_reason="示例", status_on=today)
    verbs.close(campaign=campaign, by=cast.ministry_clerk)
    outcomes = dict(DueReport.objects.values_list("platform", "outcome"))
    assert outcomes == {in_time.pk: "in_time", late.pk: "late", missing.pk: "missing", gone.pk: "excused"}
    grades = dict(Evaluation.objects.values_list("platform", "grade"))
    assert grades == {in_time.pk: "qualified", missing.pk: "failed"}
    assert Rectification.objects.get().evaluation.platform == missing
    text = Notification.objects.filter(kind="campaign.close").first().text
    assert "逾期上报 1 个、未上报 1 个" in text
    with pytest.raises(IllegalStep):
        verbs.close(campaign=campaign, by=cast.ministry_clerk)
    assert Evaluation.objects.count() == 2


def test_on_the_page_one_drafts_another_opens_and_the_missing_are_named(cast, signed_in, today):
    missing = listed(cast, name_zh="示例·欠报平台")
    clerk, approver = signed_in(cast.ministry_clerk), signed_in(cast.ministry_approver)
    table = reverse("ministry-campaigns")
    assert signed_in(cast.jiangsu_clerk).get(table).status_code == 403
    form = {
        "do": "draft",
        "draft-year": today.year - 1,
        "draft-title_zh": "示例·年度核查",
        "draft-tiers": ["key"],
        "draft-opens_on": today,
        "draft-due_on": today + DAY,
        "draft-grade_in_time": "qualified",
    }
    assert clerk.post(table, form | {"draft-due_on": "2020-01-01"}).status_code == 400
    assert clerk.post(table, form).status_code == 302
    page = reverse("ministry-campaign", args=(Campaign.objects.get().pk,))
    assert clerk.post(page, {"do": "open"}).status_code == 403
    assert approver.post(page, {"do": "open"}).status_code == 302
    assert missing.name_zh in clerk.get(page).content.decode()
    assert clerk.post(page, {"do": "close"}).status_code == 409
    assert clerk.post(page, {"do": "remind"}).status_code == 302
    assert clerk.get(f"{page}?authority={cast.ningbo.pk}").status_code == 200
