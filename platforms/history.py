"""Append-only history of every noun, written by database triggers in the transaction of the change.

Triggers see raw SQL, bulk and admin writes too. Each verb opens one context, kept as text beside every event, so that the
history reads the same after people have left and rows are gone.
"""

from __future__ import annotations

from contextvars import ContextVar

import pghistory
from django.db import models

request_id: ContextVar[str] = ContextVar("request_id", default="")


def tracked(*, exclude: list[str] | None = None):
    """Class decorator: record every insert, update and delete of the model in ``<Model>Event``.

    Rows of the event table carry a plain reference without a database constraint, so deleting a row keeps its history.
    """
    return pghistory.track(
        pghistory.InsertEvent(),
        pghistory.UpdateEvent(),
        pghistory.DeleteEvent(),
        exclude=exclude,
        obj_field=pghistory.ObjForeignKey(
            null=True, db_constraint=False, on_delete=models.DO_NOTHING, related_name="events"
        ),
        context_field=pghistory.ContextJSONField(),
        append_only=True,
    )


def context(*, verb: str, by, reason: str = "", **facts):
    """The context of one act: who did what, in which role, for which authority and why, as text."""
    return pghistory.context(
        verb=verb,
        actor=by.get_username() if by is not None else "system",
        actor_name=getattr(by, "name", "") or "",
        roles=",".join(by.role_names()) if hasattr(by, "role_names") else "system",
        reason=reason,
        request_id=request_id.get(),
        **{key: str(value) for key, value in facts.items()},
    )
