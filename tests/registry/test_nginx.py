"""The production configuration of nginx before a real server: what is cached, what empties the cache, what is never kept."""

import socket
import tempfile
import time
from http.client import HTTPConnection
from pathlib import Path

import pytest

from platforms.models import Platform
from platforms.publish import publish
from tests import factories
from tests.load import nginx

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(nginx.program() is None, reason="no nginx: apt-get install nginx-light"),
]


class Site:
    """Asks nginx for pages, as one visitor."""

    log: Path

    def __init__(self, port: int) -> None:
        self.port = port

    def ask(self, path: str, method: str = "GET", body: str | None = None, **headers: str):
        connection = HTTPConnection("127.0.0.1", self.port, timeout=120)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, {"Host": "localhost", **sent})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, answer.getheader("X-Cache"), text.decode(errors="replace"), answer


@pytest.fixture
def site(live_server, settings):
    settings.ALLOWED_HOSTS = ["*"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        upstream = live_server.url.removeprefix("http://")
        with nginx.running(Path(folder), port, upstream) as process:
            until = time.monotonic() + 120
            while True:
                assert process.poll() is None and time.monotonic() < until, "nginx did not start"
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    time.sleep(0.05)
            found = Site(port)
            found.log = Path(folder) / "access.log"
            yield found


@pytest.fixture
def platform():
    platform = factories.PlatformFactory(name_zh="示例·旧名平台")
    publish(platform)
    return platform


def cached_soon(site: Site, path: str, **headers: str) -> str | None:
    """The word of the cache on the second of two requests within one second of the head."""
    site.ask(path, **headers)
    return site.ask(path, **headers)[1]


@pytest.mark.parametrize(
    "path", ["/", "/platforms/", "/en/platforms/?q=sample", "/api/v1/platforms/", "/statistics/"]
)
def test_public_pages_come_from_the_cache(site, platform, path):
    assert cached_soon(site, path) == "HIT"


def test_a_publication_empties_the_cache_within_two_seconds(site, platform):
    page = f"/platforms/{platform.code}/"
    assert cached_soon(site, page) == "HIT"
    assert "示例·旧名平台" in site.ask(page)[2]
    Platform.objects.filter(pk=platform.pk).update(name_zh="示例·新名平台")
    publish(Platform.objects.get(pk=platform.pk))
    time.sleep(2.1)
    assert "示例·新名平台" in site.ask(page)[2]
    assert "示例·新名平台" in site.ask("/platforms/")[2]


def test_what_was_made_for_one_person_is_never_kept_or_given_to_another(site, platform):
    from django.test import Client

    from platforms.access import Role

    person = factories.person(Role.MINISTRY_CLERK, username="somebody")
    client = Client()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    cookie = f"sessionid={client.cookies['sessionid'].value}"
    for path in (
        "/desk/",
        f"/enquiry/?code={platform.code}",
        f"/platforms/{platform.code}/report/",
        "/letters/status/",
    ):
        for _turn in range(2):
            status, word, _text, answer = site.ask(path, Cookie=cookie)
            assert status == 200, path
            assert word in (None, "BYPASS", "MISS"), path
            assert "no-store" in answer.getheader("Cache-Control"), path
    assert site.ask("/desk/")[0] == 302, "without the cookie there is nothing of hers"
    # A signed-in person's view of a public page neither comes from the cache nor goes into it.
    assert cached_soon(site, "/platforms/?page=1", Cookie=cookie) == "BYPASS"


def test_forms_are_answered_each_on_its_own(site, platform):
    first, second = (site.ask(f"/enquiry/?code={platform.code}")[2] for _turn in range(2))
    assert first.partition('name="nonce" value="')[2][:20] != second.partition('name="nonce" value="')[2][:20]


def test_the_head_is_no_address_of_the_site(site, platform):
    assert site.ask("/_head")[0] == 404
    assert site.ask("/headz")[0] == 404


def test_a_page_is_still_answered_when_the_registry_is_away(live_server, settings, platform):
    settings.ALLOWED_HOSTS = ["*"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port, nobody = free.getsockname()[1], free.getsockname()[1]
    with (
        tempfile.TemporaryDirectory() as folder,
        nginx.running(Path(folder), port, f"127.0.0.1:{nobody + 1}"),
    ):
        time.sleep(0.5)
        status = Site(port).ask("/")[0]
    assert status == 502, "an honest answer, not a refusal of access"


def test_addresses_that_open_an_account_are_not_written_down(site, db):
    for path in (
        "/invitations/secret-token/",
        "/en/accounts/password/reset/key/1-secret-token/?t=secret-token",
    ):
        assert site.ask(path)[0] < 500
    until = time.monotonic() + 60
    while (text := site.log.read_text()).count("\n") < 2:
        assert time.monotonic() < until, text
        time.sleep(0.05)
    assert "GET /invitations/- " in text
    assert "GET /en/accounts/password/reset/key/- " in text
    assert "secret-token" not in text
