"""What somebody without an account is given: a number to name their case by, and a code that proves it is theirs.

The code is made from the form's nonce with the installation's key, so sending a form twice gives the same receipt and the same
code, and only the code's hash is stored.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import secrets

from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

#: Digits and letters that cannot be taken for one another.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
NONCE_LEAST = 20


def new_nonce() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(24)).decode()


def query_code(purpose: str, nonce: str) -> str:
    """Ten characters that only this installation can make from the nonce."""
    return spelled(int.from_bytes(salted_hmac(purpose, nonce, algorithm="sha256").digest()), 10)


def new_receipt(prefix: str, arrived_at: datetime.datetime) -> str:
    """Not countable: a number that can be guessed would tell how many there are."""
    return f"{prefix}-{timezone.localtime(arrived_at):%Y%m%d}-{spelled(secrets.randbits(64), 6)}"


def hashed(receipt: str, code: str) -> str:
    return hashlib.sha256(f"{receipt}:{code}".encode()).hexdigest()


def opens(stored: str, receipt: str, code: str) -> bool:
    """Whether ``code``, as a person typed it, belongs to the case; ``stored`` is empty when there is no such case."""
    return constant_time_compare(stored or "-" * 64, hashed(receipt.strip().upper(), code.strip().upper()))


def spelled(number: int, length: int) -> str:
    letters = []
    for _position in range(length):
        number, rest = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[rest])
    return "".join(letters)
