"""Criteria written line by line: nothing lost between lines and tree, moved without a script, tried before they are saved."""

import pytest
from django.urls import reverse

from cultivation import criteria as examples
from cultivation.forms import criteria as outline
from cultivation.models import CheckResult
from tests.cultivation import batches
from tests.factories import PlatformFactory

pytestmark = pytest.mark.django_db

DEEP = [
    {"id": "a", "text_zh": "甲", "any_of": [
        {"all_of": [batches.AREA_MET | {"label_en": "area"}, {"manual": True, "text_zh": "看现场"}], "text_zh": "乙"},
        {"not": {"field": "platform.build_status", "op": "in", "value": ["planned", "under_construction"],
                 "label_zh": "状态", "label_en": "state"}},
    ]},
    {"id": "b", "field": "platform.clean_record", "op": "eq", "value": True, "label_zh": "诚信", "label_en": "clean",
     "in_principle": True},
    {"id": "c", "field": "custom.path", "op": "present", "label_zh": "自定"},
    {"id": "d", "field": "sum(figures[-3:].income_wan)", "op": "gte", "value": 0.5, "unit": "亿元", "label_zh": "收入",
     "label_en": "income"},
]  # fmt: skip


def sent(rows, **more) -> dict[str, str]:
    """What a browser sends for these lines."""
    data = {
        "lines-TOTAL_FORMS": str(len(rows)),
        "lines-INITIAL_FORMS": str(len(rows)),
        "version": "1",
        **more,
    }
    for number, row in enumerate(rows):
        for name, value in row.items():
            if value != "" and value is not False and value is not None:
                data[f"lines-{number}-{name}"] = "on" if value is True else str(value)
    return data


def page(batch) -> str:
    return reverse("ministry-batch-criteria", args=(batch.code,))


@pytest.mark.parametrize("tree", [DEEP, *(list(each.criteria) for each in examples.TEMPLATES)])
def test_the_lines_of_a_tree_make_the_same_tree(tree):
    lines = outline.outline(data=sent(outline.rows_of(tree)))
    assert lines.is_valid(), lines.errors
    assert outline.tree_of(lines)[0] == tree


def test_blocks_move_with_all_that_stands_under_them_and_only_among_their_own():
    rows = outline.rows_of(DEEP)
    names = [row.get("id") or row["text_zh"] or row.get("field", row["kind"]) for row in rows]
    assert names == ["a", "乙", "floor", "看现场", "not", "platform.build_status", "b", "c", "d"]

    def after(act: str) -> list[str]:
        return [
            row.get("id") or row["text_zh"] or row.get("field", row["kind"])
            for row in outline.rearranged(rows, act)
        ]

    block = names[:6]
    assert after("down-0") == ["b", *block, "c", "d"]
    assert after("up-6") == ["b", *block, "c", "d"]
    assert after("up-4") == ["a", "not", "platform.build_status", "乙", "floor", "看现场", "b", "c", "d"]
    assert after("drop-0") == ["b", "c", "d"]
    for nothing in ("up-0", "down-8", "up-2", "drop-99", "drop-x", "add-nonsense", "add-field-2", ""):
        assert after(nothing) == names
    added = outline.rearranged(rows, "add-manual-1")
    assert [(row["kind"], row["depth"]) for row in added[1:5]] == [
        ("all_of", 1), ("field", 2), ("manual", 2), ("manual", 2),
    ]  # fmt: skip


def test_a_clerk_writes_criteria_by_buttons_and_saves_them(cast, signed_in):
    batch, client = batches.draft(cast), signed_in(cast.ministry_clerk)
    added = client.post(page(batch), sent([], act="add-any_of"))
    assert (added.status_code, added.text.count("<fieldset")) == (200, 1)
    rows = [
        {"kind": "any_of", "depth": 0, "text_zh": "示例：能力"},
        {"kind": "field", "depth": 1, "field": "platform.floor_area_m2", "op": "gte", "value": "2,000", "unit": "m²"},
        {"kind": "field", "depth": 1, "field": "platform.build_status", "op": "in", "value": "已运行，建设中"},
        {"kind": "manual", "depth": 0, "text_zh": "示例：公共服务"},
    ]  # fmt: skip
    saved = client.post(page(batch), sent(rows, save="1"))
    assert saved.status_code == 302, saved.context["error_list"]
    batch.refresh_from_db()
    group, by_hand = batch.criteria
    assert (group["id"], by_hand["id"]) == ("c1", "c2")
    assert group["any_of"][0]["value"] == 2000
    assert (group["any_of"][0]["label_zh"], group["any_of"][1]["value"]) == (
        "中试场地及配套面积",
        ["operating", "under_construction"],
    )
    assert client.post(page(batch), sent(rows, save="1")).status_code == 409, "the other window was first"


