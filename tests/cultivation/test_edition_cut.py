"""发布版: what is cut can be checked by anyone, and whatever is changed in it is found and named."""

from __future__ import annotations

import base64
import datetime
import hashlib
import io
import json
import random
import shutil
import subprocess
from pathlib import Path

import jsonschema
import pytest
from django.core.management import call_command

from cultivation.actions import edition as verbs
from cultivation.models import Edition
from cultivation.releases import files, merkle, notes, papers, verify_release
from platforms import jobs
from platforms.errors import Conflict, NotPermitted
from platforms.models import Job
from platforms.publish import canonical, publish
from tests.api import V1, public_platform

pytestmark = pytest.mark.django_db
NODE = shutil.which("node")
CODES = 12


@pytest.fixture
def two(settings, tmp_path):
    """Two editions: between them one platform was renamed and one added."""
    settings.EDITIONS = tmp_path / "editions"
    first = [public_platform() for _ in range(CODES)]
    call_command("cut_release", "directory", stdout=io.StringIO())
    first[3].name_zh = "示例·改名的平台"
    first[3].save()
    publish(first[3])
    public_platform()
    call_command("cut_release", "directory", "--note", "第二期", stdout=io.StringIO())
    return list(Edition.objects.order_by("number"))


class Verifiers:
    """Both verifiers, asked the same."""

    def __init__(self) -> None:
        script = Path(__file__).with_name("verify_release.mjs")
        self.node = (
            subprocess.Popen([NODE, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            if NODE
            else None
        )

    def __call__(
        self,
        folder=None,
        proof=None,
        *,
        keys=None,
        latest=None,
        seen=0,
        at=None,
        growth=None,
        split=None,
        **notes_given,
    ) -> dict:
        keys = keys or notes.known_keys()
        at = at or datetime.datetime.now(datetime.UTC)
        told = verify_release.verify(
            folder,
            proof,
            keys=keys,
            latest=latest,
            seen=seen,
            at=at,
            growth=growth,
            split=split,
            **notes_given,
        )
        if self.node:
            asked = {
                "keys": keys,
                "seen": seen,
                "at": at.isoformat(),
                "proof": proof,
                "folder": str(folder or ""),
                "growth": growth,
                "split": split,
            }
            for name, data in {"latest": latest, **notes_given}.items():
                asked[name] = None if data is None else base64.b64encode(data).decode()
            self.node.stdin.write(
                json.dumps({key: item for key, item in asked.items() if item is not None}) + "\n"
            )
            self.node.stdin.flush()
            other = json.loads(self.node.stdout.readline())
            assert other["verdict"] == told["verdict"], (told, other)
            for name in ("file", "line", "first", "version", "entries"):
                if name in told and proof is split is None and told["verdict"] in ("valid", "tampered"):
                    assert other.get(name) == told[name], (told, other)
        return told


@pytest.fixture
def judge():
    verifiers = Verifiers()
    yield verifiers
    if verifiers.node:
        verifiers.node.stdin.close()
        verifiers.node.stdout.close()
        verifiers.node.wait(120)


def latest(edition: Edition) -> bytes:
    return (files.folder_of(edition).parent / "latest.note").read_bytes()


def test_an_edition_holds_everything_and_both_verifiers_find_it_genuine(two, judge):
    old, new = two
    folder = files.folder_of(new)

    assert judge(folder, latest=latest(new)) == {
        "verdict": "valid", "sentence": "genuine and the newest", "version": new.version, "entries": CODES + 1,
    }  # fmt: skip
    assert {path.name for path in folder.iterdir()} == {
        "entries.jsonl", "entries.csv", "entries.xlsx", "entries.pdf", "schema.json", "changes.json", "lines.json", "manifest.json",
        "checkpoint.note", "verify_release.py",
    }  # fmt: skip
    changes = json.loads((folder / "changes.json").read_bytes())
    assert (changes["since"], len(changes["added"]), changes["removed"]) == (old.version, 1, [])
    assert [item["fields"] for item in changes["changed"]] == [["name_zh"]]
    assert new.manifest["previous"]["manifest_sha256"] == old.manifest_sha256
    assert all({"sha256", "sm3", "size"} <= said.keys() for said in new.manifest["files"].values())


def test_a_thousand_changes_are_all_found_and_named(two, judge, tmp_path):
    chance = random.Random(20261123)
    genuine = files.folder_of(two[1])
    names = sorted(path.name for path in genuine.iterdir())
    place = tmp_path / "copy"
    shutil.copytree(genuine, place)
    missed = []
    for turn in range(1000):
        name = chance.choice(["entries.jsonl", "entries.csv", chance.choice(names)])
        before = (genuine / name).read_bytes()
        after = mutated(before, chance)
        (place / name).write_bytes(after)
        told = judge(place)
        if (
            told["verdict"] == "valid"
            or told.get("file") != name
            or not right_line(told, name, before, after)
        ):
            missed.append((turn, name, told))
        (place / name).write_bytes(before)
    assert missed == []
    assert judge(place)["verdict"] == "valid"


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Another content: a byte flipped, added or taken away, or a line deleted, doubled or moved."""
    while True:
        lines, at = data.split(b"\n"), chance.randrange(len(data))
        kind = chance.choice(["flip", "insert", "cut", "end", "delete", "double", "swap"])
        if kind == "flip":
            made = data[:at] + bytes([data[at] ^ (1 << chance.randrange(8))]) + data[at + 1 :]
        elif kind == "insert":
            made = data[:at] + bytes([chance.randrange(256)]) + data[at:]
        elif kind == "cut":
            made = data[:at] + data[at + 1 :]
        elif kind == "end":
            made = data[:at]
        else:
            one, two = chance.randrange(len(lines)), chance.randrange(len(lines))
            if kind == "delete":
                del lines[one]
            elif kind == "double":
                lines.insert(one, lines[one])
            else:
                lines[one], lines[two] = lines[two], lines[one]
            made = b"\n".join(lines)
        if made != data:
            return made


def right_line(told: dict, name: str, before: bytes, after: bytes) -> bool:
    """Of the tables, the first line that differs is named."""
    if name not in ("entries.jsonl", "entries.csv"):
        return True
    old, new = before.split(b"\n"), after.split(b"\n")
    first = next(
        (n for n, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]),
        min(len(old), len(new)),
    )
    return told.get("line") == first + 1


def test_each_attack_has_its_own_verdict(two, judge, tmp_path, settings):
    old, new = two
    now = datetime.datetime.now(datetime.UTC)
    keys = notes.known_keys()

    # rollback: the old edition as the newest, by the statement and by memory
    assert judge(files.folder_of(old), latest=latest(new))["verdict"] == "superseded"
    assert judge(files.folder_of(old), seen=2)["verdict"] == "superseded"
    # freeze: a statement that nobody has renewed
    assert (
        judge(files.folder_of(new), latest=latest(new), at=now + datetime.timedelta(days=8))["verdict"]
        == "stale"
    )
    # mix-and-match: the manifest of one edition in the other, then a table
    mixed = tmp_path / "mixed"
    shutil.copytree(files.folder_of(new), mixed)
    shutil.copy(files.folder_of(old) / "manifest.json", mixed)
    assert judge(mixed)["verdict"] == "mixed"
    shutil.copytree(files.folder_of(new), mixed, dirs_exist_ok=True)
    shutil.copy(files.folder_of(old) / "entries.csv", mixed)
    assert (judge(mixed)["verdict"], judge(mixed)["file"]) == ("tampered", "entries.csv")
    # another's key
    others = {**keys, "keys": [{**key, "public": "11" * 32} for key in keys["keys"]]}
    assert judge(files.folder_of(new), keys=others)["verdict"] == "wrong_key"
    # a key that had ended before it signed; what it signed in its time stays genuine
    ended = {**keys, "keys": [{**key, "until": "2020-01-01T00:00:00+08:00"} for key in keys["keys"]]}
    assert judge(files.folder_of(new), keys=ended)["verdict"] == "retired_key"
    in_time = {
        **keys,
        "keys": [{**key, "until": (now + datetime.timedelta(days=1)).isoformat()} for key in keys["keys"]],
    }
    settings.RELEASE_KEYS = {"release": "22" * 32, "clock": "33" * 32}
    rotated = {**keys, "keys": notes.known_keys()["keys"] + in_time["keys"]}
    assert judge(files.folder_of(new), keys=rotated)["verdict"] == "valid"


def test_every_entry_can_be_proved_and_no_other(two, judge):
    new = two[1]
    codes = json.loads((files.folder_of(new) / "lines.json").read_bytes())["entries.jsonl"]["codes"]
    for code in codes:
        if code:
            proof = files.proof_of(new, code)
            assert judge(proof=proof)["verdict"] == "valid"
    proof = files.proof_of(new, codes[0])
    assert judge(proof={**proof, "entry": proof["entry"].replace("示例", "真实")})["verdict"] == "tampered"
    assert judge(proof={**proof, "index": 1})["verdict"] == "tampered"
    assert files.proof_of(new, "ZS-99-99999-9") is None


@pytest.mark.parametrize("size", [0, 1, 2, 3, 7, 8, 13])
def test_the_tree_is_that_of_the_standard(size):
    leaves = [merkle.leaf(bytes([n])) for n in range(size)]
    top = merkle.root(leaves)
    for index in range(size):
        assert merkle.root_of_path(leaves[index], index, size, merkle.path(leaves, index)) == top
    if size == 3:
        assert top == merkle.node(merkle.node(leaves[0], leaves[1]), leaves[2])


def test_the_release_is_read_checked_and_proved_over_the_api(two, judge, client, tmp_path):
    old, new = two
    listed = client.get(f"{V1}releases/").json()["results"]
    assert [item["version"] for item in listed] == [new.version, old.version]
    assert client.get(f"{V1}releases/directory/latest/")["Location"].endswith(f"/directory/{new.version}/")
    detail = client.get(f"{V1}releases/directory/{new.version}/").json()
    place = tmp_path / "fetched"
    place.mkdir()
    for file in detail["files"]:
        answer = client.get(file["url"].replace("http://localhost:8000", ""))
        assert "immutable" in answer["Cache-Control"]
        again = client.get(
            file["url"].replace("http://localhost:8000", ""), headers={"If-None-Match": answer["ETag"]}
        )
        assert (again.status_code, again["ETag"]) == (304, answer["ETag"])
        (place / file["name"]).write_bytes(b"".join(answer.streaming_content))
    keys = client.get(f"{V1}releases/keys/").json()
    stated = b"".join(client.get(f"{V1}releases/directory/latest.note").streaming_content)
    assert judge(place, keys=keys, latest=stated)["verdict"] == "valid"
    code = client.get(f"{V1}releases/directory/{new.version}/codes/").json()["codes"][0]
    proof = client.get(f"{V1}releases/directory/{new.version}/proofs/{code}/").json()
    assert judge(proof=proof, keys=keys)["verdict"] == "valid"


def test_cutting_goes_on_where_it_was_interrupted_and_gives_the_same_snapshot(
    settings, tmp_path, monkeypatch
):
    settings.EDITIONS = tmp_path / "editions"
    public_platform()
    edition = verbs.cut(kind="directory", by=None)
    job = verbs.job_of(edition)
    settings.FAILPOINTS = ["edition.before_manifest"]
    jobs.run(job.pk)
    assert Edition.objects.get().status == "cutting"
    public_platform()  # published in between: not part of the edition
    settings.FAILPOINTS = []
    Job.objects.update(lease_until=None)
    jobs.run(job.pk)

    edition.refresh_from_db()
    assert (edition.status, edition.entry_count, edition.head) == ("published", 1, 1)
    assert verify_release.verify(files.folder_of(edition), keys=notes.known_keys())["verdict"] == "valid"


def test_an_edition_whose_job_was_stopped_is_finished_by_cutting_again(settings, tmp_path, cast):
    settings.EDITIONS = tmp_path / "editions"
    public_platform()
    edition = verbs.cut(kind="directory", by=cast.ministry_approver)
    with pytest.raises(Conflict):
        verbs.cut(kind="directory", by=cast.ministry_approver)
    settings.FAILPOINTS = ["edition.before_manifest"]
    jobs.run(verbs.job_of(edition).pk)
    settings.FAILPOINTS = []
    jobs.cancel(verbs.job_of(edition))
    public_platform()  # published after the entries were taken

    assert verbs.cut(kind="directory", by=cast.ministry_approver) == edition
    assert jobs.run(verbs.job_of(edition).pk)

    edition.refresh_from_db()
    assert (edition.number, edition.status, edition.entry_count) == (1, "published", 1)
    assert verbs.cut(kind="directory", by=cast.ministry_approver).number == 2


def test_only_who_approves_lists_cuts_an_edition(cast):
    with pytest.raises(NotPermitted):
        verbs.cut(kind="directory", by=cast.ministry_clerk)
    assert verbs.cut(kind="resources", by=cast.ministry_approver).number == 1


def test_the_verifier_stands_alone(two, tmp_path):
    """One file, no package, another folder."""
    new = two[1]
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps(notes.known_keys()))
    script = shutil.copy(files.folder_of(new) / "verify_release.py", tmp_path)
    run = subprocess.run(
        ["python3", "-I", script, files.folder_of(new), "--keys", keys],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert (run.returncode, json.loads(run.stdout)["verdict"]) == (0, "valid")
    # What could not even be read has not been judged, and is told in a sentence.
    keys.write_text("{")
    run = subprocess.run(
        ["python3", "-I", script, files.folder_of(new), "--keys", keys],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert (run.returncode, run.stdout, "keys.json cannot be read" in run.stderr) == (2, "", True)
    assert "Traceback" not in run.stderr


def test_the_edition_on_paper_is_an_archivable_file_in_the_manifest(two):
    new = two[1]
    paper = (files.folder_of(new) / "entries.pdf").read_bytes()
    assert paper.startswith(b"%PDF-")
    assert b"pdfaid" in paper
    assert new.manifest["files"]["entries.pdf"]["size"] == len(paper)
    again = dict(papers.volumes(new, _entries(new), new.entries_root))
    assert again == {"entries.pdf": paper}, "the same bytes whenever it is made"


def test_many_entries_are_bound_in_volumes_and_very_many_are_not_printed(two, monkeypatch):
    new = two[1]
    monkeypatch.setattr(papers, "VOLUME", 5)
    assert [name for name, _paper in papers.volumes(new, _entries(new), "")] == [
        "entries_01.pdf", "entries_02.pdf", "entries_03.pdf",
    ]  # fmt: skip
    monkeypatch.setattr(papers, "MOST_VOLUMES", 2)
    assert list(papers.volumes(new, _entries(new), "")) == []


def test_every_entry_fits_the_schema_of_its_edition(two):
    folder = files.folder_of(two[1])
    schema = json.loads((folder / "schema.json").read_bytes())
    checker = jsonschema.Draft202012Validator(schema)
    checker.check_schema(schema)
    for entry in _entries(two[1]):
        checker.validate(entry)
    with pytest.raises(jsonschema.ValidationError):
        checker.validate({**_entries(two[1])[0], "etag": "x"})


def test_another_sm3_than_the_signed_sha256_goes_with_is_found(two, judge, tmp_path):
    """An issuer who signs two different things at once is told, too."""
    folder = tmp_path / "twofold"
    shutil.copytree(files.folder_of(two[1]), folder)
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["files"]["entries.csv"]["sm3"] = "0" * 64
    raw = canonical(manifest)
    (folder / "manifest.json").write_bytes(raw)
    text = (folder / "checkpoint.note").read_text().partition("\n\n")[0] + "\n"
    text = text.replace(two[1].manifest_sha256, hashlib.sha256(raw).hexdigest())
    (folder / "checkpoint.note").write_bytes(notes.signed(text, notes.key(notes.RELEASE)).encode())
    assert (judge(folder)["verdict"], judge(folder)["file"]) == ("tampered", "entries.csv")


@pytest.mark.parametrize("length", [0, 1, 3, 55, 56, 63, 64, 65, 1000])
def test_the_verifiers_own_sm3_is_that_of_the_standard(length):
    data = bytes(n % 251 for n in range(length))
    assert verify_release.sm3_by_hand(data) == hashlib.new("sm3", data).hexdigest()
    assert verify_release.sm3_by_hand(b"abc").startswith("66c7f0f462eeedd9d1f2d46bdc10e4e2")


def test_the_tree_gives_the_published_values():
    """The eight leaves and roots that implementations of RFC 6962 are tested with."""
    leaves = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ]
    roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]
    hashed = [merkle.leaf(bytes.fromhex(leaf)) for leaf in leaves]
    assert [merkle.root(hashed[: size + 1]).hex() for size in range(8)] == roots
    assert [verify_release.tree(hashed[: size + 1]).hex() for size in range(8)] == roots


def _entries(edition: Edition) -> list[dict]:
    return [
        json.loads(line) for line in (files.folder_of(edition) / "entries.jsonl").read_bytes().splitlines()
    ]
