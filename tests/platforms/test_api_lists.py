"""Public lists of the API: envelope, pages, cursor, headers, refusals of what is not understood."""

import pytest
from django.core.cache import cache

from platforms.access import Role
from tests import factories
from tests.api import V1, codes, parameters_of, problem, public_platform

pytestmark = pytest.mark.django_db

LISTS = (
    "platforms", "operators", "regions", "authorities", "areas", "directions", "services", "equipment", "batches",
    "notices", "lists", "designations", "policies", "standards", "statistics", "releases",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


def test_the_root_lists_every_collection_with_an_address_that_answers(client):
    root = client.get(V1).json()

    assert set(LISTS) | {"changes", "schema", "docs"} <= root.keys()
    for name in (*LISTS, "changes"):
        assert client.get(root[name].replace("http://localhost:8000", "")).status_code == 200, name


@pytest.mark.parametrize("name", [*LISTS, "changes"])
def test_every_list_has_the_same_envelope(client, name):
    public_platform()

    body = client.get(f"{V1}{name}/").json()

    assert {"count", "next", "previous", "results"} <= body.keys()
    assert body["count"] == len(body["results"])


def test_a_platform_in_a_list_says_what_other_systems_need(client):
    platform = public_platform(name_en="Sample")

    item = client.get(f"{V1}platforms/").json()["results"][0]

    assert item["url"] == f"http://localhost:8000/api/v1/platforms/{platform.code}/"
    assert item["html_url"] == f"http://localhost:8000/platforms/{platform.code}/"
    assert item["display"] == platform.name_zh
    assert {
        "code",
        "name_zh",
        "name_en",
        "tier",
        "operator",
        "authority",
        "region",
        "area",
        "direction",
    } <= item.keys()


def test_pages_are_counted_and_linked_and_keep_every_parameter(client):
    for _ in range(3):
        public_platform(tier="key")

    response = client.get(f"{V1}platforms/?tier=key&tier=national&page_size=2&page=1")
    body = response.json()

    assert (body["count"], len(body["results"]), body["previous"]) == (3, 2, None)
    assert body["next"].endswith("/api/v1/platforms/?tier=key&tier=national&page_size=2&page=2")
    assert response["Link"] == f'<{body["next"]}>; rel="next"'
    second = client.get(body["next"].replace("http://localhost:8000", ""))
    assert len(second.json()["results"]) == 1
    assert second.json()["next"] is None
    assert second.json()["previous"].endswith("page=1")


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("page=0", ["page"]),
        ("page=abc", ["page"]),
        ("page=-1", ["page"]),
        ("page=1.0", ["page"]),
        ("page=", ["page"]),
        (f"page={10**21}", ["page"]),
        ("page_size=0", ["page_size"]),
        ("page_size=201", ["page_size"]),
        ("page_size=x&page=y", ["page_size", "page"]),
        ("nonsense=1", ["nonsense"]),
        ("page=1&page=2", ["page"]),
        ("page=1&cursor=", ["cursor"]),
        ("cursor=forged", ["cursor"]),
        ("ordering=secret", ["ordering"]),
        ("tier=gold", ["tier"]),
        ("status=draft", ["status"]),
        ("region=abc", ["region"]),
        ("gap_filling=maybe", ["gap_filling"]),
        ("updated_since=99999-01-01", ["updated_since"]),
        ("updated_since=0000-00-00", ["updated_since"]),
        ("facets=secret", ["facets"]),
        ("format=xml", ["format"]),
        ("format=csv&page=1", ["format"]),
        ("tier=gold&scale=huge", ["tier", "scale"]),
        (f"q={'长' * 300}", ["q"]),
    ],
)
def test_what_is_not_understood_is_refused_by_name(client, query, named):
    body = problem(client.get(f"{V1}platforms/?{query}"), 400)

    assert parameters_of(body) == named


def test_a_null_byte_is_refused_before_it_reaches_the_database(client):
    problem(client.get(f"{V1}platforms/?q=%00"), 400)
    problem(client.get(f"{V1}platforms/%00/"), 400)


def test_a_page_past_the_end_does_not_exist(client):
    public_platform()

    assert problem(client.get(f"{V1}platforms/?page=2"), 404)["code"] == "no_such_page"
    assert client.get(f"{V1}operators/?page=1").status_code == 200


def test_a_cursor_walk_sees_every_record_once_while_others_appear_and_change(client):
    first = [public_platform(tier=tier) for tier in ("key", None, "national", "key", None)]
    seen, address = [], f"{V1}platforms/?page_size=2&cursor="
    while address:
        body = client.get(address).json()
        assert body["count"] is None
        seen += [item["code"] for item in body["results"]]
        public_platform(tier="national")  # sorts before the place that has been reached
        address = (body["next"] or "").replace("http://localhost:8000", "")

    assert seen[0] == first[2].code
    assert [seen.count(platform.code) for platform in first] == [1] * 5


@pytest.mark.parametrize(
    "ordering", ["tier", "-tier", "name", "-name", "code", "-code", "updated", "-updated"]
)
def test_a_cursor_follows_every_order_that_pages_follow(client, ordering):
    for tier in ("key", None, "national", "reserve"):
        public_platform(tier=tier)
    whole = codes(client.get(f"{V1}platforms/?ordering={ordering}"))
    walked, address = [], f"{V1}platforms/?ordering={ordering}&page_size=1&cursor="
    while address:
        body = client.get(address).json()
        walked += [item["code"] for item in body["results"]]
        address = (body["next"] or "").replace("http://localhost:8000", "")

    assert walked == whole


