"""What a mirror says of itself: on its pages, to programs and to its operator, as long as all is well and when it is not."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from cultivation.actions import public_facts
from cultivation.actions.edition import cut, state_latest
from cultivation.releases import notes
from platforms import reference, standing
from platforms.errors import Conflict
from platforms.models import Platform
from registry.verification import differences
from registry.views import readiness
from tests import factories
from tests.api import public_platform

pytestmark = pytest.mark.django_db
SOURCE = "https://registry.example/"


@pytest.fixture(autouse=True)
def _editions(settings, tmp_path, time_machine):
    time_machine.move_to("2026-11-28T12:07:30+08:00", tick=False)
    settings.EDITIONS = tmp_path


def said(client, path: str = "/") -> tuple[str, str, str]:
    answer = client.get(path)
    return answer.content.decode(), answer.headers.get("Registry-Mirror", ""), answer.headers.get("ETag", "")


def test_a_registry_that_copies_nobody_says_nothing_of_mirrors(client):
    page, mark, _tag = said(client)
    assert ("镜像" in page, mark, "mirror" in readiness()) == (False, "", False)
    assert "mirror" not in client.get("/headz")["X-Head"]


def test_a_mirror_says_whose_copy_it_is_and_when_it_was_compared(client):
    before = said(client)[2]
    standing.tell(SOURCE, standing.VALID)
    page, mark, tag = said(client)
    assert "本站是镜像，只供阅读。来源：" in page
    assert "2026-11-28T12:00+08:00" in page
    assert mark == '"https://registry.example/"; verdict=valid; at="2026-11-28T12:00+08:00"'
    assert tag != before
    assert said(client, "/api/v1/platforms/")[1] == mark
    assert readiness()["mirror"] == "ok"


SENTENCES = {
    standing.SPLIT: "来源对不同的人说法不一，本镜像已停止更新",
    standing.REFUSED: "来源给出的内容未通过核验，本镜像已停止更新",
    standing.LATE: "本镜像很久没有与来源核对",
    standing.BEGUN: "本镜像正在第一次复制",
}


@pytest.mark.parametrize("verdict", SENTENCES)
def test_a_mirror_that_is_not_current_says_so_everywhere_and_stays_readable(client, verdict, time_machine):
    platform = public_platform()
    standing.tell(SOURCE, standing.VALID if verdict == standing.LATE else verdict)
    if verdict == standing.LATE:
        time_machine.shift(60 * 60 * 25)
    heads = {client.get("/headz")["X-Head"]}
    page, mark, tag = said(client, f"/platforms/{platform.code}/")
    assert (SENTENCES[verdict] in page, "真实且最新" in page, f"verdict={verdict};" in mark) == (
        True,
        False,
        True,
    )
    assert "真实且最新" not in said(client, f"/verify/?q={platform.code}")[0]
    assert said(client, f"/en/platforms/{platform.code}/")[0].count("This mirror") > 0
    assert (readiness()["mirror"], client.get("/healthz").status_code) == (verdict, 200)
    standing.tell(SOURCE, standing.VALID)
    page, _mark, after = said(client, f"/platforms/{platform.code}/")
    assert ("真实且最新" in page, after != tag) == (True, True)
    assert client.get("/headz")["X-Head"] not in heads


def test_what_has_stopped_keeps_its_moment_and_does_not_begin_again(time_machine):
    standing.tell(SOURCE, standing.SPLIT)
    first = standing.standing()
    time_machine.shift(3600)
    for verdict in (standing.SPLIT, standing.BEGUN):
        standing.tell(SOURCE, verdict)
        assert standing.standing() == first


def test_a_mirror_takes_nothing_in(client):
    standing.tell(SOURCE, standing.VALID)
    for path in (
        "/watch/",
        "/notices/N-1/objection/",
        "/en/enquiry/",
        "/platforms/ZS-32-00412-7/report/",
        "/letters/status/",
    ):
        asked = client.get(f"{path}?q=1")
        assert (asked.status_code, asked["Location"]) == (302, f"{SOURCE[:-1]}{path}?q=1")
        answer = client.post(path, {"email": "person@example.org"})
        assert (answer.status_code, SOURCE in answer.content.decode()) == (403, True), path
    answer = client.post("/api/v1/submissions/", {}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "mirror")
    factories.UserFactory(username="operator")
    signing_in = client.post("/accounts/login/", {"login": "operator", "password": "a-good-long-password"})
    assert signing_in.status_code == 302
    assert client.post("/verify/file/", {}).status_code == 400


def test_a_mirror_keeps_what_its_source_has_signed_and_adds_nothing_of_its_own(settings):
    reference.load()
    public_platform()
    call_command("cut_release", "directory", stdout=StringIO())
    (settings.EDITIONS / "upstream-keys.json").write_text(json.dumps(notes.known_keys()))
    (latest,) = settings.EDITIONS.glob("*/latest.note")
    before = latest.read_bytes()
    settings.RELEASE_KEYS = {"release": "66" * 32, "clock": "77" * 32}  # a mirror has keys, too
    assert (state_latest(), latest.read_bytes()) == (0, before)
    with pytest.raises(Conflict):
        cut(kind="directory", by=None)
    assert (public_facts.load()["platforms"], Platform.objects.count()) == (0, 1)


def test_the_check_of_a_mirror_does_not_miss_the_records_of_its_source(settings):
    platform = public_platform()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE platforms_platform SET code = code || '-X'")
    assert "orphan" in {found.kind for found in differences() if found.code == platform.code}
    (settings.EDITIONS / "upstream-keys.json").write_text("{}")
    assert "orphan" not in {found.kind for found in differences()}
