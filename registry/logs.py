"""Logs as JSON lines with Chinese left readable. Requests carry an id; nothing personal is logged."""

from __future__ import annotations

import logging
import re
from typing import Any

import structlog

#: What PostgreSQL adds to a refusal: the values of the row, or the whole of it.
ROW_IN_MESSAGE = re.compile(
    r"^DETAIL: .*?(?=^The above exception |^During handling |\Z)", re.MULTILINE | re.DOTALL
)


def without_rows(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    """A refused row may hold somebody's name, telephone or address; the name of the constraint tells enough."""
    if "exception" in event:
        event["exception"] = ROW_IN_MESSAGE.sub("DETAIL: …\n\n", event["exception"]).rstrip()
    return event


def configure(config: dict[str, Any]) -> None:
    """Called by Django with ``settings.LOGGING`` (``{"level": "INFO"}``)."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        without_rows,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(config["level"])
    for noisy in ("axes", "fontTools", "celery.redirected"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
