"""The table of a batch laid out: groups with their counts, columns in one's own order, areas against authorities, the way back."""

import pytest
from django.urls import reverse

from cultivation.actions import application as applications
from cultivation.models import Application
from platforms.models import SavedView
from tests.cultivation import batches
from tests.factories import AreaFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch(cast):
    """In review: two of Jiangsu in one area, one of Ningbo in another."""
    found = batches.open_batch(cast)
    one, other = (
        AreaFactory(code="2025-8", name_zh="示例·甲领域", position=1),
        AreaFactory(code="2025-9", name_zh="示例·乙领域", position=2),
    )
    rows = [
        batches.recommended(cast, found, authority, name_zh=name, area=area)
        for name, authority, area in (("示例·一", cast.jiangsu, one), ("示例·二", cast.jiangsu, one), ("示例·三", cast.ningbo, other))
    ]  # fmt: skip
    batches.closed(cast, found)
    batches.in_review(cast, found, *rows)
    return found


def table(batch) -> str:
    return reverse("ministry-batch", args=(batch.code,))


@pytest.mark.parametrize(
    ("group", "heads"),
    [
        ("authority", [("江苏", 2), ("宁波", 1)]),
        ("area", [("示例·甲领域", 2), ("示例·乙领域", 1)]),
        ("status", [("专家评审", 3)]),
        ("nonsense", []),
    ],
)
def test_groups_stand_in_order_with_the_count_of_all_pages(cast, signed_in, batch, group, heads, monkeypatch):
    monkeypatch.setattr("cultivation.views.batch_table.BatchTable.page_size", 1)
    client, found = signed_in(cast.ministry_clerk), []
    for page in (1, 2, 3):
        for line in client.get(table(batch), {"group": group, "page": page}).context["lines"]:
            if line.get("group"):
                found.append((line["group"]["label"], line["group"]["count"]))
    assert list(dict.fromkeys(found)) == heads


def test_a_group_counts_what_the_filters_leave(cast, signed_in, batch):
    page = signed_in(cast.ministry_clerk).get(table(batch), {"group": "authority", "q": "示例·二"})
    assert [line["group"]["count"] for line in page.context["lines"]] == [1]


def test_columns_are_chosen_ordered_and_kept_with_the_view(cast, signed_in, batch):
    client = signed_in(cast.ministry_clerk)
    form = {
        "place-code": "1",
        "place-area": "2",
        "place-status": "",
        "place-rank": "x",
        "group": "area",
        "page": "2",
    }
    arranged = client.get(table(batch), form)
    assert arranged["Location"] == f"{table(batch)}?group=area&cols=code%2Carea"
    page = client.get(arranged["Location"])
    heads = [head["label"] for head in page.context["table"].heads]
    assert heads == ["平台编号", "领域"]
    url = reverse("ministry-batch-views", args=(batch.code,))
    kept = client.post(f"{url}?group=area&cols=code%2Carea", {"name": "领域看"})
    assert (SavedView.objects.get().query, kept["Location"]) == (
        "group=area&cols=code%2Carea",
        arranged["Location"],
    )
    unknown = client.get(table(batch), {"cols": "nonsense,,password"}).context["table"].heads
    assert unknown[0]["label"] == "推荐单位"
    narrowed = page.text.partition('class="funnel"')[2].partition("</ol>")[0]
    assert "cols=code%2Carea" in narrowed, "the funnel keeps the layout"


def test_areas_against_authorities_add_up(cast, signed_in, batch):
    heat = signed_in(cast.ministry_clerk).get(table(batch)).context["table"].matrix
    assert [(row["name_zh"], row["cells"]) for row in heat["rows"]] == [("江苏", [2, 0]), ("宁波", [0, 1])]
    assert (heat["totals"], heat["total"]) == ([2, 1], 3)


def test_a_bulk_move_is_taken_back_only_where_the_table_leads_back(cast, signed_in, batch):
    client, move = signed_in(cast.ministry_clerk), reverse("ministry-batch-move", args=(batch.code,))
    ids = list(Application.objects.order_by("pk").values_list("pk", flat=True))

    def do(verb: str, *chosen: int, **more):
        form = {"verb": verb, "ids": ",".join(map(str, chosen)), "confirmed": "1", "reason": "示例", **more}
        assert client.post(move, form).status_code == 302
        return client.get(table(batch)).context["undo"]

    assert do("shortlist", *ids) is None, "nothing leads back into review"
    undo = do("reserve", *ids[:2])
    assert (undo["verb"], sorted(undo["ids"])) == ("shortlist", ids[:2])
    assert signed_in(cast.ministry_approver).get(table(batch)).context["undo"] is None
    preview = client.post(move, {"verb": undo["verb"], "ids": ",".join(map(str, undo["ids"]))})
    assert "将处理 2 条" in preview.text
    do(undo["verb"], *undo["ids"])
    assert set(Application.objects.values_list("status", flat=True)) == {"shortlisted"}
    assert do("set_aside", ids[0]) is None


def test_the_way_back_counts_only_what_came_from_there(cast, batch):
    from cultivation.actions import bulk

    first, second, _third = Application.objects.order_by("pk")
    applications.shortlist(application=first, by=cast.ministry_clerk)
    outcome = bulk.move_many(
        batch=batch, ids=[first.pk, second.pk], name="reserve", by=cast.ministry_clerk, reason="示例"
    )
    assert bulk.way_back("reserve", outcome) == ("shortlist", [first.pk])
