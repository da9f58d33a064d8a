"""The changes as a log that only grows: what was sealed once is proved to be the beginning of what is sealed later."""

from __future__ import annotations

import io
import itertools
import json
import random
import shutil

import pytest
from django.core.management import call_command
from django.db import connection

from cultivation.actions import checkpoint as verbs
from cultivation.models import Checkpoint, Edition, LogTile
from cultivation.releases import changelog, files, merkle, notes, verify_release
from platforms.errors import Conflict
from platforms.feed import CHANGE_COLUMNS
from platforms.models import Change
from platforms.publish import canonical, head
from registry.verification import differences
from tests.api import V1, problem, public_platform
from tests.cultivation.test_edition_cut import Verifiers

pytestmark = pytest.mark.django_db
LEAVES = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")


@pytest.fixture
def judge():
    verifiers = Verifiers()
    yield verifiers
    if verifiers.node:
        verifiers.node.stdin.close()
        verifiers.node.stdout.close()
        verifiers.node.wait(120)


@pytest.fixture(autouse=True)
def _editions(settings, tmp_path):
    settings.EDITIONS = tmp_path / "editions"


def told(count: int) -> None:
    """So many further changes, as publications leave them."""
    start = head()
    Change.objects.bulk_create(
        Change(number=number, at="2026-11-28T08:00:00.000123+08:00", kind="created", noun="platform", code=f"示例-{number}",
               version=1, title_zh="示例", etag="0" * 64, fields=["name_zh"])
        for number in range(start + 1, start + count + 1)
    )  # fmt: skip


