"""The three servers of a comparison, each gunicorn with the same number of workers and threads, and what they cost."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.database import ROOT

TICKS = os.sysconf("SC_CLK_TCK")
APPLICATIONS = {
    "registry": ("registry.wsgi:application", "registry.settings"),
    "plain": ("django.core.wsgi:get_wsgi_application()", "tests.load.plain.settings"),
    "bare": ("tests.load.bare:application", ""),
}


@dataclass
class Server:
    name: str
    port: int
    process: subprocess.Popen

    def cpu(self) -> float:
        """Seconds of processor time of this server and its workers so far."""
        return tree_cpu(self.process.pid)

    def memory(self) -> int:
        """Kilobytes resident in the largest worker."""
        return max((_resident(pid) for pid in children(self.process.pid)), default=0)


@contextmanager
def served(name: str, address: str, **environment: str) -> Iterator[Server]:
    application, settings = APPLICATIONS[name]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{port}", "--workers", "2",
         "--worker-class", "gthread", "--threads", "4", "--keep-alive", "60", "--log-level", "error",
         "--no-control-socket"],
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": address,
            "DJANGO_SETTINGS_MODULE": settings,
            "REGISTRY_API_RATE_ANONYMOUS": "100000000/min",
            "REGISTRY_LOG_LEVEL": "ERROR",
            **environment,
        },
        stdout=sys.stderr,
    )  # fmt: skip
    try:
        _wait(port, process)
        yield Server(name, port, process)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait(port: int, process: subprocess.Popen) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError("the server did not start")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError("the server does not answer")


# --- cost ---------------------------------------------------------------------------------------------------------


def tree_cpu(pid: int) -> float:
    """Processor seconds of a process, its children, and the children they have buried."""
    return _cpu(pid) + sum(_cpu(child) for child in children(pid))


def children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(word) for word in task.read_text().split()]
        except OSError:
            continue
    return found


def _cpu(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / TICKS


def _resident(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1])
    return 0
