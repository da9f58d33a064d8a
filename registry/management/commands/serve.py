"""``serve``: web server, worker and scheduler of this checkout together, until Ctrl-C."""

from __future__ import annotations

import errno
import os
import socket
import sys
from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from registry import env, local
from registry.alive import answers
from registry.supervisor import Program, Supervisor

CONFIGURATION = settings.BASE_DIR / "deploy" / "gunicorn.conf.py"


class Command(BaseCommand):
    help = "Run web server, worker and scheduler together; Ctrl-C stops them and the local services. PORT and HOST choose the address."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=env.integer("PORT", 8000, least=1, most=65535))
        parser.add_argument("--host", default=env.text("HOST") or "127.0.0.1")

    def handle(self, *args: Any, port: int, host: str, **options: Any) -> None:
        refuse_taken_port(host, port)
        os.environ["PORT"] = str(port)  # addresses in API answers name the port that was chosen
        supervisor = Supervisor(programs(host, port))
        supervisor.run(
            ready=lambda: answers(host, port, settings.ALLOWED_HOSTS),
            announce=lambda: self.announce(host, port),
        )
        connections.close_all()
        local.down_where_unused()
        self.stdout.write("已停止 · stopped")

    def announce(self, host: str, port: int) -> None:
        shown = "localhost" if host in {"127.0.0.1", "0.0.0.0", "::"} else host  # noqa: S104 - compared, not bound
        lines = [
            "",
            f"制造业中试平台名录已就绪 · the registry is ready:  http://{shown}:{port}/",
            *accounts(),
        ]
        self.stdout.write("\n".join([*lines, "按 Ctrl-C 停止 · Ctrl-C stops it", ""]))
        self.stdout.flush()  # a file or a pipe would show it at the end


def programs(host: str, port: int) -> list[Program]:
    """In the order they stop: no new requests, no new schedules, then the jobs in hand."""
    python = sys.executable
    celery = [python, "-m", "celery", "-q", "-A", "registry.celery"]
    beat_file = local.directory() / "celerybeat-schedule"
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return [
        Program(
            "web",
            [python, "-m", "gunicorn", "registry.wsgi:application", "-c", str(CONFIGURATION), "-b", address],
        ),
        Program("beat", [*celery, "beat", "-l", "WARNING", "-s", str(beat_file), "--pidfile="]),
        Program(
            "worker", [*celery, "worker", "-l", "WARNING", "-c", "2", "--without-gossip", "--without-mingle"]
        ),
    ]


def refuse_taken_port(host: str, port: int) -> None:
    """Say it in one sentence now rather than in gunicorn's fifth retry."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise CommandError(
                    f"端口 {port} 已被占用 · port {port} is taken. Stop the other program, or choose: "
                    f"PORT={port + 1} make run"
                ) from None
            raise CommandError(f"{host}:{port} cannot be used: {os.strerror(error.errno or 0)}.") from None


def accounts() -> Iterable[str]:
    """The demonstration accounts, when the demonstration set is part of this installation and loaded."""
    if not find_spec("platforms.demo"):
        return []
    demo = import_module("platforms.demo")
    return [f"  {name:22} {password:22} {who}" for name, password, who in demo.accounts()]
