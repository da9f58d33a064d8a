"""A year's figures: last year beside, outliers explained, two persons, then public."""

import pytest

from cultivation.actions import annual_report as verbs
from cultivation.models import AnnualReport
from platforms.errors import IllegalStep, Invalid, NotFound, NotPermitted
from platforms.models import Platform, PublicPlatform, YearlyFigures
from platforms.publish import publish
from tests import factories

pytestmark = pytest.mark.django_db
YEAR = verbs.current_year()


@pytest.fixture
def platform(cast) -> Platform:
    found = factories.PlatformFactory(authority=cast.jiangsu)
    YearlyFigures.objects.create(platform=found, year=YEAR - 1, projects_total=40, projects_external=30)
    publish(found)
    return found


def saved(cast, platform, why=None, **figures) -> AnnualReport:
    return verbs.save(platform=platform, year=YEAR, figures=figures, explanations=why, by=cast.jiangsu_clerk)


def test_a_report_becomes_public_when_another_person_approves(cast, platform):
    report = saved(cast, platform, projects_total="44", income_wan="320.5")
    assert not YearlyFigures.objects.filter(year=YEAR).exists()

    verbs.submit(report=report, by=cast.jiangsu_approver)

    row = YearlyFigures.objects.get(platform=platform, year=YEAR)
    assert (row.projects_total, str(row.income_wan), row.firms_served) == (44, "320.50", None)
    shown = PublicPlatform.objects.get(code=platform.code).document["figures"]
    assert [(item["year"], item["projects_total"]) for item in shown if item["year"] == YEAR] == [(YEAR, 44)]
    assert "320" not in str(shown)


def test_a_figure_far_from_last_years_needs_a_word(cast, platform):
    with pytest.raises(Invalid) as refused:
        saved(cast, platform, projects_total="400", projects_external="31")
    assert [(problem.pointer, problem.message) for problem in refused.value.problems] == [
        ("projects_total", f"与 {YEAR - 1} 年相比 +900%，请确认或说明。")
    ]
    report = saved(cast, platform, {"projects_total": "新增两条中试线"}, projects_total="400")
    assert report.explanations == {"projects_total": "新增两条中试线"}


def test_small_numbers_are_no_outliers(cast, platform):
    YearlyFigures.objects.update(projects_total=1, projects_external=0)
    assert saved(cast, platform, projects_total="8", projects_external="7").figures["projects_total"] == 8


def test_wrong_figures_are_refused_as_everywhere(cast, platform):
    with pytest.raises(Invalid) as refused:
        saved(cast, platform, projects_total="3", projects_external="5", firms_served="viele")
    assert {"firms_served"} <= {problem.pointer for problem in refused.value.problems}


def test_nobody_approves_the_own_report_or_another_offices(cast, platform):
    report = saved(cast, platform, projects_total="44")
    with pytest.raises(NotPermitted):
        verbs.submit(report=report, by=cast.jiangsu_clerk)
    with pytest.raises(NotFound):
        verbs.submit(report=report, by=cast.ningbo_approver)


def test_what_has_been_submitted_stays(cast, platform):
    verbs.submit(report=saved(cast, platform, projects_total="44"), by=cast.jiangsu_approver)
    with pytest.raises(IllegalStep):
        saved(cast, platform, projects_total="45")


def test_from_the_form_to_the_public_page(cast, platform, signed_in):
    clerk, approver = signed_in(cast.jiangsu_clerk), signed_in(cast.jiangsu_approver)
    address = f"/authorities/320000/reports/{YEAR}/{platform.code}/"
    assert f"{YEAR - 1} 年 40" in clerk.get(address).content.decode()
    assert 'value="40"' not in clerk.get(address).content.decode()
    assert 'value="40"' in clerk.get(f"{address}?copy=1").content.decode()
    refused = clerk.post(address, {"projects_total": "400"})
    assert refused.status_code == 400
    assert 'name="why-projects_total"' in refused.content.decode()
    assert 'value="400"' in refused.content.decode()
    clerk.post(address, {"projects_total": "400", "why-projects_total": "新增两条中试线"})
    assert approver.post(f"{address}send_back/", {"reason": ""}).status_code == 400
    approver.post(f"{address}send_back/", {"reason": "请核对"})
    assert "请核对" in clerk.get(address).content.decode()
    clerk.post(address, {"projects_total": "44"})
    assert "审核通过并上报" in approver.get(address).content.decode()
    approver.post(f"{address}submit/")
    listed = clerk.get(f"/authorities/320000/reports/{YEAR}/?state=submitted").content.decode()
    assert platform.code in listed
    assert signed_in(cast.ningbo_clerk).get(address).status_code == 404


def test_a_zero_of_last_year_is_read_as_a_zero(cast, platform, signed_in):
    platform.figures.filter(year=YEAR - 1).update(projects_total=0, projects_external=0)
    saved(cast, platform, projects_total="2")
    page = signed_in(cast.jiangsu_approver).get(f"/authorities/320000/reports/{YEAR}/{platform.code}/")
    [row] = [row for row in page.context["rows"] if row["now"] == "2"]
    assert row["before"] == "0"
    assert f'data-label="{YEAR - 1} 年">0</td>' in page.text


def test_a_page_made_before_somebody_else_wrote_overwrites_nothing(cast, platform, signed_in):
    clerk = signed_in(cast.jiangsu_clerk)
    address = f"/authorities/320000/reports/{YEAR}/{platform.code}/"
    assert 'name="version" value=""' in clerk.get(address).content.decode()
    saved(cast, platform, projects_total="44")

    second = clerk.post(address, {"projects_total": "45", "version": ""})

    assert second.status_code == 409
    shown = second.content.decode()
    assert "已有其他人填报" in shown
    assert 'value="45"' in shown
    assert AnnualReport.objects.get().figures["projects_total"] == 44
    assert clerk.post(address, {"projects_total": "45", "version": "1"}).status_code == 302
    assert AnnualReport.objects.get().version == 2
