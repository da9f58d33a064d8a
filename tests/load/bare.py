"""The limit: a WSGI function that sends the registry's own statements through psycopg and returns the rows as they come.

``BENCH_STATEMENTS`` names a JSON file: address → statements with their values, as the registry was seen to send them. Nothing
else is done that a web framework does, so the distance to this is what the framework costs.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path

import orjson
import psycopg

STATEMENTS = orjson.loads(Path(os.environ["BENCH_STATEMENTS"]).read_bytes())
local = threading.local()


def application(environ, start_response):
    address = environ["PATH_INFO"]
    if environ["QUERY_STRING"]:
        address += "?" + environ["QUERY_STRING"]
    cursor = getattr(local, "cursor", None)
    if cursor is None:
        connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
        cursor = local.cursor = psycopg.ClientCursor(connection)
    answers = []
    for sql, values in STATEMENTS[address]:
        cursor.execute(sql, values)
        answers.append(cursor.fetchall())
        while cursor.nextset():
            answers.append(cursor.fetchall())
    *first, rows = answers
    parts = [row[-1] for row in rows]
    body = orjson.dumps(
        {
            "counts": first,
            "results": [
                orjson.Fragment(part) if isinstance(part, str) and part.startswith("{") else row
                for part, row in zip(parts, rows, strict=True)
            ],
        },
        default=str,
    )
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
