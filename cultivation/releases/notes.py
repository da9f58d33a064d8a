"""Signed notes (C2SP signed-note): a short text, an empty line, and a line per signature that names its key.

The keys are the registry's own: the release key signs editions, the clock key says daily which edition is the latest, so that
a copy that no longer follows can be told from one that does. Keys of earlier years stay listed with the time they were used in.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

RELEASE, CLOCK = "release", "clock"
ED25519 = b"\x01"


@dataclass(frozen=True)
class Key:
    """A key that can sign. ``name`` is what stands before its signatures."""

    name: str
    private: Ed25519PrivateKey

    @property
    def public(self) -> bytes:
        return self.private.public_key().public_bytes(
            serialization.Encoding.Raw, serialization.PublicFormat.Raw
        )

    @property
    def id(self) -> bytes:
        return key_id(self.name, self.public)


def key_id(name: str, public: bytes) -> bytes:
    """Four bytes that tell keys of one name apart."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public).digest()[:4]


def signed(text: str, key: Key) -> str:
    """``text`` ends with a line end."""
    signature = base64.b64encode(key.id + key.private.sign(text.encode())).decode()
    return f"{text}\n— {key.name} {signature}\n"


def key(use: str) -> Key:
    """The present key for a use, from ``REGISTRY_RELEASE_KEY`` or ``REGISTRY_CLOCK_KEY`` (32 bytes, hexadecimal)."""
    seed = bytes.fromhex(settings.RELEASE_KEYS[use])
    return Key(f"{origin()}/{use}", Ed25519PrivateKey.from_private_bytes(seed))


def origin() -> str:
    """Whose editions these are: the host part of the address, as it stands in every signature."""
    return settings.BASE_URL.partition("://")[2]


def of_a_mirror() -> bool:
    """Whether this installation hands on what another one has signed, and signs nothing itself."""
    return _upstream().exists()


def _upstream() -> Path:
    return settings.EDITIONS / "upstream-keys.json"


def known_keys() -> dict[str, Any]:
    """What a verifier has to know, to be kept by it: all public keys, present and past, with what they are for and until when.

    A mirror shows those of its source, which signed what it hands on.
    """
    if of_a_mirror():
        return json.loads(_upstream().read_bytes())
    present = [
        {"name": item.name, "use": use, "public": item.public.hex(), "until": None}
        for use in (RELEASE, CLOCK)
        for item in (key(use),)
    ]
    return {"origin": origin(), "algorithm": "Ed25519", "keys": present + list(settings.RETIRED_RELEASE_KEYS)}
