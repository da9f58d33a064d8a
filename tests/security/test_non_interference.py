"""What is done in private changes no byte that anyone outside can see; what one authority does, no byte that another sees.

Everything a reader reaches is fetched and hashed: every route with a sample, what the sitemap names and what the pages link
to, in both languages, HTML, API, feeds and exports. Then others work, through hundreds of verbs (``days``), each text with a
canary in it; then everything is fetched again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from urllib.parse import urljoin, urlsplit

import pytest
from django.db import Error, models, transaction
from django.db.models import F, Q
from django.test import Client
from django.utils import timezone

from platforms.models import Notification
from tests.security import days, lints
from tests.security.routes import ours
from tests.security.test_access_matrix import address
from tests.security.test_constraints import MODELS
from tests.security.world import Province, World

pytestmark = pytest.mark.django_db

CANARY = "canary7f3a"
MOST = 400
#: Facets multiply: of the links that only filter or sort a list, so many are followed.
MOST_QUERIES = 60
#: Differs on every answer by design and says nothing about data.
CHANGING_HEADERS = {
    "date",
    "expires",  # of a page never to be kept: the moment it was made
    "x-request-id",
    "set-cookie",
    "ratelimit",
    "ratelimit-limit",
    "ratelimit-remaining",
    "ratelimit-reset",
}
#: Drawn at random for every form that is opened (CSRF, double sending) or for every request (trace, id on an error page).
CHANGING_BODY = re.compile(
    rb'name="(?:csrfmiddlewaretoken|nonce|opened|start_key)" value="[^"]*"|value="[^"]*" name="(?:csrfmiddlewaretoken|nonce|opened|start_key)"'
    rb'|"trace_id":\s*"[^"]*"|[0-9a-f]{12}(?=</p>)'
)
LINK = re.compile(r'(?:href|src)="([^"#]+)|<loc>([^<]+)</loc>|"(?:url|html_url|next)":\s*"([^"]+)"')
#: Changed by a person's own reading or signing in, not by others' work.
OWN = {"User", "Membership", "ApiClient", "IdempotencyKey"}


def test_private_work_changes_no_public_byte(world: World):
    offices = [days.prepare(world, province, CANARY) for province in world.provinces()]
    seen = crawl(world.client("public"), public_starts(world))
    assert len(seen) >= LEAST_ADDRESSES
    with days.counted() as done:
        for office in offices:
            days.work(office)
        days.ministry_work(world, CANARY)
    assert sum(done.values()) >= LEAST_ACTS
    only_chinese = Notification.objects.exclude(kind="world").filter(Q(text_en=F("text")) | Q(text_en=""))
    assert (
        list(only_chinese.values_list("kind", "text")) == []
    )  # what work tells people, it tells in both languages
    fill_in_everywhere(world)
    # What is linked follows from the bytes: if they are the same, so are the addresses.
    again = crawl(world.client("public"), seen, follow=False)
    assert {url for url in seen if seen[url] != again[url]} == set()


def test_what_jiangsu_does_changes_no_byte_for_ningbo(world: World, time_machine):
    """Clerk and approver of Ningbo read everything they can reach; then Jiangsu works; then they read it again."""
    time_machine.move_to(timezone.now(), tick=False)  # spreadsheets carry the second they were made
    office = days.prepare(world, world.jiangsu, CANARY)
    readers = ("ningbo clerk", "ningbo approver")
    starts = [*private_addresses(world.ningbo), *public_starts(world)]
    seen = {person: crawl(world.client(person), starts) for person in readers}
    with days.counted() as done:
        days.work(office)
    assert sum(done.values()) >= LEAST_ACTS
    assert len(done) >= LEAST_KINDS
    differing = {
        (person, url)
        for person, before in seen.items()
        for url, after in crawl(world.client(person), before, follow=False).items()
        if after != before[url]
    }
    assert differing == set()
    own = [url for url in seen["ningbo clerk"] if "/authorities/330200/" in url]
    assert len(own) >= LEAST_OWN


def test_what_one_city_handles_changes_no_byte_for_another_of_the_same_office(world: World):
    """The reviewer of another city of Jiangsu sees nothing of what this city has before it, not even that it is there."""
    office = days.prepare(world, world.jiangsu, CANARY)
    starts = private_addresses(world.jiangsu)
    seen = crawl(world.client("other city reviewer"), starts, follow=False)
    with days.counted() as done:
        days.work(office, rounds=2)
    assert {"submission.city_pass", "submission.city_return"} <= set(done)
    again = crawl(world.client("other city reviewer"), seen, follow=False)
    assert {url for url in seen if seen[url] != again[url]} == set()
    own = world.client("city reviewer").get("/city-review/?state=all").content
    assert CANARY.encode() in own


def test_ningbo_would_notice_work_of_its_own(world: World):
    """The guard bites: the same crawl differs as soon as Ningbo itself has worked."""
    office = days.prepare(world, world.ningbo, "示例")
    starts = private_addresses(world.ningbo)
    before = crawl(world.client("ningbo clerk"), starts, follow=False)
    days.work(office, rounds=1)
    after = crawl(world.client("ningbo clerk"), before, follow=False)
    changed = {url for url in before if before[url] != after[url]}
    assert {"/desk/", "/authorities/330200/submissions/", "/authorities/330200/people/"} <= changed


def test_the_crawl_would_notice(world: World):
    """The guard bites: what is published does change the public pages."""
    from platforms.publish import publish

    platform = world.jiangsu.things["platforms"]
    seen = crawl(world.client("public"), public_starts(world), follow=False)
    type(platform)._base_manager.filter(pk=platform.pk).update(name_zh="示例·已公开的新名称")
    publish(platform)
    again = crawl(world.client("public"), seen, follow=False)
    assert {url for url in seen if seen[url] != again[url]} != set()


#: Raised with the pages: a crawl that silently shrinks would prove nothing.
LEAST_ADDRESSES = 150
LEAST_OWN = 30
#: Acts through verbs between the two readings, and how many different ones.
LEAST_ACTS = 200
LEAST_KINDS = 25


def public_starts(world: World) -> list[str]:
    found = [
        "/",
        "/en/",
        "/sitemap.xml",
        "/feed.atom",
        "/en/feed.atom",
        "/api/v1/",
        "/robots.txt",
        "/no/such/page/",
    ]
    for route in ours():
        if route.access != "public" or "GET" not in route.methods:
            continue
        for province in world.provinces():
            try:
                url = address(route, province)[0]
            except LookupError:
                continue
            found += [url] if route.kind == "api" else [url, f"/en{url}"]
    found += ["/platforms/?q=canary7f3a", "/services/?q=canary7f3a", "/api/v1/platforms/?q=canary7f3a"]
    found.append(f"/api/v1/platforms/?as_of={timezone.localdate()}&facets=tier,region")
    return list(dict.fromkeys(found))


def private_addresses(province: Province) -> list[str]:
    found = []
    for route in ours():
        if route.access in ("public", None) or "GET" not in route.methods:
            continue
        try:
            found.append(address(route, province)[0])
        except LookupError:
            continue
    return list(dict.fromkeys(found))


def crawl(client: Client, starts: Iterable[str], *, follow: bool = True) -> dict[str, str]:
    """Address → hash of status, headers and body, following links within the site."""
    waiting, seen, queries = list(starts), {}, 0
    first = set(waiting)
    while waiting and len(seen) < MOST:
        url = waiting.pop(0)
        if url in seen:
            continue
        if "?" in url and url not in first:
            queries += 1
            if queries > MOST_QUERIES:
                continue
        answer = client.get(url)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        assert CANARY.encode() not in body.replace(b"?q=" + CANARY.encode(), b"") or "q=" in url, url
        assert answer.status_code < 500 and answer.status_code != 429, url
        seen[url] = digest(answer, body)
        if follow and answer.get("Content-Type", "").split(";")[0] in (
            "text/html", "application/xml", "application/json", "application/atom+xml",
        ):  # fmt: skip
            waiting += links(url, body)
    return seen


def digest(answer, body: bytes) -> str:
    headers = sorted(
        (name.lower(), value) for name, value in answer.items() if name.lower() not in CHANGING_HEADERS
    )
    whole = repr((answer.status_code, headers)).encode() + CHANGING_BODY.sub(b"", body)
    return hashlib.sha256(whole).hexdigest()


def links(url: str, body: bytes) -> list[str]:
    found = []
    for groups in LINK.findall(body.decode("utf-8", "replace")):
        target = urlsplit(urljoin(url, "".join(groups).replace("&amp;", "&")))
        if target.netloc not in ("", "testserver", "localhost:8000") or target.scheme not in (
            "",
            "http",
            "https",
        ):
            continue
        if target.path.startswith(("/static/", "/accounts/", "/admin/")):
            continue
        found.append(target.path + (f"?{target.query}" if target.query else ""))
    return found


def fill_in_everywhere(world: World) -> None:
    """Every text and number of every working row gets another value: what no verb happened to touch is covered as well."""
    lints.fill_working_models()
    for model in MODELS:
        if model.__name__ in lints.WORKING - OWN:
            for record in model._base_manager.all():
                for field in model._meta.concrete_fields:
                    changed(record, field)


def changed(record: models.Model, field: models.Field) -> bool:
    """One field of one row gets another value, if the database lets it."""
    if field.primary_key or field.is_relation or field.unique or field.choices:
        return False
    if isinstance(field, models.CharField | models.TextField) and (field.max_length or 99) >= len(CANARY):
        value: object = CANARY
    elif isinstance(field, models.IntegerField | models.DecimalField):
        value = 7
    elif isinstance(field, models.BooleanField):
        value = not getattr(record, field.attname)
    elif isinstance(field, models.JSONField) and isinstance(getattr(record, field.attname), dict):
        value = {CANARY: CANARY}
    else:
        return False
    try:
        with transaction.atomic():
            return bool(type(record)._base_manager.filter(pk=record.pk).update(**{field.attname: value}))
    except Error:
        return False
