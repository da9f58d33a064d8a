#!/usr/bin/env python3
"""Check an edition of the registry without the registry: no network, no installation, Python 3.9 or later alone.

    python3 verify_release.py FOLDER --keys keys.json [--latest latest.note] [--seen 3] [--at 2026-11-23T00:00:00+08:00]
    python3 verify_release.py FOLDER --keys keys.json --since older.note [--growth growth.json]
    python3 verify_release.py --proof proof.json --keys keys.json
    python3 verify_release.py --log newer.note --keys keys.json [--since older.note --growth growth.json]
    python3 verify_release.py --split split.json --keys keys.json

FOLDER holds the files of one edition. ``keys.json`` is the list of the registry's public keys; take it once from a source you
trust and keep it. ``latest.note`` is the registry's daily statement of which edition is the newest; ``--seen`` is the highest
number you have seen yourself. ``--since`` is a checkpoint you kept, of an older edition or of the changes (``/api/v1/checkpoint/``):
that nothing before it was rewritten is proved by the edition itself if it followed that one, otherwise by ``--growth``, the answer of
``/api/v1/checkpoint/consistency/?first=…&second=…``. ``--split`` is what a mirror kept when its source had told others another history: the ``older``
of two checkpoints, and as ``proof`` the answer of ``/api/v1/changes/<size of the older>/proof/`` with the newer one. One JSON object is printed; the exit status is 0 for a genuine edition
(or entry), 1 for any other verdict, 2 when a file could not be read and nothing was judged.

Verdicts: valid (genuine; and the newest, if a statement was given) · superseded (genuine, but there is a newer one: rollback) ·
stale (genuine, but the statement has expired: whether it is the newest cannot be told: freeze) · mixed (files of different
editions) · tampered (changed; ``first`` names the first entry or line that differs) · wrong_key (signed by nobody we know) ·
retired_key (signed with a key after its end) · forked (what was signed before is not the beginning of what is signed now: two histories) ·
split (two signed checkpoints that cannot both be true: the same key has told different people different histories) ·
unproved (the proof of that is not at hand) · malformed (not an edition at all).
"""

import argparse
import base64
import datetime
import hashlib
import json
import sys
from pathlib import Path

MOST = 512 * 1024 * 1024  # no file of an edition is larger; endless data is refused


class Wrong(Exception):
    def __init__(self, verdict, sentence, **more):
        super().__init__(sentence)
        self.told = {"verdict": verdict, "sentence": sentence, **more}


# --- Ed25519 (RFC 8032), verification only -------------------------------------------------------------------------
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def _x(y, sign):
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        raise ValueError("not a point")
    return P - x if x & 1 != sign else x


