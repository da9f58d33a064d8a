"""Which platforms somebody may have meant whose code has a slip in it."""

from __future__ import annotations

import re
from urllib.parse import unquote

from django.conf import settings
from django.db import DatabaseError, transaction

#: A platform's code as people mistype it: spaces or other signs between, a wrong or missing check character.
CODE_LIKE = re.compile(r"ZS[^0-9A-Z]{0,3}([0-9]{2})[^0-9A-Z]{0,3}([0-9]{5})")
OF_A_PLATFORM = "/api/v1/platforms/"
SHOWN = 3


def by_code(path: str) -> list[tuple[str, str]]:
    """``(code, name)`` of those whose code differs in the check character or in the signs between at most."""
    # Late: refusals are loaded before the models are.
    from platforms.models import PublicPlatform

    found = CODE_LIKE.search(unquote(path).upper())
    if found is None:
        return []
    rows = PublicPlatform.objects.filter(code__startswith=f"ZS-{found[1]}-{found[2]}").order_by("code")
    return list(rows.values_list("code", "name_zh")[:SHOWN])


def meant(path: str) -> list[dict[str, str]]:
    """For a program that asked for a platform which is not there; nothing when the database cannot be asked."""
    if not path.startswith(OF_A_PLATFORM):
        return []
    try:
        with transaction.atomic():
            rows = by_code(path)
    except DatabaseError:
        return []
    return [
        {"url": f"{settings.BASE_URL}{OF_A_PLATFORM}{code}/", "code": code, "display": name}
        for code, name in rows
    ]
