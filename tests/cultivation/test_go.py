"""前往: one field leads to whatever is within reach, and to nothing else."""

import pytest

from tests import factories
from tests.cultivation.submissions import drafted

pytestmark = pytest.mark.django_db
PAGE = "/desk/go/"


def labels(client, q: str = "") -> list[str]:
    return [str(each["label"]) for each in client.get(PAGE, {"q": q}).context["found"]]


def test_without_words_it_is_the_rail_and_every_page_leads_to_it(cast, signed_in):
    clerk = signed_in(cast.ministry_clerk)
    assert {"批次", "专家评审", "受理申报"} <= set(labels(clerk))
    assert labels(clerk, "专家") == ["专家评审"]
    assert 'href="/desk/go/" data-key="go"' in clerk.get("/ministry/batches/").content.decode()


def test_each_finds_what_is_within_reach_and_can_open_it(cast, signed_in):
    draft = drafted(cast)
    mine = factories.PlatformFactory(authority=cast.jiangsu, name_zh="示例·找得到")
    other = factories.PlatformFactory(authority=cast.ningbo, name_zh="示例·找得到二")
    batch = factories.BatchFactory(title_zh="示例·找得到的批次")
    jiangsu, ministry = signed_in(cast.jiangsu_clerk), signed_in(cast.ministry_clerk)
    assert labels(jiangsu, "找得到") == [mine.name_zh]
    assert labels(ministry, "找得到") == [batch.title_zh, mine.name_zh, other.name_zh]
    assert labels(jiangsu, draft.number.lower()) == [draft.name_zh]
    assert labels(ministry, draft.number) == [], "a draft of an office is not the ministry's to see"
    for client in (jiangsu, ministry):
        for each in client.get(PAGE, {"q": "找得到"}).context["found"]:
            assert client.get(each["url"]).status_code == 200
    assert "没有找到" in jiangsu.get(PAGE, {"q": "不存在的东西"}).content.decode()


def test_the_public_is_asked_to_sign_in_and_nonsense_finds_nothing(cast, client, signed_in):
    assert client.get(PAGE).status_code == 302
    assert labels(signed_in(cast.operator), "%_'") == []
