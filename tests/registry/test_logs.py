"""The log tells what went wrong and nothing about people."""

import io
import json
import logging

import pytest
from django.db import IntegrityError, transaction

from platforms.models import Job
from registry import logs


@pytest.fixture
def written(settings):
    """What is logged below this, as text; the handlers of the test run are put back afterwards."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    logs.configure(settings.LOGGING)
    out = root.handlers[0].stream = io.StringIO()
    yield out
    root.handlers[:] = before
    root.setLevel(level)


def test_a_row_that_the_database_refuses_is_not_repeated_in_the_log(db, written):
    personal = "\n\n".join(("张三 13800138000", "第二段"))
    try:
        with transaction.atomic():
            Job.objects.create(kind="", error=personal)
    except IntegrityError:
        logging.getLogger("django.request").exception("Internal Server Error: %s", "/")

    (line,) = written.getvalue().splitlines()
    told = json.loads(line)
    assert told["event"] == "Internal Server Error: /"
    assert "job_kind_not_blank" in told["exception"]
    assert told["exception"].count("DETAIL: …") == 2, "the cause and what came of it"
    assert "张三" not in line
    assert "第二段" not in line
