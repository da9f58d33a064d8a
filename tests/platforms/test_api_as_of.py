"""``as_of``: what was public when a day ended, however often it has changed since, and never anything of a person."""

from __future__ import annotations

import datetime
import random

import pytest
from django.core.cache import cache
from django.utils import timezone

from platforms.choices import PlatformStatus
from platforms.models import Contact, PastPlatform, Platform
from platforms.publish import publish
from tests import factories
from tests.api import V1, codes, parameters_of, problem, public_platform

pytestmark = pytest.mark.django_db

START = datetime.datetime(2026, 3, 1, 4, tzinfo=datetime.UTC)  # noon in Beijing


@pytest.fixture(autouse=True)
def _fresh_limits(settings):
    settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]["anon"] = None
    cache.clear()


@pytest.fixture
def days(time_machine):
    """Sets the clock to noon of a day, counted from the first."""

    def to(number: int) -> str:
        time_machine.move_to(START + datetime.timedelta(days=number), tick=False)
        return timezone.localdate().isoformat()

    to(0)
    return to


#: Everything that is asked on the day itself and again later.
QUESTIONS = (
    "", "status=active&status=withdrawn&status=merged&ordering=code", "tier=key&facets=tier,region,service_type",
    "tier__n=national&ordering=-updated", "q=电池", "q=shifan&facets=tier,area,service_type", "region=320000&facets=region",
    "name_zh__ic=改名", "direction__empty=true", "q=新名&service_type=trial_production", "page=1&page_size=2",
    "fields=code,name_zh,operator.name_zh&ordering=-name", "updated_since=2026-03-04", "demo=false",
)  # fmt: skip


def snapshot(client, known: list[str], day: str = "") -> dict[str, object]:
    """Lists, counts, a whole walk, files and every record, as anyone reads them now, or as of a day."""
    more = f"as_of={day}" if day else ""
    seen: dict[str, object] = {}
    for question in QUESTIONS:
        body = client.get(f"{V1}platforms/?{question}&{more}").json()
        seen[question] = [body["count"], body["results"], body.get("facets")]
    address, walked = f"{V1}platforms/?cursor=&page_size=1&{more}", []
    while address:
        body = client.get(address.removeprefix("http://localhost:8000")).json()
        walked += [item["code"] for item in body["results"]]
        address = body["next"]
    seen["walk"] = walked
    for kind in ("jsonl", "csv"):
        answer = client.get(f"{V1}platforms/?format={kind}&{more}")
        seen[kind] = (answer["X-Total-Count"], b"".join(answer.streaming_content))
    for code in known:
        answer = client.get(f"{V1}platforms/{code}/?{more}")
        body = answer.json() if answer.status_code == 200 else answer.get("Location", "").partition("?")[0]
        if isinstance(body, dict) and "contact" in body:
            body["contact"]["person"] = None  # shown while it holds, never afterwards
        seen[code] = (answer.status_code, body)
    return seen


def something_happens(chance: random.Random, known: list[str]) -> None:
    """One public act on one platform, as verbs would leave the working record."""
    if len(known) < 3 or chance.random() < 0.25:
        name = f"示例·{chance.choice(['电池', '陶瓷', '催化'])}{len(known)}"
        made = public_platform(name_zh=name, tier=chance.choice([None, "reserve", "key"]))
        known.append(made.code)
        return
    platform = Platform.objects.get(code=chance.choice(known))
    if platform.status == PlatformStatus.ACTIVE:
        act = chance.randrange(6)
        if act == 0:
            platform.name_zh = f"示例·改名{chance.randrange(1000)}"
        elif act == 1:
            platform.tier = chance.choice(["reserve", "key", "national"])
        elif act == 2:
            platform.status, platform.status_reason = PlatformStatus.WITHDRAWN, "示例原因"
            platform.status_on = timezone.localdate()
        elif act == 3:
            others = Platform.objects.filter(status=PlatformStatus.ACTIVE).exclude(pk=platform.pk)
            platform.merged_into = others.order_by("code").first()
            if platform.merged_into:
                platform.status, platform.status_reason = PlatformStatus.MERGED, "示例原因"
                platform.status_on = timezone.localdate()
        elif act == 4:
            factories.ServiceItemFactory(
                platform=platform, title_zh="新名服务", service_type="trial_production", position=chance.randrange(5, 99)
            )  # fmt: skip
        else:
            factories.contact(platform)
    else:
        platform.status, platform.merged_into = PlatformStatus.ACTIVE, None
        platform.status_on, platform.status_reason = None, ""
    platform.save()
    publish(platform)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_day_is_answered_as_it_was(client, days, seed):
    chance, known, taken = random.Random(seed), [], {}
    for number in range(12):
        day = days(number)
        for _act in range(chance.randrange(4) if number else 2):
            something_happens(chance, known)
        taken[day] = (snapshot(client, known), list(known))
    days(40)
    for day, (then, there) in taken.items():
        now = snapshot(client, there, day)
        for question in then:
            assert now[question] == then[question], (day, question)
    assert PastPlatform.objects.count() > 5


