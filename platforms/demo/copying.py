"""Model instances as lines of PostgreSQL's COPY text format, and the COPY itself.

Inserting through the ORM takes a hundred times longer, which matters from a hundred thousand platforms on.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable
from typing import Any

import orjson
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_SPECIAL = re.compile(r"[\\\t\n\r]")
_SPECIAL_IN_ARRAY = re.compile(r'[\\"]')
_IN_ARRAY = str.maketrans({"\\": "\\\\", '"': '\\"'})


class Encoder:
    """Turns instances of one model into COPY lines. Without ``with_key`` the database hands out primary keys."""

    def __init__(self, model: type[models.Model], *, with_key: bool = False) -> None:
        fields = [
            field
            for field in model._meta.concrete_fields
            if not field.generated and (with_key or not field.primary_key)
        ]
        self.table = model._meta.db_table
        self.columns = [field.column for field in fields if field.column]
        self._writers = [(field.attname, _writer(field)) for field in fields]
        self._defaults = {field.attname: field.get_default() for field in fields}

    def line(self, instance: models.Model) -> str:
        return self._line(instance.__dict__)

    def line_of(self, columns: dict[str, Any]) -> str:
        """The line of a row that never becomes an instance, which takes longer to make than its line."""
        return self._line(self._defaults | columns)

    def _line(self, values: dict[str, Any]) -> str:
        return "\t".join([write(values[name]) for name, write in self._writers]) + "\n"

    @property
    def command(self) -> str:
        columns = ", ".join(map(connection.ops.quote_name, self.columns))
        return f"COPY {connection.ops.quote_name(self.table)} ({columns}) FROM STDIN"


def copy(encoder: Encoder, blocks: Iterable[str]) -> None:
    """Stream blocks of lines into the table, within the current transaction."""
    with connection.cursor() as cursor, cursor.copy(encoder.command) as stream:
        for block in blocks:
            stream.write(block)


def advance_key(model: type[models.Model]) -> None:
    """Let the next key follow the ones that were written."""
    table, column = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT setval(pg_get_serial_sequence(%s, %s), (SELECT max({column}) FROM {table}))",  # noqa: S608
            [table, column],
        )


def next_key(model: type[models.Model]) -> int:
    return (model._default_manager.aggregate(last=models.Max("pk"))["last"] or 0) + 1


def _writer(field: models.Field) -> Callable[[Any], str]:
    if isinstance(field, models.JSONField):
        return _json
    if isinstance(field, ArrayField):
        return _array
    return _plain


def _plain(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, str):
        return _escaped(str.__str__(value))
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, datetime.date):
        return value.isoformat()
    return str(value)


def _json(value: Any) -> str:
    """``bytes`` are JSON already."""
    raw = value if isinstance(value, bytes) else orjson.dumps(value)
    return _escaped(raw.decode())


def _array(value: Iterable[str]) -> str:
    items = list(value)
    if _SPECIAL_IN_ARRAY.search("".join(items)):
        items = [item.translate(_IN_ARRAY) for item in items]
    return _escaped('{"' + '","'.join(items) + '"}') if items else "{}"


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES) if _SPECIAL.search(text) else text
