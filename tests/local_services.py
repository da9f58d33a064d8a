"""Pytest plugin: the tests' own PostgreSQL and Valkey, apart from those of ``make run``.

Loaded with ``-p`` so that it is there before pytest-django reads the settings. The test instance gives up safety
against power cuts (``fsync=off``) and therefore must never be the one a person works with.
"""

from __future__ import annotations

import os

import pytest

from registry import env, local

IS_WORKER = "PYTEST_XDIST_WORKER" in os.environ  # workers inherit the environment the controller made

if not IS_WORKER:
    os.environ["REGISTRY_VAR"] = str(local.directory() / "test")

_started_here: list[bool] = []


def pytest_sessionstart(session: pytest.Session) -> None:
    if IS_WORKER or session.config.option.collectonly:
        return
    postgres, valkey = not env.text("DATABASE_URL"), not env.text("REDIS_URL")
    if (postgres or valkey) and not any(state.pid for state in local.status()):
        _started_here.append(True)
    try:
        local.up(postgres=postgres, valkey=valkey, durable=False)
    except local.LocalServiceError as error:
        pytest.exit(str(error), returncode=1)


def pytest_unconfigure() -> None:
    if _started_here:
        local.down()
