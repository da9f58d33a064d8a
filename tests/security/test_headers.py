"""What every answer says to the browser and to shared caches."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.conf import settings

from tests.security.routes import ours
from tests.security.test_access_matrix import address
from tests.security.world import World

pytestmark = pytest.mark.django_db


def public_addresses(world: World) -> list[str]:
    found = []
    for route in ours():
        if route.access == "public" and "GET" in route.methods:
            try:
                found.append(address(route, world.jiangsu)[0])
            except LookupError:
                continue
    return found


def private_addresses(world: World) -> list[str]:
    found = []
    for route in ours():
        if route.access not in ("public", None):
            try:
                found.append(address(route, world.jiangsu)[0])
            except LookupError:
                continue
    return found


def test_every_answer_carries_the_security_headers(world: World):
    client, faults = world.client("public"), []
    addresses = [*public_addresses(world), "/accounts/login/", "/no/such/page/", "/healthz", "/admin/"]
    for url in addresses:
        answer = client.get(url)
        policy = answer.get("Content-Security-Policy", "")
        if "default-src 'none'" not in policy or "unsafe" in policy or "*" in policy:
            faults.append((url, "Content-Security-Policy", policy))
        for name, value in (
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "same-origin"),
            ("Cross-Origin-Opener-Policy", "same-origin"),
            ("X-Frame-Options", "DENY"),
        ):
            if answer.get(name) != value:
                faults.append((url, name, answer.get(name)))
        for part in ("frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'", "object-src 'none'"):
            if part not in policy:
                faults.append((url, part, policy))
    assert faults == []


#: Public pages with a form that is posted: its token needs a cookie.
FORMS = (
    "/objection/", "/objection/status/", "/styleguide/", "/report/", "/enquiry/", "/letters/status/", "/watch/",
    "/watch/confirm/", "/watch/end/", "/verify/file/",
)  # fmt: skip


def test_public_pages_set_no_cookie(world: World):
    client, faults = world.client("public"), []
    for url in public_addresses(world):
        answer = client.get(url)
        if answer.cookies and not url.partition("?")[0].endswith(FORMS):
            faults.append((url, sorted(answer.cookies)))
        if "Cookie" in answer.get("Vary", "") and not url.partition("?")[0].endswith(FORMS):
            faults.append((url, "Vary: Cookie"))
    assert faults == []


def test_private_pages_are_never_stored(world: World):
    faults = []
    for person in ("jiangsu clerk", "ministry clerk", "expert"):
        client = world.client(person)
        for url in private_addresses(world):
            answer = client.get(url)
            stored = answer.get("Cache-Control", "")
            if answer.status_code == 200 and "no-store" not in stored:
                faults.append((person, url, stored))
            if "public" in stored:
                faults.append((person, url, stored))
    assert faults == []


def test_error_pages_are_not_stored_and_have_the_headers(world: World):
    answer = world.client("public").get("/no/such/page/")
    assert answer.status_code == 404
    assert answer["Cache-Control"] == "no-store"


def test_cookies_are_for_this_site_and_for_http_only():
    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.CSRF_COOKIE_HTTPONLY
    assert (settings.SESSION_COOKIE_SAMESITE, settings.CSRF_COOKIE_SAMESITE) == ("Lax", "Lax")
    assert settings.SESSION_COOKIE_AGE <= 12 * 3600


def test_a_post_without_a_token_is_refused_with_a_page(world: World):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.cookies = world.client("jiangsu clerk").cookies
    for url in private_addresses(world):
        answer = client.post(url, {})
        assert answer.status_code in (401, 403, 404, 405, 415), (url, answer.status_code)


PRODUCTION = {
    "REGISTRY_PRODUCTION": "1", "REGISTRY_OFFICIAL": "1", "REGISTRY_ALLOWED_HOSTS": "registry.example",
    "REGISTRY_BASE_URL": "https://registry.example", "DATABASE_URL": "postgresql://registry@db/registry",
    "REDIS_URL": "redis://cache/0", "REGISTRY_ORGANISER": "x", "REGISTRY_CONTACT": "x",
    "REGISTRY_SITE_CODE": "x", "REGISTRY_ICP": "x", "REGISTRY_PSB_RECORD": "x",
    "REGISTRY_PARTY_GOVERNMENT_MARK": "x", "REGISTRY_SECRET_KEY": "k8" * 40 + "-aZ9!",
}  # fmt: skip


def _manage(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    # A browser test before this one may have left Playwright's permission in the environment.
    ours = ("REGISTRY_", "DJANGO_ALLOW_ASYNC_UNSAFE")
    plain = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return subprocess.run(
        [sys.executable, "manage.py", *words], env={**plain, **PRODUCTION, **environment}, check=False,
        capture_output=True, text=True, cwd=settings.BASE_DIR,
    )  # fmt: skip


def test_the_deployment_check_is_clean_in_production():
    done = _manage("check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr
    assert "0 silenced" in done.stdout


@pytest.mark.parametrize(
    ("variable", "value", "word"),
    [("REGISTRY_SECRET_KEY", "", "REGISTRY_SECRET_KEY"), ("REGISTRY_FAILPOINTS", "publish", "registry.E001"),
     ("REGISTRY_ICP", "", "registry.E002")],
)  # fmt: skip
def test_a_production_that_is_not_ready_does_not_start(variable, value, word):
    done = _manage("check", "--deploy", "--fail-level", "WARNING", **{variable: value})
    assert done.returncode != 0
    assert word in done.stderr


def test_a_view_with_a_policy_of_its_own_keeps_it_to_itself(world: World):
    """The policy is written once for all answers; the reference pages of the API add one word, for themselves alone."""
    client = world.client("public")
    before, own, after = (client.get(url)["Content-Security-Policy"] for url in ("/", "/api/v1/docs/", "/"))
    assert before == after
    assert sorted(own.replace(" data:", "").split("; ")) == sorted(before.split("; "))
    assert " data:" in own
