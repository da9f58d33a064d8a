"""Writing the demonstration platforms: made and projected in parallel, streamed into the database by COPY.

What COPY writes must be what ``publish()`` would have written; ``verify_registry`` compares the two.

From ``BIG`` platforms on, the history of these made-up rows is not recorded and references are not checked row by row, where
the database role may say so, and the search indexes are built once at the end. That is for measuring, not for a registry.
"""

from __future__ import annotations

import datetime
import gc
import multiprocessing
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import connection, models
from django.utils import timezone

from cultivation.demo.designations import Lists, designations
from cultivation.models import Designation
from platforms.demo.copying import Encoder, advance_key, copy, next_key
from platforms.demo.plan import Plan, Reference, Slot
from platforms.demo.published import Columns, first_publication
from platforms.demo.records import Maker
from platforms.models import (
    Change,
    Equipment,
    FormerName,
    Operator,
    PilotLine,
    Platform,
    PublicPlatform,
    PublicResource,
    Qualification,
    SearchTokens,
    ServiceItem,
    YearlyFigures,
)
from platforms.publish import head
from platforms.turns import Turn, wait_for

#: Written in this order; keys of the first four are known beforehand because other rows refer to them.
KEYED = (Operator, Platform, PublicPlatform, SearchTokens, Change)
CHILDREN = {
    "lines": PilotLine,
    "services": ServiceItem,
    "equipment": Equipment,
    "qualifications": Qualification,
    "figures": YearlyFigures,
    "former_names": FormerName,
    "designations": Designation,
}
MODELS: tuple[type[models.Model], ...] = (*KEYED, *CHILDREN.values(), PublicResource)
#: Indexes that no constraint of the database stands on, and how to make them again.
INDEXES = """
    SELECT relname, pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
    WHERE indrelid = ANY(%s::text[]::regclass[])
      AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
    ORDER BY relname
"""
BIG = 20_000
#: From here on further processes are worth their start.
SHARED = 1_000
PART = 200
ROUND = 25

Lines = dict[str, str]


@dataclass(frozen=True)
class Job:
    """All that a process needs to make part of the set."""

    maker: Maker
    lists: Lists
    first_public: int
    first_number: int
    at: datetime.datetime

    def lines(self, slots: list[Slot]) -> Lines:
        """COPY lines by table for these platforms."""
        found: dict[str, list[str]] = {model._meta.db_table: [] for model in MODELS}

        def add(instance: models.Model) -> None:
            encoder = encoders()[type(instance)]
            found[encoder.table].append(encoder.line(instance))

        def add_public(model: type[models.Model], *rows: Columns) -> None:
            encoder = encoders()[model]
            found[encoder.table] += map(encoder.line_of, rows)

        for slot in slots:
            platform = self.maker.platform(slot)
            history = designations(self.maker, slot, platform, self.lists)
            platform._prefetched_objects_cache["designations"] = history  # type: ignore[attr-defined]
            public = first_publication(
                platform,
                key=self.first_public + slot.index,
                number=self.first_number + slot.index,
                at=self.at,
            )
            if not slot.nth:
                add(self.maker.operator(slot))
            add(platform)
            add_public(PublicPlatform, public.row)
            add_public(SearchTokens, public.tokens)
            add_public(Change, public.change)
            add_public(PublicResource, *public.resources)
            for name in CHILDREN:
                for instance in getattr(platform, name).all():
                    add(instance)
        return {table: "".join(lines) for table, lines in found.items()}


_encoders: dict[type[models.Model], Encoder] = {}


def encoders() -> dict[type[models.Model], Encoder]:
    if not _encoders:
        _encoders.update({model: Encoder(model, with_key=model in KEYED) for model in MODELS})
    return _encoders


def write(plan: Plan, lists: Lists, reference: Reference, *, processes: int = 1) -> int:
    """Write every platform of the plan, published, within the caller's transaction; returns the rows written."""
    big = len(plan.slots) >= BIG
    with connection.cursor() as cursor:
        # The limits are for people waiting for a page; here the database waits for records to be made.
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SET LOCAL statement_timeout = 0")
    wait_for(Turn.CHANGE_NUMBER)
    job = Job(
        maker=Maker(plan.seed, reference, next_key(Platform), next_key(Operator), lean=big),
        lists=lists,
        first_public=next_key(PublicPlatform),
        first_number=head() + 1,
        at=timezone.now(),
    )
    with _in_bulk(big):
        rows = _write_all(job, plan.slots, processes)
    for model in (Operator, Platform, PublicPlatform):
        advance_key(model)
    return rows


def _write_all(job: Job, slots: list[Slot], processes: int) -> int:
    rows = 0
    parts = _made(job, _parts(slots, PART), processes)
    while together := list(islice(parts, ROUND)):
        for model in MODELS:
            table = model._meta.db_table
            copy(encoders()[model], (part[table] for part in together))
            rows += sum(part[table].count("\n") for part in together)
    return rows


def _parts(slots: list[Slot], size: int) -> Iterator[list[Slot]]:
    for start in range(0, len(slots), size):
        yield slots[start : start + size]


def _made(job: Job, parts: Iterable[list[Slot]], processes: int) -> Iterator[Lines]:
    """The lines of each part, in order. The processes only compute; this one alone talks to the database."""
    if processes <= 1:
        yield from map(job.lines, parts)
        return
    with multiprocessing.get_context("fork").Pool(processes, _start, (job,)) as pool:
        yield from pool.imap(_part, parts)


_job: list[Job] = []
_inherited: list[Any] = []


def _start(job: Job) -> None:
    # The connection belongs to the parent: keep it from being used or closed here.
    _inherited.append(connection.connection)
    connection.connection = None
    _job[:] = [job]
    # Platforms and their rows refer to each other in circles; what was there before them need not be looked at again.
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)


def _part(slots: list[Slot]) -> Lines:
    return _job[0].lines(slots)


@contextmanager
def _in_bulk(big: bool) -> Iterator[None]:
    """Without history triggers, row-by-row reference checks and indexes while a big set is written."""
    if not big:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        superuser = cursor.fetchone()[0]
        _triggers(cursor, superuser, on=False)
        cursor.execute(INDEXES, [[model._meta.db_table for model in MODELS]])
        indexes = cursor.fetchall()
        for name, _definition in indexes:
            cursor.execute(f"DROP INDEX {connection.ops.quote_name(name)}")
    yield
    with connection.cursor() as cursor:
        _triggers(cursor, superuser, on=True)
        cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
        for _name, definition in indexes:
            cursor.execute(definition)


def _triggers(cursor: Any, superuser: bool, *, on: bool) -> None:
    if superuser:
        cursor.execute(f"SET LOCAL session_replication_role = {'origin' if on else 'replica'}")
        return
    for model in MODELS:
        table = connection.ops.quote_name(model._meta.db_table)
        cursor.execute(f"ALTER TABLE {table} {'ENABLE' if on else 'DISABLE'} TRIGGER USER")
