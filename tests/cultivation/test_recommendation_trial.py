"""What swapping two places would change is said before anybody does it, and saying it changes nothing."""

import pytest

from cultivation.actions import batch as batches
from cultivation.models import Application
from tests.cultivation.batches import open_batch, proposed, recommended
from tests.factories import AreaFactory

pytestmark = pytest.mark.django_db


def ranks() -> list[int]:
    return list(Application.objects.order_by("rank").values_list("pk", flat=True))


@pytest.fixture
def listed(cast):
    """A list of three with two places; the first is recommended, the other two are in different areas."""
    batch = open_batch(cast)
    batches.set_quotas(batch=batch, places={"320000": 2}, by=cast.ministry_clerk)
    first, second, third = recommended(cast, batch), proposed(cast, batch), proposed(cast, batch)
    areas = AreaFactory(), AreaFactory(code="2025-2", name_zh="装备制造", name_en="Equipment", position=2)
    for one, area in zip((second, third), areas, strict=True):
        type(one.platform).objects.filter(pk=one.platform_id).update(area=area)
    return f"/authorities/320000/batches/{batch.code}/", first, second, third


def test_a_swap_across_the_line_says_who_comes_in_and_who_goes(listed, cast, signed_in):
    url, first, second, third = listed
    clerk = signed_in(cast.jiangsu_clerk)
    page = clerk.get(f"{url}?swap=2&with=3")
    areas = "原材料工业", "装备制造"
    assert f"“{second.platform}”由第 2 位到第 3 位。" in page.text
    assert f"进入前 2 位（名额数）：“{third.platform}”；退出：“{second.platform}”。" in page.text
    assert f"前 2 位中“{areas[0]}”由 2 个变为 1 个。" in page.text
    assert f"前 2 位中“{areas[1]}”由 0 个变为 1 个。" in page.text
    assert ranks() == [first.pk, second.pk, third.pk], "trying stores nothing"

    numbers = {f"rank-{pk}": number for pk, number in page.context["trial"]["numbers"]}
    assert clerk.post(f"{url}order/", numbers).status_code == 302
    assert ranks() == [first.pk, third.pk, second.pk]


def test_what_is_recommended_is_moved_by_an_approver_alone(listed, cast, signed_in):
    url, *_three = listed
    tried = f"{url}?swap=1&with=2"
    assert "次序只能由审核人更改" in signed_in(cast.jiangsu_clerk).get(tried).text
    page = signed_in(cast.jiangsu_approver).get(tried).text
    assert "前 2 位（名额数）还是这些平台" in page
    assert "照此互换" in page


@pytest.mark.parametrize("query", ["swap=1&with=1", "swap=1&with=9", "swap=²&with=x", "swap="])
def test_places_that_are_not_on_the_list_are_refused(listed, cast, signed_in, query):
    answer = signed_in(cast.jiangsu_clerk).get(f"{listed[0]}?{query}")
    assert (answer.status_code, "两个不同的序号" in answer.text) == (400, True)