def _point(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= P:
        raise ValueError("not a point")
    x = _x(y, sign)
    return (x, y, 1, x * y % P)


def _add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def _times(n, p):
    q = (0, 1, 1, 0)
    while n:
        if n & 1:
            q = _add(q, p)
        p, n = _add(p, p), n >> 1
    return q


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE = (_x(BASE_Y, 0), BASE_Y, 1, _x(BASE_Y, 0) * BASE_Y % P)


def signature_holds(public, signature, message):
    try:
        a, r = _point(public), _point(signature[:32])
    except ValueError:
        return False
    s = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    left, right = _times(s, BASE), _add(r, _times(k, a))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (
        left[1] * right[2] - right[1] * left[2]
    ) % P == 0


# --- notes and trees -----------------------------------------------------------------------------------------------


def note(data, keys, use, file):
    """The lines of a signed note. Signatures of unknown keys are passed over; one of ours has to hold."""
    changed = Wrong("tampered", f"{file} was changed", file=file)
    try:
        text, empty, tail = data.decode().rpartition("\n\n")
    except UnicodeDecodeError:
        raise changed from None
    signatures = tail.split("\n")
    if not empty or signatures.pop() != "" or not signatures or len(set(signatures)) != len(signatures):
        raise changed
    lines, body, retired, named = text.split("\n"), (text + "\n").encode(), None, 0
    for line in signatures:
        mark, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        try:
            raw = base64.b64decode(encoded, validate=True)
        except ValueError:
            raise changed from None
        if mark != "—" or not name or not encoded or base64.b64encode(raw).decode() != encoded:
            raise changed
        for key in keys["keys"]:
            public = bytes.fromhex(key["public"])
            known = hashlib.sha256(key["name"].encode() + b"\n\x01" + public).digest()[:4]
            if key["use"] != use or key["name"] != name or raw[:4] != known:
                continue
            named += 1
            if not signature_holds(public, raw[4:], body):
                continue
            issued = value(lines, "issued")
            if key.get("until") and moment(issued) > moment(key["until"]):
                retired = f"signed at {issued} with a key that ended at {key['until']}"
                continue
            return lines
    if retired:
        raise Wrong("retired_key", retired, file=file)
    if named:
        raise changed
    raise Wrong("wrong_key", f"{file} carries no signature of a key in your list", file=file)


def value(lines, name):
    for line in lines:
        word, _, rest = line.partition(" ")
        if word == name:
            return rest
    raise Wrong("malformed", f"the note does not say “{name}”")


def moment(text):
    try:
        return datetime.datetime.fromisoformat(text)
    except ValueError:
        raise Wrong("malformed", f"“{text[:40]}” is no time") from None


def leaf(data):
    return hashlib.sha256(b"\x00" + data).digest()


def tree(level):
    if not level:
        return hashlib.sha256(b"").digest()
    while len(level) > 1:
        pairs = [
            hashlib.sha256(b"\x01" + level[i] + level[i + 1]).digest() for i in range(0, len(level) - 1, 2)
        ]
        level = pairs + level[len(level) & ~1 :]
    return level[0]


def root_of_path(hashed, index, size, proof):
    inner, last = index, size - 1
    for step in proof:
        if last == 0:
            return None
        if inner & 1 or inner == last:
            hashed = hashlib.sha256(b"\x01" + step + hashed).digest()
            while inner and not inner & 1:
                inner, last = inner >> 1, last >> 1
        else:
            hashed = hashlib.sha256(b"\x01" + hashed + step).digest()
        inner, last = inner >> 1, last >> 1
    return hashed if last == 0 else None


def grows(first, second, older, newer, path):
    """Whether the tree of ``first`` leaves with root ``older`` is the beginning of that of ``second`` (RFC 9162, 2.1.4.2)."""
    if first == second:
        return older == newer and not path
    steps = ([older] if first & (first - 1) == 0 else []) + path
    inner, last = first - 1, second - 1
    while inner & 1:
        inner, last = inner >> 1, last >> 1
    if not steps:
        return False
    was = now = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if inner & 1 or inner == last:
            was = hashlib.sha256(b"\x01" + step + was).digest()
            now = hashlib.sha256(b"\x01" + step + now).digest()
            while inner and not inner & 1:
                inner, last = inner >> 1, last >> 1
        else:
            now = hashlib.sha256(b"\x01" + now + step).digest()
        inner, last = inner >> 1, last >> 1
    return last == 0 and was == older and now == newer


def root_up_to(hashed, index, size, proof):
    """The root of all leaves up to this one: what joins it from the left on its way through a tree of ``size``."""
    inner, last = index, size - 1
    for step in proof:
        if inner & 1 or inner == last:
            hashed = hashlib.sha256(b"\x01" + step + hashed).digest()
            while inner and not inner & 1:
                inner, last = inner >> 1, last >> 1
        inner, last = inner >> 1, last >> 1
    return hashed


# --- SM3 (GB/T 32905), for an interpreter whose hashlib has none ---------------------------------------------------
WORD = 0xFFFFFFFF
SM3_START = (0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E)


def sm3(data):
    try:
        return hashlib.new("sm3", data).hexdigest()
    except ValueError:
        return sm3_by_hand(data)


def sm3_by_hand(data):
    state = SM3_START
    padded = data + b"\x80" + bytes((55 - len(data)) % 64) + (len(data) * 8).to_bytes(8, "big")
    for at in range(0, len(padded), 64):
        state = _sm3_block(state, padded[at : at + 64])
    return "".join(f"{word:08x}" for word in state)


def _turn(word, by):
    by %= 32
    return (word << by | word >> (32 - by)) & WORD


def _sm3_block(state, block):
    w = [int.from_bytes(block[at : at + 4], "big") for at in range(0, 64, 4)]
    for j in range(16, 68):
        x = w[j - 16] ^ w[j - 9] ^ _turn(w[j - 3], 15)
        w.append(x ^ _turn(x, 15) ^ _turn(x, 23) ^ _turn(w[j - 13], 7) ^ w[j - 6])
    a, b, c, d, e, f, g, h = state
    for j in range(64):
        early = j < 16
        one = _turn(_turn(a, 12) + e + _turn(0x79CC4519 if early else 0x7A879D8A, j) & WORD, 7)
        ff = a ^ b ^ c if early else a & b | a & c | b & c
        gg = e ^ f ^ g if early else e & f | ~e & g
        tt1 = ff + d + (one ^ _turn(a, 12)) + (w[j] ^ w[j + 4]) & WORD
        tt2 = gg + h + one + w[j] & WORD
        a, b, c, d = tt1, a, _turn(b, 9), c
        e, f, g, h = tt2 ^ _turn(tt2, 9) ^ _turn(tt2, 17), e, _turn(f, 19), g
    after = (a, b, c, d, e, f, g, h)
    return tuple(state[i] ^ after[i] for i in range(8))


# --- an edition ----------------------------------------------------------------------------------------------------


def read(folder, name):
    path = folder / name
    if not path.is_file():
        raise Wrong("tampered", f"{name} is missing", file=name)
    if path.stat().st_size > MOST:
        raise Wrong("malformed", f"{name} is too large to be part of an edition", file=name)
    return path.read_bytes()


def check_folder(folder, keys):
    """What the edition says of itself, after every byte of it has been checked."""
    lines = note(read(folder, "checkpoint.note"), keys, "release", "checkpoint.note")
    raw = read(folder, "manifest.json")
    if "sha256:" + hashlib.sha256(raw).hexdigest() != value(lines, "manifest"):
        other = _version_of(raw)
        if other and other != value(lines, "version"):
            raise Wrong(
                "mixed",
                f"the manifest is of {other}, the checkpoint of {value(lines, 'version')}",
                file="manifest.json",
            )
        raise Wrong("tampered", "the manifest is not the one that was signed", file="manifest.json")
    manifest = json.loads(raw)
    digests, national = {}, {}
    for name, said in manifest["files"].items():
        data = read(folder, name)
        digests[name] = hashlib.sha256(data).hexdigest()
        if digests[name] == said["sha256"]:
            national[name] = sm3(data) if "sm3" in said else None
        if digests[name] != said["sha256"] and name == "lines.json":
            raise Wrong("tampered", "lines.json was changed", file=name)
    listed = json.loads(read(folder, "lines.json"))
    for name, said in manifest["files"].items():
        if digests[name] != said["sha256"]:
            _name_difference(folder, name, listed, manifest)
    for name, said in manifest["files"].items():
        if national[name] != said.get("sm3"):
            raise Wrong("tampered", f"{name} has the SHA-256 that was signed and another SM3", file=name)
    for name in sorted(item.name for item in folder.iterdir()):
        if name not in manifest["files"] and name not in (
            "manifest.json",
            "checkpoint.note",
            "latest.note",
            "keys.json",
        ):
            raise Wrong("tampered", f"{name} does not belong to this edition", file=name)
    entries = read(folder, "entries.jsonl").split(b"\n")[:-1]
    if lines[1] != str(len(entries)) or base64.b64decode(lines[2]) != tree(
        [leaf(entry) for entry in entries]
    ):
        raise Wrong("tampered", "the entries do not lead to the signed root", file="entries.jsonl")
    return lines, manifest


def _version_of(raw):
    try:
        return json.loads(raw)["version"]
    except (ValueError, KeyError, TypeError):
        return None


def _name_difference(folder, name, listed, manifest):
    data = read(folder, name)
    expected = listed.get(name)
    if expected is None:
        raise Wrong("tampered", f"{name} was changed", file=name)
    lines = data.split(b"\n")
    for number, line in enumerate(lines):
        if number >= len(expected["hashes"]):
            raise Wrong("tampered", f"{name}: line {number + 1} was added", file=name, line=number + 1)
        if hashlib.sha256(line).hexdigest()[:16] != expected["hashes"][number]:
            code = expected["codes"][number] if number < len(expected["codes"]) else ""
            raise Wrong(
                "tampered",
                f"{name}: line {number + 1} ({code or 'no entry'}) differs",
                file=name,
                line=number + 1,
                first=code,
            )
    code = expected["codes"][len(lines)] if len(lines) < len(expected["codes"]) else ""
    raise Wrong(
        "tampered",
        f"{name}: line {len(lines) + 1} ({code or 'no entry'}) is missing",
        file=name,
        line=len(lines) + 1,
        first=code,
    )


def check_latest(lines, data, keys, at, seen):
    """Whether the edition is the newest, from the registry's own statement and from what the caller has seen."""
    number = int(value(lines, "number"))
    if data is not None:
        told = note(data, keys, "clock", "latest.note")
        newest = int(value(told, "number"))
        if newest < seen:
            raise Wrong("superseded", f"the statement names edition {newest}, you have seen {seen}: rollback")
        if number < newest:
            raise Wrong(
                "superseded",
                f"genuine, but edition {newest} ({value(told, 'version')}) is newer",
                version=value(lines, "version"),
                newest=value(told, "version"),
            )
        if number == newest and value(told, "version") != value(lines, "version"):
            raise Wrong("mixed", "two editions with one number")
        if at > moment(value(told, "expires")):
            raise Wrong(
                "stale",
                f"the statement ended at {value(told, 'expires')}: cannot tell whether this is the newest",
                version=value(lines, "version"),
            )
    elif number < seen:
        raise Wrong(
            "superseded",
            f"this is edition {number}, you have seen {seen}: rollback",
            version=value(lines, "version"),
        )


def state_of_log(data, keys):
    """How many changes were sealed and their root, as a checkpoint of the changes or of an edition says."""
    if data.partition(b"\n")[0].endswith(b"/changes"):
        lines = note(data, keys, "clock", "checkpoint of the changes")
        return int(lines[1]), base64.b64decode(lines[2], validate=True)
    size, _, root = value(note(data, keys, "release", "checkpoint.note"), "log").partition(" ")
    return int(size), base64.b64decode(root, validate=True)


def check_growth(older, newer, path):
    """Nothing that was signed before has been rewritten; ``path`` is ``None`` when no proof is at hand."""
    (first, was), (second, now) = older, newer
    if first > second:
        raise Wrong(
            "superseded", f"you have seen {first} changes sealed, this seals {second}: rollback", seen=first
        )
    if first == 0 or (first, was) == (second, now):
        return
    if first < second and path is None:
        raise Wrong("unproved", f"a proof from {first} to {second} changes is needed (--growth)")
    if len(path or []) > 128 or not grows(first, second, was, now, path or []):
        raise Wrong(
            "forked",
            f"the {first} changes sealed before are not the beginning of the {second} sealed now: two histories",
            first=first,
            second=second,
        )


def path_between(older, newer, manifest, growth):
    """The proof at hand from one size to the other: what was fetched, or what the edition carries of the one before it."""
    if growth is not None:
        if (growth["first"], growth["second"]) != (older[0], newer[0]):
            raise Wrong("unproved", f"the proof is from {growth['first']} to {growth['second']} changes")
        return [bytes.fromhex(step) for step in growth["path"]]
    since = (manifest.get("log") or {}).get("since")
    return [bytes.fromhex(step) for step in since["path"]] if since and since["size"] == older[0] else None


def check_log(manifest, newer, since, keys, growth):
    if since is not None:
        older = state_of_log(since, keys)
        check_growth(older, newer, path_between(older, newer, manifest, growth))


def check_proof(proof, keys):
    of_changes = proof["checkpoint"].partition("\n")[0].endswith("/changes")
    use = "clock" if of_changes else "release"
    lines = note(proof["checkpoint"].encode(), keys, use, "checkpoint.note")
    hashed, index, size = leaf(proof["entry"].encode()), proof["index"], int(lines[1])
    if not isinstance(index, int) or not 0 <= index < size or len(proof["path"]) > 64:
        raise Wrong("malformed", "the place of the entry is impossible")
    found = root_of_path(hashed, index, size, [bytes.fromhex(step) for step in proof["path"]])
    if found != base64.b64decode(lines[2]):
        raise Wrong(
            "tampered", "the entry is not in the edition", first=json.loads(proof["entry"]).get("code", "")
        )
    return lines


def check_split(shown, keys):
    """How many changes two checkpoints have in common; the path of the last of them shows what the newer one begins with."""
    (size, was), proof = state_of_log(shown["older"].encode(), keys), shown["proof"]
    lines = check_proof(proof, keys)
    if not lines[0].endswith("/changes") or proof["index"] + 1 != size:
        raise Wrong("unproved", f"a proof of change {size} is needed, under a checkpoint of the changes")
    steps = [bytes.fromhex(step) for step in proof["path"]]
    if root_up_to(leaf(proof["entry"].encode()), size - 1, int(lines[1]), steps) != was:
        raise Wrong(
            "split",
            f"two signed checkpoints cannot both be true: they tell the first {size} changes differently",
            first=size,
            second=int(lines[1]),
        )
    return size


def verify(
    folder=None,
    proof=None,
    *,
    keys,
    latest=None,
    seen=0,
    at=None,
    log=None,
    since=None,
    growth=None,
    split=None,
):
    """The verdict as a dictionary; never an exception, whatever the files hold."""
    at = at or datetime.datetime.now(datetime.timezone.utc)  # noqa: UP017 - Python 3.9 knows no other name
    try:
        if split is not None:
            sentence = "no split: one checkpoint is the beginning of the other"
            return {"verdict": "valid", "sentence": sentence, "changes": check_split(split, keys)}
        if log is not None:
            size, root = state_of_log(log, keys)
            check_log({}, (size, root), since, keys, growth)
            return {"verdict": "valid", "sentence": _log_sentence(since), "changes": size}
        if proof is not None:
            lines = check_proof(proof, keys)
            if lines[0].endswith("/changes"):
                return {"verdict": "valid", "sentence": "genuine", "changes": int(lines[1])}
        else:
            lines, manifest = check_folder(Path(folder), keys)
            if since is not None:
                newer = state_of_log(read(Path(folder), "checkpoint.note"), keys)
                check_log(manifest, newer, since, keys, growth)
        check_latest(lines, latest, keys, at, seen)
    except Wrong as wrong:
        return wrong.told
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, OSError, RecursionError) as error:
        return {"verdict": "malformed", "sentence": f"not an edition: {type(error).__name__}: {error}"}
    return {
        "verdict": "valid",
        "sentence": "genuine" + (" and the newest" if latest is not None else ""),
        "version": value(lines, "version"),
        "entries": int(lines[1]),
    }


