"""What a peer was shown by the same source: the same history, or another one; and peers that are away, behind, or talk nonsense."""

from __future__ import annotations

import json

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from cultivation.releases import changelog, merkle, notes, verify_release
from platforms import standing
from platforms.models import Change, Platform
from registry import gossip, mirror
from tests.registry.test_mirror import mirrored, sealed, source  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db
PEER = "http://peer.example"


@pytest.fixture
def here(source):  # noqa: F811
    """A mirror of three sealed changes."""
    said, rows = source
    mirror.pull(said.__getitem__)
    return said, rows


def entries_here() -> list[bytes]:
    return [changelog.leaf_of(row) for row in Change.objects.order_by("number").values()]


def place_that_tells(entries: list[bytes]) -> mirror.Fetch:
    """A place that was shown these changes, under a checkpoint with the source's own key."""
    hashed = [merkle.leaf(entry) for entry in entries]
    said = {"checkpoint/": sealed(len(entries), hashed)}
    for number, entry in enumerate(entries, start=1):
        steps = [step.hex() for step in merkle.path(hashed, number - 1)]
        note = json.loads(said["checkpoint/"])["note"]
        proof = {
            "number": number,
            "index": number - 1,
            "entry": entry.decode(),
            "path": steps,
            "checkpoint": note,
        }
        said[f"changes/{number}/proof/"] = json.dumps(proof).encode()

    def fetch(path: str) -> bytes:
        if path not in said:
            raise mirror.Absent(path)
        return said[path]

    return fetch


def told_by(fetch: mirror.Fetch) -> str:
    return gossip.compare(gossip.hear(PEER, fetch))


MORE = [b'{"number":4}', b'{"number":5}']


def test_a_peer_with_the_same_history_is_no_alarm_however_far_it_is(here):
    whole = [*entries_here(), *MORE]
    for size in range(1, 6):
        assert told_by(place_that_tells(whole[:size])).startswith("valid: ")
    assert gossip.kept_evidence() == []


def test_a_peer_with_another_history_is_a_split_and_both_signatures_are_kept(here):
    ours, keys = changelog.newest().note, notes.known_keys()
    for rewritten, size in ((1, 1), (1, 3), (1, 4), (2, 2), (2, 3), (2, 5), (3, 3), (3, 4), (3, 5)):
        told = [*entries_here(), *MORE][:size]
        told[rewritten - 1] = b'{"number":0}'
        theirs = place_that_tells(told)
        if size <= 3:  # then its signature is enough
            theirs = {"checkpoint/": theirs("checkpoint/")}.__getitem__
        with pytest.raises(gossip.Split, match="split: http://peer.example: two signed checkpoints"):
            told_by(theirs)
        (place,) = gossip.kept_evidence()
        shown = json.loads(place.read_bytes())
        both = {ours, json.loads(theirs("checkpoint/"))["note"]}
        assert {shown["older"], shown["proof"]["checkpoint"]} == both
        assert (shown["verdict"], shown["peer"]) == ("split", PEER)
        assert verify_release.verify(split=shown, keys=keys)["verdict"] == "split"
        place.unlink()


def lost(path: str) -> bytes:
    raise mirror.Lost("gone")


def short_of_proofs(path: str) -> bytes:
    if path == "checkpoint/":
        return place_that_tells([*entries_here(), *MORE])(path)
    raise mirror.Absent(path)


def of_another_change(path: str) -> bytes:
    return place_that_tells([*entries_here(), *MORE])(path.replace("changes/3/", "changes/2/"))


NONSENSE = {
    "away": (lost, "lost: gone"),
    "nothing sealed": (lambda path: place_that_tells(MORE)("nothing"), "lost: nothing"),
    "a page": (lambda path: b"<html>", "malformed: JSONDecodeError"),
    "a list": (lambda path: b"[]", "malformed: TypeError"),
    "deep": (lambda path: b"[" * 100_000, "malformed: "),
    "no text": (lambda path: b'{"note": "\\ud800"}', "malformed: UnicodeEncodeError"),
    "no note": (lambda path: b'{"note": "x/changes\\n3\\n\\n"}', "tampered: "),
    "no proof": (short_of_proofs, "lost: changes/3/proof/"),
    "another proof": (of_another_change, "unproved: "),
}


def test_what_proves_nothing_raises_no_alarm(here):
    for name, (fetch, said) in NONSENSE.items():
        assert told_by(fetch).startswith(said), name
    assert gossip.kept_evidence() == []


def test_who_has_not_the_sources_key_can_raise_no_alarm(here, settings):
    own = settings.RELEASE_KEYS
    settings.RELEASE_KEYS = {**own, "clock": "77" * 32}
    theirs = place_that_tells([b"another", *entries_here()[1:]])
    settings.RELEASE_KEYS = own
    assert told_by(theirs).startswith("wrong_key: ")
    assert gossip.kept_evidence() == []


def test_a_split_ends_the_command_and_keeps_it_stopped_until_a_person_has_looked(here, monkeypatch, capsys):
    said, rows = here
    monkeypatch.setattr(
        Platform.objects, "exists", lambda: False
    )  # here one database has been the source, too
    told = [b'{"number":0}', *entries_here()[1:]]
    places = {"http://source.example": lost, PEER: place_that_tells(told), "http://away.example": lost}
    monkeypatch.setattr(mirror, "over_http", lambda url, **limits: places[url])
    with pytest.raises(
        CommandError, match="not trusted: split: http://peer.example"
    ):  # with the source lost, too
        call_command("mirror", "http://source.example", peer=["http://away.example", PEER])
    assert "peer http://away.example: lost: gone" in capsys.readouterr().out
    places["http://source.example"] = said.__getitem__
    with pytest.raises(CommandError, match=r"not trusted: split: split-\w+\.json shows two histories"):
        call_command("mirror", "http://source.example")
    assert mirrored() == rows
    assert (standing.standing().verdict, list(settings.EDITIONS.glob("*/latest.note"))) == ("split", [])
    (place,) = gossip.kept_evidence()
    place.rename(settings.EDITIONS / "looked-at.json")
    call_command("mirror", "http://source.example")
    assert (standing.standing().verdict, len(list(settings.EDITIONS.glob("*/latest.note")))) == ("valid", 1)
    assert "at change 3" in capsys.readouterr().out


def a_page(path: str) -> bytes:
    return b"<html>maintenance</html>"


def test_a_page_in_place_of_an_answer_is_a_source_that_is_away_and_no_key(source, monkeypatch, tmp_path):  # noqa: F811
    said, _rows = source
    monkeypatch.setattr(Platform.objects, "exists", lambda: False)
    places = {"http://source.example": a_page}
    monkeypatch.setattr(mirror, "over_http", lambda url, **limits: places[url])
    for _ in range(2):
        with pytest.raises(
            CommandError, match="the source is lost: releases/keys/: this is no list of public keys"
        ):
            call_command("mirror", "http://source.example")
    (tmp_path / "keys.json").write_bytes(said["releases/keys/"])
    with pytest.raises(CommandError, match="the source is lost: the answer is not of a registry"):
        call_command("mirror", "http://source.example", keys=str(tmp_path / "keys.json"))
    places["http://source.example"] = said.__getitem__
    call_command("mirror", "http://source.example")
    (tmp_path / "keys.json").write_text('{"keys": []}')
    with pytest.raises(CommandError, match="this list names no key"):
        call_command("mirror", "http://source.example", keys=str(tmp_path / "keys.json"))
    assert json.loads((settings.EDITIONS / "upstream-keys.json").read_bytes()) == json.loads(
        said["releases/keys/"]
    )
