"""Losing the source after any number of answers, and a source that lies: the mirror stays what the source once was."""

from __future__ import annotations

import datetime
import json

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client

from cultivation.actions import checkpoint as checkpoints
from cultivation.models import Checkpoint
from cultivation.releases import changelog, merkle, notes, verify_release
from platforms.models import Change, PastPlatform, Platform, PublicPlatform
from platforms.publish import head, publish
from registry import mirror
from registry.verification import differences
from tests import factories
from tests.api import public_platform

pytestmark = pytest.mark.django_db


def recorded(client: Client) -> mirror.Fetch:
    def fetch(path: str) -> bytes:
        answer = client.get(f"/api/v1/{path}")
        if answer.status_code == 404:
            raise mirror.Absent(path)
        if answer.status_code != 200:
            raise mirror.Lost(str(answer.status_code))
        return b"".join(answer.streaming_content) if answer.streaming else answer.content

    return fetch


@pytest.fixture
def source(settings, tmp_path):
    """Everything a source says, by address; then its database is emptied, so that what is read afterwards is the mirror."""
    settings.EDITIONS = tmp_path / "source"
    settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]["anon"] = None
    for _ in range(3):
        public_platform()
    call_command("cut_release", "directory")
    said = all_said()
    rows = list(PublicPlatform.objects.order_by("code").values("code", "document", "etag", "version"))
    empty()
    settings.EDITIONS = tmp_path / "mirror"
    return said, rows


def all_said() -> dict[str, bytes]:
    said: dict[str, bytes] = {}
    live = recorded(Client())
    first = "releases/?ordering=number&page_size=200"
    for path in ("releases/keys/", first, "releases/directory/latest.note", "checkpoint/", "changes/?limit=1", "changes/?after=0&limit=500",
                 f"changes/?after={head() - 1}&limit=500", "records/?noun=platform&since=0", *(f"records/?noun={noun}" for noun in mirror.NOUNS if noun != "platform")):  # fmt: skip
        said[path] = live(path)
    for edition in json.loads(said[first])["results"]:
        place = f"releases/{edition['kind']}/{edition['version']}/"
        said[place] = live(place)
        for file in json.loads(said[place])["files"]:
            said[f"{place}files/{file['name']}"] = live(f"{place}files/{file['name']}")
    return said


def empty() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table in (
            "public_change",
            "public_search",
            "public_resource",
            "public_platform",
            "public_platform_past",
            "cultivation_edition",
            "cultivation_logtile",
            "cultivation_checkpoint",
        ):
            cursor.execute(f"DELETE FROM {table}")
        cursor.execute("SET LOCAL session_replication_role = origin")


def mirrored() -> list[dict]:
    return list(PublicPlatform.objects.order_by("code").values("code", "document", "etag", "version"))


def test_the_source_may_be_lost_after_any_answer(source):
    said, rows = source
    for allowed in range(60):
        left = [allowed]

        def fetch(path: str, left=left) -> bytes:
            if left[0] == 0:
                raise mirror.Lost("gone")
            left[0] -= 1
            return said[path]

        try:
            mirror.pull(fetch)
        except mirror.Lost:
            assert mirrored() in ([], rows)  # all of a moment of the source, or nothing
            assert Change.objects.count() == head()
        else:
            break
    assert (mirrored(), head()) == (rows, 3)
    assert allowed > 10


@pytest.mark.parametrize("lie", ["document", "edition", "gap", "older"])
def test_a_source_that_lies_is_not_believed(source, lie):
    said, rows = source
    if lie == "document":
        said["records/?noun=platform&since=0"] = said["records/?noun=platform&since=0"].replace(
            "示例".encode(), "真实".encode()
        )
    elif lie == "edition":
        place = next(path for path in said if path.endswith("files/entries.jsonl"))
        said[place] = said[place].replace(b'"version":1', b'"version":2', 1)
    elif lie == "gap":
        body = json.loads(said["changes/?after=0&limit=500"])
        del body["results"][1]
        said["changes/?after=0&limit=500"] = json.dumps(body).encode()
    else:
        mirror.pull(said.__getitem__)
        said["changes/?after=2&limit=500"] = json.dumps({"head": 2, "results": []}).encode()

    with pytest.raises(mirror.NotTrusted):
        mirror.pull(said.__getitem__)
    assert mirrored() == (rows if lie == "older" else [])
    assert Platform.objects.count() == 3


def told(said: dict[str, bytes], path: str, change) -> None:
    """The source says something else at an address from now on."""
    body = json.loads(said[path])
    change(body)
    said[path] = json.dumps(body).encode()


