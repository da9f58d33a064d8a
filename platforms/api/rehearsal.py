"""``?dry_run=true``: a write is carried out and taken back, and the answer is the one it would have had.

What the verb asks for, refuses and changes is then known without a second copy of its rules. Nothing is kept, not even the
``Idempotency-Key``; messages and jobs wait for a commit that does not come.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.request import Request

from platforms.api import parameters
from platforms.api.parameters import Parameter
from platforms.api.problems import Refused

NAME = "dry_run"
PARAMETER = Parameter(NAME, gettext_lazy("true：只试办，不保存任何内容"), choices=("true", "false"))


def rehearsable(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Decorates ``post`` or ``patch`` of an ``Endpoint``, outside ``idempotent``. Not for files: those would stay."""

    @functools.wraps(handler)
    def act(view: Any, request: Request, *args: Any, **kwargs: Any) -> Any:
        if not _wanted(request):
            return handler(view, request, *args, **kwargs)
        with transaction.atomic():
            response = handler(view, request, *args, **kwargs)
            transaction.set_rollback(True)
        if response.status_code >= 400:  # a refusal that is answered, not raised, stays what it is
            return response
        response.status_code = 200
        response["Dry-Run"] = "true"
        for header in ("Location", "ETag"):  # of a record or a version that does not exist
            del response[header]
        return response

    act.rehearsable = True  # type: ignore[attr-defined]
    return act


def _wanted(request: Request) -> bool:
    """Raises ``Refused`` for any other parameter too: a misspelt trial would be in earnest."""
    parameters.check(request.query_params, (PARAMETER,))
    given = request.query_params.getlist(NAME)
    if given and given[0] not in ("true", "false", ""):
        raise Refused(
            errors=[{"parameter": NAME, "code": "unknown_choice", "detail": _("只能是 true 或 false。")}],
            code="invalid",
        )
    return given == ["true"]
