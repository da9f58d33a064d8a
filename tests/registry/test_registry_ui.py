"""The template tags say numbers, names, dates and addresses the same way everywhere, without a database."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from django import forms
from django.conf.urls.i18n import i18n_patterns
from django.http import HttpResponse
from django.template import Context, Template
from django.test import RequestFactory
from django.urls import path
from django.utils.translation import override

from platforms.templatetags import registry_dates as dates
from platforms.templatetags import registry_figures as figures
from platforms.templatetags import registry_ui as ui
from platforms.templatetags import registry_words as words

# Addresses of our own, so that these tests are about the tags and not about the pages of the day.
pytestmark = pytest.mark.urls(__name__)
urlpatterns = i18n_patterns(
    path("", HttpResponse, name="home"),
    path("platforms/<str:code>/", HttpResponse, name="platform"),
    prefix_default_language=False,
)

LOAD = "{% load registry_ui registry_dates registry_words registry_figures %}"


def draw(source: str, path: str = "/", **context) -> str:
    return Template(LOAD + source).render(Context({"request": RequestFactory().get(path), **context}))


@pytest.mark.parametrize(
    ("given", "shown"),
    [(2400, "2,400"), ("2400+", "2,400+"), ("1260.50", "1,260.50"), (0, "0"), (None, ""), ("", ""), ("面议", "面议"),
     ("2,403", "2,403"), (1e7, "10,000,000.0"), ("NaN", "NaN")],
)  # fmt: skip
def test_numbers_have_thousands_separators_in_both_languages(given, shown):
    for language in ("zh-hans", "en"):
        with override(language):
            assert ui.number(given) == shown


def test_a_name_without_english_is_marked_as_chinese_on_an_english_page():
    source = {"name_zh": "示例<平台>", "name_en": ""}
    with override("zh-hans"):
        assert draw("{% localized p %}", p=source) == "示例&lt;平台&gt;"
    with override("en"):
        assert draw("{% localized p %}", p=source) == '<span lang="zh-Hans">示例&lt;平台&gt;</span>'
        assert ui.plain_name(source) == "示例<平台>"
        assert draw("{% localized p %}", p={"name_zh": "示例", "name_en": "Sample"}) == "Sample"
        assert draw("{% localized p %}", p=None) == ""


def test_only_chinese_text_is_marked_as_chinese():
    with override("en"):
        assert draw("{% chinese t %}", t="kg") == "kg"
        assert draw("{% chinese t %}", t="t/批") == '<span lang="zh-Hans">t/批</span>'


@pytest.mark.parametrize(
    ("given", "chinese", "english"),
    [
        ("2026-11-22", "2026年11月22日", "22 November 2026"),
        (date(2026, 11, 2), "2026年11月2日", "2 November 2026"),
        ("2025-12", "2025年12月", "December 2025"),
        ("2025", "2025年", "2025"),
        (datetime(2026, 11, 22, 16, 30, tzinfo=UTC), "2026年11月23日", "23 November 2026"),
        ("", "", ""),
        (None, "", ""),
        ("待定", "待定", "待定"),
    ],
)
def test_days_are_written_out_and_keep_their_precision(given, chinese, english):
    with override("zh-hans"):
        assert dates.day(given) == chinese
    with override("en"):
        assert dates.day(given) == english


def test_an_end_at_midnight_in_beijing_is_written_as_24_00_of_the_day_before():
    with override("zh-hans"):
        shown = dates.deadline("2026-12-31T16:00:00+00:00")
    assert shown == '<time datetime="2027-01-01T00:00+08:00">2026-12-31 24:00（北京时间）</time>'
    assert "2026-12-31 17:00" in dates.deadline("2026-12-31T09:00:00Z", False)


def test_the_time_left_is_counted_in_days_then_hours_and_turns_urgent():
    end = "2026-12-31T16:00:00+00:00"
    with override("zh-hans"):
        assert dates.remaining(end, "2026-12-01T16:00:00+00:00") == '<span class="due">还有 30 天</span>'
        assert (
            dates.remaining(end, "2026-12-29T12:00:00+00:00")
            == '<span class="due" data-soon>还有 2 天</span>'
        )
        assert (
            dates.remaining(end, "2026-12-30T16:00:00+00:00")
            == '<span class="due" data-soon>还有 1 天</span>'
        )
        assert (
            dates.remaining(end, "2026-12-31T13:00:00+00:00")
            == '<span class="due" data-soon>还有 3 小时</span>'
        )
        assert (
            dates.remaining(end, "2026-12-31T15:59:00+00:00")
            == '<span class="due" data-soon>不到 1 小时</span>'
        )
        assert dates.remaining(end, end) == '<span class="due">已截止</span>'
    assert dates.remaining(None) == ""


def test_links_keep_every_other_parameter_and_return_to_the_first_page():
    here = "/platforms/?q=%E6%AD%A3%E6%9E%81&tier=key&tier=reserve&page=4"
    assert (
        draw("{% query_with sort='name' %}", here)
        == "?q=%E6%AD%A3%E6%9E%81&amp;tier=key&amp;tier=reserve&amp;sort=name"
    )
    assert draw("{% query_with page=5 %}", here).endswith("tier=key&amp;tier=reserve&amp;page=5")
    assert draw("{% query_with q='' %}", here) == "?tier=key&amp;tier=reserve"
    assert draw("{% query_without 'tier' 'key' %}", here) == "?q=%E6%AD%A3%E6%9E%81&amp;tier=reserve"
    assert draw("{% query_without 'tier' %}", here) == "?q=%E6%AD%A3%E6%9E%81"
    assert (
        draw("{% hidden_query 'q' as kept %}{{ kept|safe }}", here)
        == "[('tier', 'key'), ('tier', 'reserve')]"
    )


def test_a_query_cannot_break_out_of_an_attribute():
    hostile = "/platforms/?q=%22%3E%3Cscript%3E"
    assert "<" not in draw("{% query_with page=2 %}", hostile)
    assert '"' not in draw("{% language_url 'en' %}", hostile)


def test_the_language_switch_keeps_address_and_query():
    with override("zh-hans"):
        assert draw("{% language_url 'en' %}", "/no-such-page/?a=1") == "/en/no-such-page/?a=1"
    with override("en"):
        assert draw("{% language_url 'zh-hans' %}", "/en/no-such-page/?a=1") == "/no-such-page/?a=1"
    assert Template(LOAD + "{% language_url 'en' %}").render(Context()) == "/en/"


@pytest.mark.parametrize(
    ("current", "pages", "shown"),
    [(1, 1, [1]), (1, 3, [1, 2, 3]), (5, 9, [1, None, 3, 4, 5, 6, 7, None, 9]), (9, 9, [1, None, 7, 8, 9])],
)
def test_page_numbers_leave_gaps(current, pages, shown):
    assert ui.page_numbers(current, pages) == shown


class Sample(forms.Form):
    name = forms.CharField(label="名称", help_text="与公章一致")
    kind = forms.ChoiceField(label="类型", widget=forms.RadioSelect, choices=[("a", "甲"), ("b", "乙")])


def test_a_wrong_field_is_described_by_its_hint_and_its_error():
    html = draw("{% include 'components/field.html' %}", field=Sample({"kind": "a"})["name"])
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'class="input"' in html
    assert 'id="id_name_helptext"' in html
    assert 'id="id_name_error"' in html


def test_the_error_summary_links_to_the_first_control_of_each_field():
    found = ui.form_errors(Sample({}))
    assert [item["href"] for item in found] == ["#id_name", "#id_kind_0"]
    assert ui.form_errors(Sample()) == []
    assert ui.form_errors(None) == []


def test_stored_values_have_words_and_unknown_ones_show_themselves():
    with override("zh-hans"):
        assert words.tier_label("key") == "重点培育"
        assert words.label("no-such-value", "ServiceType") == "no-such-value"
        assert words.label(None, "ServiceType") == ""
        assert words.state_parts("no-such-state") == {"drawing": "ring", "tone": "", "word": "no-such-state"}
        assert words.state_parts("returned", "退回修改")["word"] == "退回修改"
        assert words.state_parts("noticing", "", "BatchStatus") == {
            "drawing": "clock",
            "tone": "live",
            "word": "公示中",
        }


def test_every_state_has_a_drawing():
    assert {drawing for drawing, *_rest in (*words.STATES.values(), *words.SHAPES.values())} <= set(
        figures.MARKS
    )


@pytest.mark.parametrize(
    "name",
    ["SubmissionStatus", "BatchStatus", "StageStatus", "ApplicationStatus", "CheckState", "PanelStatus", "AssignmentStatus",
     "NoticeStatus", "AnnouncementStatus", "ObjectionStatus", "DecisionStatus", "DesignationStatus", "RequestStatus", "JobStatus",
     "ImportStatus", "RowOutcome", "PlatformStatus"],
)  # fmt: skip
def test_every_status_of_every_noun_is_drawn(name):
    known = set(words.STATES) | set(words.SHAPES)
    assert set(words.vocabulary(name)) - known == set()


def test_addresses_in_stored_documents_get_the_language_of_the_reader():
    with override("en"):
        assert ui.local("/platforms/ZS-32-00412-7/") in {
            "/en/platforms/ZS-32-00412-7/",
            "/platforms/ZS-32-00412-7/",
        }
        assert ui.local("#row-3") == "#row-3"
        assert ui.local("https://example.org/a") == "https://example.org/a"
        assert ui.local("//example.org/a") == "//example.org/a"
        assert ui.local(None) == ""


def test_bars_stay_inside_their_drawing_and_carry_no_style():
    assert 'width="50"' in figures.bar(1, 2)
    assert 'width="100"' in figures.bar(9, 2)
    assert 'width="0"' in figures.bar(None, 0)
    assert "style" not in figures.bar_parts([(41, "b5"), (12, "b3")])


def test_the_tile_grid_has_forty_tiles_on_forty_places():
    grid = figures.tile_grid([{"code": "320000", "name_zh": "江苏", "count": 199}])
    places = [(t["row"], t["column"]) for t in grid["tiles"] + grid["outside"]]
    assert len(places) == len(set(places)) == 40
    jiangsu = next(t for t in grid["tiles"] if t["count"])
    assert (jiangsu["row"], jiangsu["column"], jiangsu["level"]) == (5, 7, 5)


@pytest.mark.parametrize(
    ("largest", "breaks"),
    [(199, [40, 80, 120, 160]), (5, [1, 2, 3, 4]), (0, [1, 2, 3, 4]), (63, [20, 40, 60, 80])],
)
def test_classes_have_round_bounds(largest, breaks):
    assert figures.level_breaks(largest) == breaks
    assert [figures.level(n, breaks) for n in (0, *breaks)] == [1, 2, 3, 4, 5]


def test_a_year_without_data_is_a_gap_and_not_a_zero():
    chart = figures.stacked_years([{"year": 2023, "reserve": None, "key": None, "national": None},
                                   {"year": 2024, "reserve": 10, "key": 0, "national": 0}])  # fmt: skip
    assert [row["missing"] for row in chart["rows"]] == [True, False]
    assert [len(row["parts"]) for row in chart["rows"]] == [0, 1]


def test_pyramid_widths_follow_the_square_root():
    rows = figures.pyramid_rows([{"tier": "key", "value": "25"}, {"tier": "reserve", "value": "100+"}])
    assert [row["width"] for row in rows] == ["110.0", "220.0"]


def test_scores_are_dots_on_one_scale_and_equal_ones_stand_above_one_another():
    source = "{% dot_strip totals scale median cut %}"
    drawn = draw(source, totals=[90, 60, 60], scale=(50, 100), median=60, cut=None)
    places = re.findall(r'<circle cx="([\d.]+)" cy="(\d+)"', drawn)
    assert places == [("156.4", "12"), ("43.6", "12"), ("43.6", "7")]
    assert "style=" not in drawn
    assert "cut" not in drawn
    assert 'class="cut" x1="194.0"' in draw(source, totals=[], scale=(50, 100), median=None, cut=100)


def test_a_box_runs_from_quartile_to_quartile():
    five = {"low": 50, "lower": 60, "median": 75, "upper": 80, "high": 100}
    drawn = draw("{% box_strip five scale %}", five=SimpleNamespace(**five), scale=(50, 100))
    assert '<rect x="43.6" y="5" width="75.2"' in drawn
    assert 'class="mid" x1="100.0"' in drawn