FIRST = "releases/?ordering=number&page_size=200"


@pytest.mark.parametrize(
    ("path", "change", "sentence"),
    [
        (FIRST, lambda body: body["results"][0].update(manifest_sha256="0" * 64), "two histories"),
        (FIRST, lambda body: body.update(results=[]), "gone back"),
        (
            "changes/?after=2&limit=500",
            lambda body: body["results"][0].update(etag="0" * 64),
            "two histories",
        ),
        ("changes/?after=2&limit=500", lambda body: body.update(head=2, results=[]), "gone back"),
    ],
    ids=[
        "another edition under one number",
        "an edition less",
        "another change under one number",
        "a shorter feed",
    ],
)
def test_a_mirror_is_a_witness_and_raises_the_alarm_at_a_fork(source, path, change, sentence):
    said, rows = source
    mirror.pull(said.__getitem__)
    told(said, path, change)
    with pytest.raises(mirror.NotTrusted, match=sentence):
        mirror.pull(said.__getitem__)
    assert mirrored() == rows
    assert head() == 3


@pytest.fixture
def changed_source(settings, tmp_path, time_machine):
    """A source whose records have been replaced, one of them while it named a person; what it says of a day before that."""
    settings.EDITIONS = tmp_path / "source"
    settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]["anon"] = None
    time_machine.move_to("2026-03-01T12:00:00+08:00", tick=False)
    platforms = [public_platform(name_zh=f"示例·{number}") for number in range(2)]
    factories.contact(platforms[0])
    publish(platforms[0])
    time_machine.move_to("2026-03-03T12:00:00+08:00", tick=False)
    for platform in platforms:
        Platform.objects.filter(pk=platform.pk).update(name_zh="示例·改名")
        publish(platform)
    call_command("cut_release", "directory")
    said, then = all_said(), on_the_first_day()
    empty()
    settings.EDITIONS = tmp_path / "mirror"
    return said, then


def on_the_first_day() -> list:
    answer = Client().get("/api/v1/platforms/?as_of=2026-03-01&q=示例&facets=tier").json()
    return [answer, *(Client().get(f"/api/v1/platforms/{item['code']}/?as_of=2026-03-01").json() for item in answer["results"])]  # fmt: skip


def test_a_mirror_answers_for_days_before_it_began(changed_source):
    said, then = changed_source

    mirror.pull(said.__getitem__)

    assert on_the_first_day() == then
    assert then[0]["count"] == 2
    assert {item["name_zh"] for item in then[0]["results"]} == {"示例·0", "示例·1"}
    assert [difference for difference in differences() if difference.kind == "past"] == []


@pytest.mark.parametrize(
    "lie", [{"etag": "0" * 64}, {"version": 5}, {"document": {"name_zh": "示例·从未有过"}}]
)
def test_a_past_that_was_never_published_is_not_believed(changed_source, lie):
    said, _then = changed_source
    told(said, "records/?noun=platform&since=0", lambda body: body["results"][1]["past"][0].update(lie))

    with pytest.raises(mirror.NotTrusted):
        mirror.pull(said.__getitem__)
    assert (PastPlatform.objects.count(), head()) == (0, 0)


def sealed(size: int, leaves: list[bytes]) -> bytes:
    """A checkpoint with the source's own key: over what it likes."""
    at = datetime.datetime(2026, 11, 28, 8, tzinfo=datetime.UTC)
    text = changelog.text_of(size, merkle.root(leaves[:size]), at)
    return json.dumps({"note": notes.signed(text, notes.key(notes.CLOCK))}).encode()


def growth(leaves: list[bytes], first: int, second: int) -> bytes:
    steps = merkle.consistency(lambda start, end: merkle.root(leaves[start:end]), first, second)
    return json.dumps({"first": first, "second": second, "path": [step.hex() for step in steps]}).encode()


def leaves_here() -> list[bytes]:
    return [merkle.leaf(changelog.leaf_of(row)) for row in Change.objects.order_by("number").values()]


def test_a_mirror_keeps_and_hands_on_what_its_source_has_sealed(source):
    said, _rows = source
    mirror.pull(said.__getitem__)
    kept = Checkpoint.objects.get()
    assert (kept.size, json.loads(said["checkpoint/"])["note"]) == (3, kept.note)
    assert Client().get("/api/v1/checkpoint/").json() == json.loads(said["checkpoint/"])
    assert checkpoints.seal() is None  # it signs nothing itself


