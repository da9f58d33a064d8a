"""Signing in at a real issuer on this machine: over HTTP, with signed tokens, and with everything that may be wrong about them."""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from requests import Session

from platforms.access import Role
from platforms.models import User
from registry import env
from tests import factories

pytestmark = pytest.mark.django_db
CLIENT, SECRET, PASSWORD = "registry", "s3cret:with+signs", "a-good-long-password"
GENUINE, ANOTHER = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))


class Issuer(ThreadingHTTPServer):
    """A small OpenID Connect provider: discovery, keys, a code for who is signed in there, and the exchange of the code."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.address = f"http://127.0.0.1:{self.server_port}"
        self.subject, self.codes, self.asked = "employee-4711", {}, []
        self.told: dict[str, Any] = {}  # claims that are told differently from the truth; None leaves one out
        self.key, self.algorithm, self.named = GENUINE, "RS256", self.address
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def discovery(self) -> dict[str, Any]:
        place = {
            f"{name}_endpoint": f"{self.address}/{name}" for name in ("authorization", "token", "userinfo")
        }
        return {**place, "issuer": self.named, "jwks_uri": f"{self.address}/jwks",
                "token_endpoint_auth_methods_supported": ["client_secret_post"]}  # fmt: skip

    def keys(self) -> dict[str, Any]:
        public = jwt.algorithms.RSAAlgorithm.to_jwk(GENUINE.public_key(), as_dict=True)
        return {"keys": [{**public, "kid": "one", "alg": "RS256", "use": "sig"}]}

    def authorize(self, asked: dict[str, str]) -> str:
        assert (asked["client_id"], asked["response_type"], asked["scope"]) == (CLIENT, "code", "openid")
        assert asked["code_challenge_method"] == "S256"
        self.asked.append(asked)
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?code={code}&state={asked['state']}"

    def exchange(self, form: dict[str, str]) -> dict[str, Any] | None:
        asked = self.codes.pop(form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if asked is None or (form["client_id"], form["client_secret"]) != (CLIENT, SECRET):
            return None
        if (
            challenge.decode().rstrip("=") != asked["code_challenge"]
            or form["redirect_uri"] != asked["redirect_uri"]
        ):
            return None
        now = datetime.datetime.now(datetime.UTC)
        claims = {"iss": self.address, "sub": self.subject, "aud": CLIENT, "iat": now, "exp": now + datetime.timedelta(minutes=5),
                  "nonce": asked["nonce"], "name": "示例·姓名", "email": "person@example.org", **self.told}  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        token = jwt.encode(claims, self.key, algorithm=self.algorithm, headers={"kid": "one"})
        return {"access_token": "a", "token_type": "Bearer", "id_token": token}


class Answers(BaseHTTPRequestHandler):
    server: Issuer

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/authorization":
            self.send_response(302)
            self.send_header(
                "Location", self.server.authorize({k: v[0] for k, v in parse_qs(parts.query).items()})
            )
            self.end_headers()
            return
        known = {"/.well-known/openid-configuration": self.server.discovery, "/jwks": self.server.keys}
        self._say(200, known[parts.path]())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        found = self.server.exchange({k: v[0] for k, v in parse_qs(body).items()})
        self._say(200 if found else 400, found or {"error": "invalid_grant"})

    def _say(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def issuer(settings):
    cache.clear()
    server = Issuer()
    settings.OIDC = env.openid(issuer=server.address, name="示例统一认证", client_id=CLIENT, secret=SECRET)
    settings.SOCIALACCOUNT_PROVIDERS = env.openid_apps(settings.OIDC)
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def person(issuer) -> User:
    user = factories.person(Role.MINISTRY_CLERK, username="sso")
    SocialAccount.objects.create(user=user, provider="oidc", uid=issuer.subject)
    return user


def away_and_back(client: Client, start: str = "/accounts/sso/", following: str = "", **form: str):
    """As a browser does it: to the issuer, where the person is signed in, and back with what the issuer says."""
    sent = client.post(start, {"next": following, **form})
    assert sent.status_code == 302, sent.content[:400]
    with Session() as wire:
        back = wire.get(sent["Location"], allow_redirects=False).headers["Location"]
    parts = urlsplit(back)
    return client.get(f"{parts.path}?{parts.query}")


def signed_in(client: Client) -> str:
    return client.session.get("_auth_user_id", "")


def test_who_is_connected_signs_in_and_gets_where_they_wanted_to(client, issuer, person):
    answer = away_and_back(client, following="/authorities/")
    assert (answer.status_code, answer["Location"]) == (302, "/authorities/")
    assert signed_in(client) == str(person.pk)
    assert client.session[AUTHENTICATION_METHODS_SESSION_KEY][0]["method"] == "socialaccount"
    (kept,) = SocialAccount.objects.values_list("extra_data", flat=True)
    assert "示例·姓名" not in json.dumps(kept, ensure_ascii=False)
    assert "person@example.org" not in json.dumps(kept)


def test_the_second_factor_is_asked_as_after_a_password(client, issuer, person):
    Authenticator.objects.create(user=person, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})
    answer = away_and_back(client)
    assert answer["Location"] == "/accounts/2fa/authenticate/"
    assert signed_in(client) == ""


def test_an_account_that_has_ended_stays_shut(client, issuer, person):
    User.objects.filter(pk=person.pk).update(is_active=False)
    away_and_back(client)
    assert signed_in(client) == ""


def test_nobody_becomes_a_person_by_being_known_elsewhere(client, issuer):
    factories.person(Role.MINISTRY_CLERK, username="employee-4711")  # a like name is no connection
    before = User.objects.count()
    answer = away_and_back(client)
    assert answer.status_code == 403
    assert "还没有与这里的账户连接" in answer.content.decode()
    assert (signed_in(client), User.objects.count(), SocialAccount.objects.count()) == ("", before, 0)


LONG_AGO = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    "wrong",
    [{"nonce": "of another sign-in"}, {"nonce": None}, {"aud": "another-program"}, {"aud": None}, {"iss": "http://127.0.0.1:1"},
     {"exp": LONG_AGO}, {"exp": None}, {"iat": None}, {"sub": None}, {"aud": [CLIENT, "another"]},
     {"aud": [CLIENT, "another"], "azp": "another"}],
    ids=lambda wrong: "-".join(f"{name}={value}"[:24] for name, value in wrong.items()),
)  # fmt: skip
def test_a_token_that_says_something_wrong_lets_nobody_in(client, issuer, person, wrong):
    issuer.told = wrong
    assert away_and_back(client).status_code == 400
    assert signed_in(client) == ""


def public_text() -> bytes:
    return GENUINE.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [(ANOTHER, "RS256"), (None, "none"), (public_text(), "HS256")],
    ids=["another key", "none", "shared"],
)
def test_a_token_that_the_issuer_has_not_signed_lets_nobody_in(client, issuer, person, key, algorithm):
    issuer.key, issuer.algorithm = key, algorithm
    assert away_and_back(client).status_code == 400
    assert signed_in(client) == ""


def test_a_token_is_taken_once(client, issuer, person):
    issuer.told = {"jti": "one"}
    away_and_back(client)
    other = Client()
    assert away_and_back(other).status_code == 400
    assert signed_in(other) == ""


def test_an_answer_that_this_browser_did_not_ask_for_lets_nobody_in(client, issuer, person):
    other = Client()
    sent = other.post("/accounts/sso/")
    with Session() as wire:
        back = urlsplit(wire.get(sent["Location"], allow_redirects=False).headers["Location"])
    assert client.get(f"{back.path}?{back.query}").status_code == 400
    assert client.get(f"{back.path}?code=x&state=x").status_code == 400
    assert client.get(back.path).status_code == 400
    assert signed_in(client) == ""


def test_who_gives_up_at_the_issuer_is_told_so(client, issuer):
    sent = client.post("/accounts/sso/")
    state = parse_qs(urlsplit(sent["Location"]).query)["state"][0]
    answer = client.get(f"/accounts/sso/callback/?error=access_denied&state={state}")
    assert (answer.status_code, "取消了登录" in answer.content.decode()) == (400, True)


def test_an_issuer_that_is_down_or_another_one_is_no_failure_of_ours(client, issuer, person):
    issuer.named = "https://somebody.example"
    assert client.post("/accounts/sso/").status_code == 503
    issuer.named = issuer.address
    sent = client.post("/accounts/sso/")
    issuer.shutdown()
    issuer.server_close()
    state = parse_qs(urlsplit(sent["Location"]).query)["state"][0]
    assert client.get(f"/accounts/sso/callback/?code=code-0&state={state}").status_code == 503
    answer = client.post("/accounts/sso/")
    assert (answer.status_code, "没有应答" in answer.content.decode()) == (503, True)


def test_the_way_back_leads_to_no_other_site(client, issuer, person):
    assert away_and_back(client, following="https://evil.example/")["Location"] == "/desk/"


def at_the_connection(username: str) -> Client:
    """The browser of a person who has just typed the password again."""
    user, client = factories.person(Role.MINISTRY_CLERK, username=username), Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.post("/accounts/sso/connection/")["Location"].startswith("/accounts/reauthenticate/")
    again = client.post("/accounts/reauthenticate/?next=/accounts/sso/connection/", {"password": PASSWORD})
    assert again.status_code == 302
    return client


def test_a_person_connects_and_disconnects_the_own_account_after_the_password(issuer):
    client = at_the_connection("connecting")
    assert "去连接" in client.get("/accounts/sso/connection/").content.decode()

    assert away_and_back(client, "/accounts/sso/connection/")["Location"] == "/accounts/sso/connection/"
    assert SocialAccount.objects.get().user.username == "connecting"
    assert "已连接" in client.get("/accounts/sso/connection/").content.decode()
    fresh = Client()
    away_and_back(fresh)
    assert signed_in(fresh) == signed_in(client)

    client.post("/accounts/sso/connection/")
    assert not SocialAccount.objects.exists()
    assert away_and_back(Client()).status_code == 403


def test_one_identity_is_connected_with_one_person(issuer, person):
    client = at_the_connection("second")
    away_and_back(client, "/accounts/sso/connection/")
    assert list(SocialAccount.objects.values_list("user__username", flat=True)) == ["sso"]
    assert "已经与另一个账户连接" in client.get("/accounts/sso/connection/").content.decode()


def test_the_button_is_there_when_an_issuer_is(client, issuer, settings):
    assert "示例统一认证" in client.get("/accounts/login/").content.decode()
    settings.OIDC = {}
    settings.SOCIALACCOUNT_PROVIDERS = env.openid_apps({})
    assert "/accounts/sso/" not in client.get("/accounts/login/").content.decode()
    assert client.post("/accounts/sso/").status_code == 404
    assert client.get("/accounts/sso/callback/?code=x&state=y").status_code == 404


def test_the_issuer_is_named_by_the_environment_with_its_secret_in_a_file(monkeypatch, tmp_path):
    (tmp_path / "secret").write_text("s3cret\n")
    monkeypatch.setenv("REGISTRY_OIDC_CLIENT_SECRET_FILE", str(tmp_path / "secret"))
    secret = env.text("REGISTRY_OIDC_CLIENT_SECRET")
    found = env.openid(issuer="https://id.example/realm", name="", client_id="registry", secret=secret)
    assert (found["secret"], found["origin"], found["name"]) == (
        "s3cret",
        "https://id.example",
        "统一身份认证",
    )
    assert env.openid(issuer="", name="", client_id="", secret="") == {}
    with pytest.raises(ImproperlyConfigured, match="REGISTRY_OIDC_CLIENT_SECRET"):
        env.openid(issuer="https://id.example", name="", client_id="registry", secret="")
    monkeypatch.setenv("REGISTRY_OIDC_ISSUER", "http://id.example")
    with pytest.raises(ImproperlyConfigured):
        env.address("REGISTRY_OIDC_ISSUER", schemes=("https",))