def rewritten(number: int, **values) -> None:
    """What someone with all rights over the database can do."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        Change.objects.filter(number=number).update(**values)
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_proofs_are_those_that_implementations_are_tested_with():
    hashed = [merkle.leaf(bytes.fromhex(leaf)) for leaf in LEAVES]

    def short(first: int, second: int) -> list[str]:
        steps = merkle.consistency(lambda start, end: merkle.root(hashed[start:end]), first, second)
        return [step.hex()[:16] for step in steps]

    assert short(1, 1) == []
    assert short(1, 8) == ["96a296d224f285c6", "5f083f0a1a33ca07", "6b47aaf29ee3c2af"]
    assert short(6, 8) == ["0ebc5d3437fbe2db", "ca854ea128ed050b", "d37ee418976dd957"]
    assert short(2, 5) == ["5f083f0a1a33ca07", "bc1a0643b12e4d2d"]


def test_between_all_sizes_growth_is_proved_and_nothing_else():
    leaves = [merkle.leaf(bytes([n])) for n in range(20)]
    other = [*leaves[:2], merkle.leaf(b"another"), *leaves[3:]]
    roots = [merkle.root(leaves[:size]) for size in range(21)]
    for first, second in itertools.combinations_with_replacement(range(1, 21), 2):
        path = merkle.consistency(lambda start, end: merkle.root(leaves[start:end]), first, second)
        assert verify_release.grows(first, second, roots[first], roots[second], path)
        wrong = merkle.root(other[:first]) if first > 2 else bytes(32)
        assert not verify_release.grows(first, second, wrong, roots[second], path)
        assert not verify_release.grows(first, second, roots[first], bytes(32), path)
        assert not verify_release.grows(first, second, roots[first], roots[second], [*path, bytes(32)])
        if path:
            assert not verify_release.grows(first, second, roots[first], roots[second], path[:-1])


def test_the_tree_of_parts_is_the_tree_of_all_changes():
    told(700)
    leaves = [merkle.leaf(changelog.leaf_of(row)) for row in Change.objects.order_by("number").values()]
    verbs.seal()
    assert LogTile.objects.count() == 2
    tree = changelog.Tree()
    for size in (1, 2, 255, 256, 257, 511, 512, 513, 699, 700):
        assert tree.root(size) == merkle.root(leaves[:size])
        assert merkle.path_in(tree.range, size - 1, 700) == merkle.path(leaves, size - 1)
    with pytest.raises(LookupError):
        tree.root(701)


def test_a_root_over_many_changes_reads_few_rows(django_assert_max_num_queries):
    told(2000)
    verbs.seal()
    with django_assert_max_num_queries(3):
        changelog.proof_of_growth(300, 2000)


def test_who_has_kept_a_checkpoint_is_shown_that_nothing_was_rewritten(client, judge):
    told(300)
    verbs.seal()
    kept = client.get(f"{V1}checkpoint/").json()
    assert (kept["size"], judge(log=kept["note"].encode())) == (
        300, {"verdict": "valid", "sentence": "genuine", "changes": 300},
    )  # fmt: skip
    told(41)
    verbs.seal()
    assert verbs.seal() is None  # nothing new
    now = client.get(f"{V1}checkpoint/").json()
    growth = client.get(f"{V1}checkpoint/consistency/?first=300").json()

    both = {"log": now["note"].encode(), "since": kept["note"].encode()}
    assert judge(growth=growth, **both)["verdict"] == "valid"
    assert judge(**both)["verdict"] == "unproved"
    assert judge(growth={**growth, "first": 299}, **both)["verdict"] == "unproved"
    assert judge(growth={**growth, "path": growth["path"][::-1]}, **both)["verdict"] == "forked"
    assert judge(growth={**growth, "path": growth["path"][:-1]}, **both)["verdict"] == "forked"
    assert judge(log=both["since"], since=both["log"])["verdict"] == "superseded"
    assert judge(log=both["log"].replace(b"341", b"342"))["verdict"] == "tampered"
    others = {
        **notes.known_keys(),
        "keys": [{**key, "public": "11" * 32} for key in notes.known_keys()["keys"]],
    }
    assert judge(log=both["log"], keys=others)["verdict"] == "wrong_key"

    # A third party comes to the same leaf from the feed alone.
    change = client.get(f"{V1}changes/?after=6&limit=1").json()["results"][0]
    proof = client.get(f"{V1}changes/7/proof/").json()
    feed = {name: value for name, value in change.items() if name not in ("display", "url", "html_url")}
    assert proof["entry"].encode() == changelog.leaf_of(feed)
    assert judge(proof=proof) == {"verdict": "valid", "sentence": "genuine", "changes": 341}
    assert (
        judge(proof={**proof, "entry": proof["entry"].replace("示例-7", "示例-8")})["verdict"] == "tampered"
    )


def test_two_histories_are_told_apart_whatever_was_rewritten(judge):
    told(60)
    verbs.seal()
    kept = Checkpoint.objects.get().note.encode()
    told(30)
    for number in random.Random(8).sample(range(1, 61), 12):
        before = Change.objects.get(number=number).title_zh
        rewritten(number, title_zh="示例·改写")
        root = changelog.Tree().root(90)
        text = changelog.text_of(90, root, Checkpoint.objects.get().issued_at)
        forged = notes.signed(text, notes.key(notes.CLOCK)).encode()  # with the genuine key
        growth = changelog.proof_of_growth(60, 90)
        verdict = judge(log=forged, since=kept, growth=growth)
        assert (verdict["verdict"], verdict["first"], verdict["second"]) == ("forked", 60, 90)
        rewritten(number, title_zh=before)


def test_two_checkpoints_of_different_histories_are_a_split_whichever_is_longer(judge):
    """``older`` and the proof that a tree of the newer size gives of its last change: from one history, and from two."""
    told(13)
    at, leaves = Change.objects.get(number=1).at, leaves_here()
    for rewrite in (None, 0, 5, 12):
        others = [
            merkle.leaf(b"another") if index == rewrite else hashed for index, hashed in enumerate(leaves)
        ]
        for first, second in ((1, 1), (1, 13), (4, 13), (6, 7), (8, 13), (12, 13), (13, 13)):
            older = notes.signed(
                changelog.text_of(first, merkle.root(others[:first]), at), notes.key("clock")
            )
            shown = {"older": older, "proof": shown_by(leaves, first, second, at)}
            differs = rewrite is not None and rewrite < first
            assert judge(split=shown)["verdict"] == ("split" if differs else "valid"), (
                rewrite,
                first,
                second,
            )
    assert judge(split={**shown, "proof": shown_by(leaves, 12, 13, at)})["verdict"] == "unproved"
    tampered = {**shown["proof"], "entry": "{}"}
    assert judge(split={**shown, "proof": tampered})["verdict"] == "tampered"
    assert judge(split={**shown, "older": older.replace("13", "12")})["verdict"] == "tampered"


def leaves_here() -> list[bytes]:
    return [merkle.leaf(changelog.leaf_of(row)) for row in Change.objects.order_by("number").values()]


def shown_by(leaves: list[bytes], number: int, size: int, at) -> dict:
    """The answer of ``changes/<number>/proof/`` under a checkpoint of ``size``."""
    note = notes.signed(changelog.text_of(size, merkle.root(leaves[:size]), at), notes.key("clock"))
    entry = changelog.leaf_of(Change.objects.values(*CHANGE_COLUMNS).get(number=number)).decode()
    steps = [step.hex() for step in merkle.path(leaves[:size], number - 1)]
    return {"index": number - 1, "entry": entry, "path": steps, "checkpoint": note}


def test_over_a_rewritten_feed_nothing_is_signed_and_the_check_names_it():
    told(520)
    verbs.seal()
    assert list(item for item in differences() if item.kind == "log") == []
    rewritten(300, decision="示例〔2026〕1号")
    told(1)
    found = [str(item) for item in differences() if item.kind == "log"]
    assert found == [
        "log: 257–512: these changes are not those that were sealed",
        "log: 520: the changes do not lead to the root that was signed",
    ]
    rewritten(300, decision="")
    rewritten(515, decision="示例〔2026〕1号")
    with pytest.raises(Conflict):
        verbs.seal()
    assert Checkpoint.objects.count() == 1


def test_an_edition_carries_the_proof_since_the_one_before(judge, tmp_path):
    for count in (3, 2, 1):
        for _ in range(count):
            public_platform()
        call_command("cut_release", "directory", stdout=io.StringIO())
    first, second, third = Edition.objects.order_by("number")
    since = {
        edition.number: (files.folder_of(edition) / files.CHECKPOINT).read_bytes()
        for edition in (first, second)
    }
    folder = files.folder_of(third)
    assert third.manifest["log"]["size"] == third.head == 6
    assert judge(folder, since=since[2])["verdict"] == "valid"
    assert judge(folder, since=since[1])["verdict"] == "unproved"
    growth = changelog.proof_of_growth(first.head, third.head)
    assert judge(folder, since=since[1], growth=growth)["verdict"] == "valid"
    assert (
        judge(files.folder_of(second), since=(folder / files.CHECKPOINT).read_bytes())["verdict"]
        == "superseded"
    )

    # another history under the next edition, signed with the genuine key
    rewritten(1, title_zh="示例·改写")
    forked = tmp_path / "forked"
    shutil.copytree(folder, forked)
    manifest = {**third.manifest, "log": files._log(third)}
    raw = canonical(manifest)
    (forked / files.MANIFEST).write_bytes(raw)
    text = files._checkpoint(
        third,
        third.entry_count,
        bytes.fromhex(third.entries_root),
        verify_release.hashlib.sha256(raw).hexdigest(),
        manifest["log"],
    )
    (forked / files.CHECKPOINT).write_bytes(notes.signed(text, notes.key(notes.RELEASE)).encode())
    assert judge(forked)["verdict"] == "valid"  # in itself it is whole
    assert judge(forked, since=since[2])["verdict"] == "forked"
    assert json.loads(raw)["log"]["since"]["size"] == second.head


def test_what_cannot_be_proved_is_refused_by_name(client):
    assert problem(client.get(f"{V1}checkpoint/"), 404)
    told(10)
    verbs.seal()
    for query, name in (("first=0", "first"), ("first=11&second=10", "first"), ("first=1&second=11", "second"), ("first=1&second=", "second"),
                        ("", "first"), ("first=1&x=1", "x")):  # fmt: skip
        body = problem(client.get(f"{V1}checkpoint/consistency/?{query}"), 400)
        assert [error["parameter"] for error in body["errors"]] == [name], query
    assert client.get(f"{V1}changes/11/proof/").status_code == 404
    assert client.get(f"{V1}checkpoint/").headers["ETag"]
