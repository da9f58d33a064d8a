"""Append-only history of every noun, written by database triggers in the transaction of the change.

Triggers see raw SQL, bulk and admin writes too. Each verb opens one context, kept as text beside every event, so that the
history reads the same after people have left and rows are gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import pghistory
import pgtrigger
from django.db import models
from pghistory.runtime import _tracker

#: Facts of an outer context that also hold for the acts within it.
JOINING = ("job",)

request_id: ContextVar[str] = ContextVar("request_id", default="")


def tracked(*, exclude: list[str] | None = None, level: pgtrigger.Level = pgtrigger.Row):
    """Class decorator: record every insert, update and delete of the model in ``<Model>Event``.

    ``level`` is ``pgtrigger.Statement`` for what is written many thousand rows at a time: one more statement instead of one per
    row. Rows of the event table carry a plain reference without a database constraint, so deleting a row keeps its history.
    """
    return pghistory.track(
        pghistory.InsertEvent(),
        pghistory.UpdateEvent(),
        pghistory.DeleteEvent(),
        exclude=exclude,
        level=level,
        obj_field=pghistory.ObjForeignKey(
            null=True, db_constraint=False, on_delete=models.DO_NOTHING, related_name="events"
        ),
        context_field=pghistory.ContextJSONField(),
        append_only=True,
    )


@contextmanager
def context(*, verb: str, by, reason: str = "", **facts) -> Iterator[None]:
    """The context of one act: who did what, in which role, for which authority and why, as text.

    An act within an act has its own context; afterwards the outer one is what it was (pghistory would merge the two).
    """
    outer = getattr(_tracker, "value", None)
    kept = dict(outer.metadata) if outer is not None else {}
    if outer is not None:
        outer.metadata.clear()
    facts = {**{name: kept[name] for name in JOINING if name in kept}, **facts}
    inner = pghistory.context(
        verb=verb,
        actor=by.get_username() if by is not None else "system",
        actor_name=getattr(by, "name", "") or "",
        roles=",".join(by.role_names()) if hasattr(by, "role_names") else "system",
        reason=reason,
        request_id=request_id.get(),
        **{key: str(value) for key, value in facts.items()},
    )
    try:
        with inner:
            yield
    finally:
        if outer is not None:
            outer.metadata.clear()
            outer.metadata.update(kept)