def test_what_cannot_be_judged_is_refused_at_its_line_and_kept(cast, signed_in):
    batch, client = batches.draft(cast), signed_in(cast.ministry_clerk)
    rows = [
        {"kind": "manual", "depth": 0},
        {"kind": "any_of", "depth": 0, "text_zh": "空组"},
        {"kind": "field", "depth": 0, "field": "platform.staff_total", "op": "gte", "value": "很多"},
        {"kind": "manual", "depth": 0, "id": "x", "text_zh": "一"},
        {"kind": "manual", "depth": 0, "id": "x", "text_zh": "二"},
    ]
    for button in ("try", "save"):
        refused = client.post(page(batch), sent(rows, **{button: "1"}))
        assert refused.status_code == 400
        for line in (0, 1, 2, 4):
            assert f'href="#line-{line}"' in refused.text
        assert ("比较值应为数字" in refused.text, "很多" in refused.text) == (True, True)
    stray = client.post(page(batch), sent([{"kind": "manual", "depth": 3, "text_zh": "一"}], save="1"))
    assert (stray.status_code, "不在任何条件组下" in stray.text) == (400, True)
    batch.refresh_from_db()
    assert batch.criteria == []


def test_a_trial_counts_the_platforms_of_the_tier_below_and_stores_nothing(cast, signed_in):
    batch, client = batches.draft(cast), signed_in(cast.ministry_clerk)
    for area in (3000, 2500, 100, None):
        PlatformFactory(tier="reserve", floor_area_m2=area)
    PlatformFactory(tier="key", floor_area_m2=3000)
    tried = client.post(page(batch), sent(outline.rows_of([batches.AREA_MET]), **{"try": "1"}))
    assert tried.context["tried"]["rows"][0][1:] == [2, 1, 0, 1]
    assert tried.context["tried"]["foot"][1:] == [2, 1, 0, 1]
    batch.refresh_from_db()
    assert (batch.criteria, batch.version) == ([], 1)


def test_a_change_midway_is_shown_before_it_is_saved_and_then_comes_true(cast, signed_in):
    batch = batches.open_batch(cast)
    client = signed_in(cast.ministry_clerk)
    application = batches.recommended(cast, batch, floor_area_m2=1000)
    rows = outline.rows_of([batches.AREA_MET])
    batch.refresh_from_db()
    version = str(batch.version)
    assert client.post(page(batch), sent(rows, save="1") | {"version": version}).status_code == 400
    told = client.post(page(batch), sent(rows, **{"try": "1"}) | {"version": version})
    assert [change["after"] for change in told.context["changes"]] == ["不符合"]
    assert not CheckResult.objects.exists()
    saved = client.post(page(batch), sent(rows, save="1", reason="示例：更正") | {"version": version})
    assert saved.status_code == 302
    assert application.checks.get().state == "fail"


def test_criteria_are_copied_from_an_earlier_batch_and_frozen_after_the_check(cast, signed_in):
    earlier, client = batches.draft(cast), signed_in(cast.ministry_clerk)
    earlier.criteria = DEEP
    earlier.save()
    batch = batches.open_batch(cast)
    copied = client.post(page(batch), sent([], copy="1", source=f"batch:{earlier.code}"))
    assert copied.text.count('id="line-') == 9
    batches.recommended(cast, batch)
    batches.closed(cast, batch)
    batches.in_review(cast, batch, *batch.applications.all())
    frozen = client.get(page(batch))
    assert ("形式审查已经结束" in frozen.text, 'name="save"' in frozen.text) == (True, False)
    batch.refresh_from_db()
    refused = client.post(page(batch), sent([], save="1", reason="示例") | {"version": str(batch.version)})
    assert refused.status_code == 409