def test_a_mirror_notices_that_the_past_was_rewritten_before_it_takes_anything_over(source, settings):
    said, rows = source
    mirror.pull(said.__getitem__)
    genuine = leaves_here()
    said["checkpoint/"] = sealed(4, [*genuine, merkle.leaf(b"fourth")])
    said["checkpoint/consistency/?first=3&second=4"] = growth([*genuine, merkle.leaf(b"fourth")], 3, 4)
    mirror.witness(said.__getitem__)  # the source has gone on
    forged = [genuine[0], merkle.leaf(b"another past"), genuine[2], merkle.leaf(b"fourth")]
    said["checkpoint/"] = sealed(4, forged)
    said["checkpoint/consistency/?first=3&second=4"] = growth(forged, 3, 4)
    with pytest.raises(mirror.NotTrusted, match="two histories"):
        mirror.pull(said.__getitem__)
    (place,) = settings.EDITIONS.glob("fork-*.json")
    shown = json.loads(place.read_bytes())
    both = {"log": shown["theirs"].encode(), "since": shown["ours"]["note"].encode()}
    keys = json.loads(said["releases/keys/"])
    assert verify_release.verify(**both, keys=keys, growth=shown["proof"])["verdict"] == "forked"
    assert (mirrored(), head()) == (rows, 3)


@pytest.mark.parametrize("lie", ["another root", "another key", "shorter", "gone", "no note"])
def test_a_checkpoint_that_does_not_fit_is_not_believed(source, lie, settings):
    said, rows = source
    if lie in ("shorter", "gone"):
        mirror.pull(said.__getitem__)
    genuine = leaves_here() or [merkle.leaf(bytes([n])) for n in range(3)]
    if lie == "another key":
        settings.RELEASE_KEYS = {**settings.RELEASE_KEYS, "clock": "77" * 32}
    said["checkpoint/"] = {
        "another root": lambda: sealed(3, genuine),
        "another key": lambda: sealed(3, genuine),
        "shorter": lambda: sealed(2, genuine),
        "gone": lambda: b"",
        "no note": lambda: b'{"note": "x/changes\\n3\\n\\n"}',
    }[lie]()

    def fetch(path: str) -> bytes:
        if lie == "gone" and path == "checkpoint/":
            raise mirror.Absent(path)
        return said[path]

    with pytest.raises(mirror.NotTrusted):
        mirror.pull(fetch)
    assert mirrored() == (rows if lie in ("shorter", "gone") else [])


OUTSIDE = [
    (FIRST, lambda body: body["results"][0].update(version="../../outside")),
    (FIRST, lambda body: body["results"][0].update(kind="../outside")),
    ("files", lambda body: body["files"][0].update(name="../outside")),
    ("files", lambda body: body["files"][0].update(name="..")),
]


@pytest.mark.parametrize(("where", "change"), OUTSIDE, ids=["a version", "a kind", "a file", "a folder"])
def test_no_name_the_source_tells_leads_out_of_the_folder_of_editions(source, settings, where, change):
    said, _rows = source
    place = where if where in said else next(path for path in said if path.startswith("releases/directory/v"))
    told(said, place, change)
    asked: list[str] = []

    def fetch(path: str) -> bytes:
        asked.append(path)
        return said.get(path, b'{"files": []}')

    with pytest.raises(mirror.NotTrusted, match="outside|'..'"):
        mirror.pull(fetch)
    assert not list(settings.EDITIONS.parent.rglob("*outside*"))
    assert not any("outside" in path for path in asked)


def test_a_list_that_leads_back_to_itself_has_an_end(source):
    said, _rows = source
    told(said, FIRST, lambda body: body.update(next=f"http://source.example/api/v1/{FIRST}"))
    with pytest.raises(mirror.NotTrusted, match="leads back"):
        mirror.pull(said.__getitem__)


@pytest.mark.parametrize("shape", ["[]", "{}", '{"results":[7],"next":null,"head":"x"}'])
def test_an_answer_of_another_shape_is_a_source_that_is_away(source, monkeypatch, shape):
    """At every address, one after the other: a sentence, nothing taken over, and the next round starts again."""
    said, _rows = source
    monkeypatch.setattr(Platform.objects, "exists", lambda: False)
    for path in said:
        if "/files/" in path or path.endswith("latest.note"):
            continue  # of these every byte is verified
        strange = {**said, path: shape.encode()}
        monkeypatch.setattr(mirror, "over_http", lambda url, strange=strange, **limits: strange.__getitem__)
        with pytest.raises(CommandError, match="the source is lost|not trusted"), transaction.atomic():
            call_command("mirror", "http://source.example")
        assert (mirrored(), head()) == ([], 0)