def test_a_record_that_moved_is_found_where_it_was(client, days):
    first, other = public_platform(), public_platform()
    there = days(1)
    first.status, first.merged_into = PlatformStatus.MERGED, other
    first.status_on, first.status_reason = timezone.localdate(), "示例原因"
    first.save()
    publish(first)
    before = START.date().isoformat()

    assert client.get(f"{V1}platforms/{first.code}/?as_of={before}").json()["status"] == "active"
    moved = client.get(f"{V1}platforms/{first.code}/?as_of={there}")
    assert moved.status_code == 301
    assert moved["Location"].endswith(f"/platforms/{other.code}/?as_of={there}")
    assert set(codes(client.get(f"{V1}platforms/?as_of={before}"))) == {first.code, other.code}
    assert codes(client.get(f"{V1}platforms/?as_of={there}")) == [other.code]


def test_an_answer_about_a_day_never_changes_and_names_no_person(client, days):
    platform = public_platform()
    factories.contact(platform)
    publish(platform)
    address = f"{V1}platforms/{platform.code}/"
    assert client.get(address).json()["contact"]["person"]["name"] == "示例联系人"
    days(1)
    address += f"?as_of={START.date()}"
    first = client.get(address)
    assert first.json()["contact"] == {**first.json()["contact"], "person": None}
    listed = client.get(f"{V1}platforms/?as_of={START.date()}")

    Contact.objects.update(consent_withdrawn_at=timezone.now())
    publish(platform)

    assert client.get(address).content == first.content
    for known, where in ((first, address), (listed, f"{V1}platforms/?as_of={START.date()}")):
        assert client.get(where, headers={"If-None-Match": known["ETag"]}).status_code == 304
    kept = PastPlatform.objects.get(version=2)
    assert kept.left_out
    assert "示例联系人" not in str([kept.document, kept.card, kept.tokens])
    assert not PastPlatform.objects.get(version=1).left_out


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("2026-03-02", "in_the_future"),
        ("9999-12-31", "in_the_future"),
        ("2026-02-28", "before_the_start"),
        ("0001-01-01", "before_the_start"),
        ("2026-02-30", "not_a_date"),
        ("2026-3-1", "not_a_date"),
        ("today", "not_a_date"),
        ("2026-03-01T00:00:00Z", "not_a_date"),
    ],
)
def test_a_day_that_cannot_be_answered_is_refused_in_a_sentence(client, days, value, code):
    platform = public_platform()

    for place in ("platforms/", "platforms/?q=示例&facets=tier", "platforms/?format=csv", f"platforms/{platform.code}/"):  # fmt: skip
        body = problem(client.get(f"{V1}{place}{'&' if '?' in place else '?'}as_of={value}"), 400)
        assert [(error["parameter"], error["code"]) for error in body["errors"]] == [("as_of", code)]
        assert body["errors"][0]["detail"].endswith("。")


def test_today_is_answered_and_an_empty_registry_says_so(client, days):
    address = f"{V1}platforms/?as_of={START.date()}"
    assert problem(client.get(address), 400)["errors"][0]["code"] == "before_the_start"
    platform = public_platform()

    body = client.get(address).json()

    assert [item["code"] for item in body["results"]] == [platform.code]
    assert body["as_of"] == START.date().isoformat()
    assert client.get(f"{V1}platforms/?as_of=").json()["results"] == body["results"]
    assert client.get(f"{V1}platforms/ZS-32-00999-0/?as_of={START.date()}").status_code == 404


@pytest.mark.parametrize(
    "place", ["services/", "equipment/", "operators/", "changes/", "lists/", "regions/", "designations/"]
)
def test_what_keeps_no_past_refuses_the_parameter(client, place):
    assert parameters_of(problem(client.get(f"{V1}{place}?as_of=2026-03-01"), 400)) == ["as_of"]


def test_a_day_costs_one_more_question_and_its_absence_none(client, days, django_assert_num_queries):
    platform = public_platform()
    for place in (f"{V1}platforms/?q=示例&facets=tier,area&page_size=7", f"{V1}platforms/{platform.code}/?"):
        client.get(place)
        with django_assert_num_queries(1):
            client.get(place)
        client.get(f"{place}&as_of={START.date()}")
        with django_assert_num_queries(2):
            assert client.get(f"{place}&as_of={START.date()}").status_code == 200


def test_time_in_the_feed_does_not_run_backwards(client, days):
    """A clock set back must not move what is already past into another day."""
    days(3)
    first = public_platform()
    days(1)
    second = public_platform()
    days(4)

    assert parameters_of(problem(client.get(f"{V1}platforms/?as_of=2026-03-03"), 400)) == ["as_of"]
    assert set(codes(client.get(f"{V1}platforms/?as_of=2026-03-04"))) == {first.code, second.code}
