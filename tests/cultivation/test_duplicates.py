"""疑似重复: likely pairs with their reasons; two are two when a person has said so; one goes into the other value by value."""

import pytest
from django.urls import reverse

from platforms.actions import duplicate as duplicates
from platforms.errors import IllegalStep, Invalid, NotFound, NotPermitted
from platforms.likeness import Reason, key_for, likely_pairs, stored_key
from platforms.models import DuplicateDecision, Platform
from tests import factories
from tests.factories import uscc
from tests.platforms.test_import_likeness import file_of
from tests.spreadsheets import checked, good_row

pytestmark = pytest.mark.django_db
LONG = "示例·先进陶瓷材料中试平台"


def make(cast, **fields):
    fields = {"authority": cast.jiangsu, "address": "", "office_phone": ""} | fields
    return factories.PlatformFactory(**fields)


@pytest.fixture
def alike(cast):
    first = make(cast, name_zh=LONG)
    return first, make(cast, name_zh="示例·先进陶瓷材料中试 平台（一）", operator=first.operator)


def found() -> list[tuple[str, str, set[str]]]:
    codes = dict(Platform.objects.values_list("pk", "code"))
    return [
        (codes[pair.first], codes[pair.second], set(pair.reasons))
        for pair in likely_pairs()
        if pair.dismissed is None
    ]


def test_each_reason_finds_its_pair_and_a_neighbour_is_no_twin(cast, alike):
    first, second = alike
    make(
        cast, name_zh="示例·完全不同的量子计算线", operator=first.operator
    )  # the same operator, another business
    phone = make(cast, name_zh="示例·甲", office_phone="025-8000 0000")
    same_phone = make(cast, name_zh="示例·毫不相干", office_phone="(025)80000000")
    place = make(cast, name_zh="示例·乙", address="示例路 1 号")
    same_place = make(cast, name_zh="示例·又一家", address="示例路1号")
    namesake = make(cast, name_zh=f"{LONG} ")

    pairs = {(one, other): reasons for one, other, reasons in found()}
    assert pairs == {
        (first.code, second.code): {Reason.OPERATOR, Reason.NAME},
        (first.code, namesake.code): {Reason.NAME},
        (phone.code, same_phone.code): {Reason.PHONE},
        (place.code, same_place.code): {Reason.ADDRESS},
    }


def test_a_switchboard_of_many_says_nothing(cast):
    for number in range(6):
        make(cast, name_zh=f"示例·{'甲乙丙丁戊己'[number]}", office_phone="025-80000000")
    assert found() == []


def test_not_a_duplicate_is_remembered_with_who_and_why_and_can_be_asked_again(cast, alike):
    first, second = alike
    with pytest.raises(Invalid):
        duplicates.dismiss(first=first, second=second, reason=" ", by=cast.ministry_clerk)
    for person in (cast.jiangsu_clerk, cast.ministry_approver):
        with pytest.raises(NotPermitted):
            duplicates.dismiss(first=first, second=second, reason="示例", by=person)
    duplicates.dismiss(first=first, second=second, reason="示例：两条独立的产线", by=cast.ministry_clerk)
    assert found() == []
    decision = DuplicateDecision.objects.get()
    assert (decision.decided_by, decision.reason) == (cast.ministry_clerk, "示例：两条独立的产线")
    with pytest.raises(IllegalStep):
        duplicates.dismiss(first=second, second=first, reason="示例", by=cast.ministry_clerk)
    duplicates.reopen(first=second, second=first, by=cast.ministry_clerk)
    assert len(found()) == 1
    with pytest.raises(NotFound):
        duplicates.reopen(first=first, second=second, by=cast.ministry_clerk)


def test_what_an_import_was_told_is_not_asked_again_here(cast):
    """One rule and one memory: the clerk said in an import that the row is another platform."""
    operator = factories.OperatorFactory()
    known = make(cast, name_zh=LONG, operator=operator)
    DuplicateDecision.objects.create(
        authority=cast.jiangsu,
        key=stored_key(key_for(operator.uscc, f"{LONG}二")),
        platform=known,
        same=False,
        decided_by=cast.jiangsu_clerk,
    )
    make(cast, name_zh=f"{LONG}二", operator=operator)
    assert found() == []


def test_what_was_dismissed_here_is_not_asked_in_an_import(cast):
    row = good_row(1, 平台名称=LONG)
    operator = factories.OperatorFactory(uscc=uscc(700001))
    known = make(cast, name_zh="示例·先进陶瓷材料中试平台乙", operator=operator)
    first = checked(file_of(row), cast.jiangsu, cast.jiangsu_clerk)
    assert first.counts == {"duplicate": 1}
    entered = make(cast, name_zh=LONG, operator=operator)
    duplicates.dismiss(first=entered, second=known, reason="示例", by=cast.ministry_clerk)
    Platform.objects.filter(pk=entered.pk).update(
        status="withdrawn", status_reason="示例", status_on="2026-01-01"
    )
    again = checked(file_of(row, good_row(9)), cast.jiangsu, cast.jiangsu_clerk)
    assert "duplicate" not in again.counts


def test_the_page_shows_both_and_merges_what_was_ticked(cast, signed_in, alike):
    first, second = alike
    Platform.objects.filter(pk=second.pk).update(office_phone="025-80000000", floor_area_m2=1)
    clerk, approver = signed_in(cast.ministry_clerk), signed_in(cast.ministry_approver)
    office = signed_in(cast.jiangsu_clerk)
    table, page = (
        reverse("ministry-duplicates"),
        reverse("ministry-duplicate", args=(first.code, second.code)),
    )
    assert (office.get(table).status_code, office.get(page).status_code) == (403, 403)
    shown = clerk.get(table).content.decode()
    assert "建设单位相同、名称相同或相近" in shown
    assert page in shown
    assert "将 " not in clerk.get(page).content.decode()
    assert clerk.post(page, {"do": "merge", "merge-reason": "示例"}).status_code == 403
    assert approver.post(page, {"do": "merge", "merge-reason": ""}).status_code == 400
    form = {
        "do": "merge",
        "merge-reason": "示例",
        "merge-take": ["office_phone"],
        "merge-bring": ["services"],
    }
    assert approver.post(page, form | {"merge-take": ["tier"]}).status_code == 400
    assert approver.post(page, form).status_code == 302
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.office_phone, first.floor_area_m2, second.merged_into) == ("025-80000000", 3000, first)
    assert found() == []
    assert approver.get(page).status_code == 200


def test_the_page_remembers_that_they_are_two(cast, signed_in, alike):
    first, second = alike
    clerk = signed_in(cast.ministry_clerk)
    page = reverse("ministry-duplicate", args=(second.code, first.code))
    assert clerk.post(page, {"do": "dismiss", "dismiss-reason": "示例：两条产线"}).status_code == 302
    assert "没有待判定的疑似重复" in clerk.get(reverse("ministry-duplicates")).content.decode()
    assert first.code in clerk.get(reverse("ministry-duplicates"), {"judged": "1"}).content.decode()
    assert "示例：两条产线" in clerk.get(page).content.decode()
    assert clerk.post(page, {"do": "reopen"}).status_code == 302
    assert len(found()) == 1