def test_a_cursor_of_other_filters_is_refused(client):
    public_platform(tier="key")
    public_platform(tier="key")
    following = client.get(f"{V1}platforms/?tier=key&page_size=1&cursor=").json()["next"]

    cursor = following.partition("cursor=")[2]

    problem(client.get(f"{V1}platforms/?tier=national&page_size=1&cursor={cursor}"), 400)


def test_an_unchanged_list_is_not_sent_again_and_a_change_makes_it_new(client):
    public_platform()
    first = client.get(f"{V1}platforms/")
    etag = first["ETag"]

    again = client.get(f"{V1}platforms/", headers={"If-None-Match": etag})

    assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)
    public_platform()
    assert client.get(f"{V1}platforms/", headers={"If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize(
    "name", ["regions", "policies", "operators", "changes", "designations", "statistics", ""]
)
def test_every_public_answer_can_be_asked_for_again_by_its_tag(client, name):
    public_platform()
    address = f"{V1}{name}/" if name else V1
    first = client.get(address)

    assert not first["ETag"].startswith("W/")
    assert client.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 304


def test_public_answers_may_be_shared_and_read_from_any_site_and_set_no_cookie(client):
    response = client.get(f"{V1}platforms/")

    assert response["Cache-Control"] == "public, max-age=60"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")
    assert "Access-Control-Allow-Origin" not in client.post(f"{V1}platforms/")


def test_a_browser_session_does_not_make_a_public_answer_private(cast, signed_in):
    response = signed_in(cast.jiangsu_clerk).get(f"{V1}platforms/")

    assert response["Cache-Control"] == "public, max-age=60"


@pytest.mark.parametrize(
    "address",
    [
        *LISTS,
        "changes",
        "platforms/?q=陶瓷",
        "platforms/?cursor=",
        "platforms/?tier=key&region=320000&ordering=name",
    ],
)
def test_a_list_takes_the_same_few_statements_whatever_its_length(
    client, django_assert_max_num_queries, address
):
    address = f"{V1}{address}" if "?" in address else f"{V1}{address}/"
    most = 4 if "statistics" in address else 2
    public_platform()
    client.get(address)  # the synonyms are read once a minute
    with django_assert_max_num_queries(most) as few:
        assert client.get(address).status_code == 200
    public_platform()
    public_platform()
    with django_assert_max_num_queries(most) as many:
        assert client.get(address).status_code == 200
    assert len(many) == len(few)


def test_an_answer_that_is_still_valid_costs_one_statement(client, django_assert_num_queries):
    public_platform()
    etag = client.get(f"{V1}platforms/")["ETag"]

    with django_assert_num_queries(1):
        client.get(f"{V1}platforms/", headers={"If-None-Match": etag})


def test_addresses_that_do_not_exist_answer_with_a_problem(client):
    for address in ("nothing/", "platforms/ZS-32-99999-9/", "platforms/a.b/", "regions/999999/", "lists/none/",
                    "batches/none/", "services/none/", "operators/91320200MA0000001X/", "policies/none/"):  # fmt: skip
        problem(client.get(V1 + address), 404)


def test_a_method_that_does_not_exist_answers_405(client):
    for method in (client.post, client.put, client.patch, client.delete, client.options):
        problem(method(f"{V1}platforms/"), 405)


def test_too_many_requests_are_told_when_to_come_back(client, settings):
    settings.REST_FRAMEWORK = {
        **settings.REST_FRAMEWORK,
        "DEFAULT_THROTTLE_RATES": {"anon": "2/min", "user": "3/min"},
    }
    assert client.get(V1)["RateLimit"].startswith('"default";r=1;')
    client.get(V1)

    refused = client.get(V1)

    problem(refused, 429)
    assert int(refused["Retry-After"]) > 0


def test_an_installation_that_is_not_official_says_so_in_every_answer(client, settings):
    settings.OFFICIAL = False
    assert client.get(V1)["Registry-Mark"] == "demonstration"
    settings.OFFICIAL = True
    assert "Registry-Mark" not in client.get(V1)


def test_provisional_directions_are_given_only_to_those_who_ask(client):
    factories.DirectionFactory()
    factories.DirectionFactory(code="2025-1-02", position=2, status="provisional")

    assert codes(client.get(f"{V1}directions/")) == ["2025-1-01"]
    assert codes(client.get(f"{V1}directions/?status=provisional")) == ["2025-1-02"]


def test_nothing_of_a_draft_or_of_a_private_field_reaches_a_list(client):
    factories.PlatformFactory(name_zh="示例·尚未公布")
    public_platform(investment_total_wan=98765)
    factories.SubmissionFactory(name_zh="示例·申报中")
    factories.person(Role.MINISTRY_CLERK, name="示例经办人")

    for name in (*LISTS, "changes"):
        text = client.get(f"{V1}{name}/").content.decode()
        assert not [word for word in ("尚未公布", "98765", "申报中", "示例经办人") if word in text], name
