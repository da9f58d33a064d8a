"""年度信息 over the API: written by a clerk's program, sent on by an approver's, tried out before."""

import pytest

from cultivation.actions.annual_report import current_year
from cultivation.models import AnnualReport
from platforms.models import IdempotencyKey, Platform, YearlyFigures
from tests import factories
from tests.api import problem
from tests.cultivation.test_api_submissions import Caller

pytestmark = pytest.mark.django_db
YEAR = current_year()


@pytest.fixture
def platform(cast) -> Platform:
    found = factories.PlatformFactory(authority=cast.jiangsu)
    YearlyFigures.objects.create(platform=found, year=YEAR - 1, projects_total=40)
    return found


def body(platform, **figures) -> dict:
    return {"platform": platform.code, "year": YEAR, "figures": figures}


def test_from_the_figures_to_the_public_record(cast, platform):
    clerk, approver = Caller(cast.jiangsu_clerk), Caller(cast.jiangsu_approver)

    made = clerk.post("reports/", body(platform, projects_total=44))
    assert made.status_code == 201, made.content
    address = made.json()["url"].partition("/api/v1/")[2]
    assert clerk.get("reports/").json()["results"][0]["url"] == made.json()["url"]
    problem(clerk.post("reports/", body(platform, projects_total=45)), 409)
    problem(clerk.post(f"{address}submit/"), 403)
    assert approver.post(f"{address}submit/").json()["submitted_at"]

    assert YearlyFigures.objects.get(platform=platform, year=YEAR).projects_total == 44
    problem(clerk.patch(address, {"figures": {}}, **{"If-Match": clerk.get(address)["ETag"]}), 400)


def test_a_change_needs_the_version_it_was_made_from(cast, platform):
    clerk = Caller(cast.jiangsu_clerk)
    made = clerk.post("reports/", body(platform, projects_total=44))
    address = made.json()["url"].partition("/api/v1/")[2]
    change = {"figures": {"projects_total": 45}}

    problem(clerk.patch(address, change), 428)
    first = clerk.patch(address, change, **{"If-Match": made["ETag"]})
    assert first.json()["figures"] == {"projects_total": 45}
    problem(clerk.patch(address, change, **{"If-Match": made["ETag"]}), 412)


def test_a_figure_far_from_last_years_names_its_place(cast, platform):
    clerk = Caller(cast.jiangsu_clerk)

    refused = problem(clerk.post("reports/", body(platform, projects_total=400, firms_served="viele")), 400)

    assert [error["pointer"] for error in refused["errors"]] == ["#/firms_served"]
    refused = problem(clerk.post("reports/", body(platform, projects_total=400)), 400)
    assert [error["pointer"] for error in refused["errors"]] == ["#/projects_total"]
    told = body(platform, projects_total=400) | {"explanations": {"projects_total": "新增两条中试线"}}
    assert clerk.post("reports/", told).status_code == 201


def test_trying_out_answers_the_same_and_keeps_nothing(cast, platform):
    clerk = Caller(cast.jiangsu_clerk)

    tried = clerk.post("reports/?dry_run=true", body(platform, projects_total=44), **{"Idempotency-Key": "k"})

    assert (tried.status_code, tried["Dry-Run"], tried.json()["year"]) == (200, "true", YEAR)
    assert "Location" not in tried
    assert "ETag" not in tried
    assert not AnnualReport.objects.exists()
    assert not IdempotencyKey.objects.exists()
    problem(clerk.post("reports/?dry_run=true", body(platform, projects_total=400)), 400)
    problem(clerk.post("reports/?dry_run=perhaps", body(platform, projects_total=44)), 400)
    made = clerk.post("reports/", body(platform, projects_total=44), **{"Idempotency-Key": "k"})
    assert made.status_code == 201


def test_another_authority_has_no_such_platform_or_report(cast, platform):
    made = Caller(cast.jiangsu_clerk).post("reports/", body(platform, projects_total=44)).json()
    other = Caller(cast.ningbo_clerk)

    problem(other.post("reports/", body(platform, projects_total=44)), 404)
    problem(other.get(made["url"].partition("/api/v1/")[2]), 404)
    problem(Caller(cast.ningbo_approver).post(made["url"].partition("/api/v1/")[2] + "submit/"), 404)