def _log_sentence(since):
    return "genuine" + ("; nothing that was sealed before has been rewritten" if since is not None else "")


FILES = {
    "keys": "the registry's public keys (/api/v1/releases/keys/), kept from a source you trust",
    "proof": "the proof of one entry (…/proofs/<code>/) or, with --log, of one change (/api/v1/changes/<n>/proof/)",
    "latest": "the statement which edition is the newest (…/latest.note)",
    "log": "a checkpoint of the change log: the note of /api/v1/checkpoint/",
    "since": "the note of an earlier checkpoint that you kept",
    "growth": "the answer of /api/v1/checkpoint/consistency/ from the earlier checkpoint to this one",
    "split": 'two notes of one source that do not agree, as {"older": note, "proof": answer}',
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", help="the files of one edition, as they were published")
    for name, text in FILES.items():
        parser.add_argument(f"--{name}", metavar="FILE", required=name == "keys", help=text)
    parser.add_argument(
        "--seen", type=int, default=0, metavar="N", help="the highest edition number you have seen before"
    )
    parser.add_argument(
        "--at",
        type=datetime.datetime.fromisoformat,
        metavar="TIME",
        help="the time to judge by, instead of now",
    )
    given = parser.parse_args()

    def file(name, parsed=False):
        try:
            data = Path(name).read_bytes() if name else None
            return json.loads(data) if parsed and data is not None else data
        except (OSError, ValueError) as error:
            parser.error(f"{name} cannot be read: {error}")  # ends with 2: nothing has been judged

    told = verify(
        given.folder,
        file(given.proof, True),
        keys=file(given.keys, True),
        latest=file(given.latest),
        seen=given.seen,
        at=given.at,
        log=file(given.log),
        since=file(given.since),
        growth=file(given.growth, True),
        split=file(given.split, True),
    )
    print(json.dumps(told, ensure_ascii=False))
    return 0 if told["verdict"] == "valid" else 1


if __name__ == "__main__":
    sys.exit(main())
