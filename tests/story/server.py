"""One installation for the story: its own database, folder and broker, and ``manage.py serve`` on a free port."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import httpx
from django.db import connection

from registry import env, local
from tests.database import ROOT, address_of, migrated_template

PATIENCE = 120  # seconds; a machine that builds other things at the same time is slow
Found = TypeVar("Found")


def eventually(look: Callable[[], Found | None], what: str, patience: float = PATIENCE) -> Found:
    """The first answer of ``look`` that is not empty; ``what`` completes the sentence “waited in vain for …”."""
    end = time.monotonic() + patience
    while not (found := look()):
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.3)
    return found


class Installation:
    """A running registry. ``REGISTRY_VAR`` of its own keeps its files and its secret apart from every other."""

    def __init__(self, database: str, folder: Path, number: int) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.log = folder / "serve.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.environment = os.environ | {
            "REGISTRY_VAR": str(folder),
            "DATABASE_URL": address_of(database),
            "REGISTRY_BASE_URL": self.address,
            "REGISTRY_JOB_LEASE": "5",
            "REGISTRY_API_RATE_ANONYMOUS": "100000/min",
            "REGISTRY_API_RATE_KEYED": "100000/min",
            "PORT": str(self.port),
            "WEB_WORKERS": "1",
        }
        if not env.text("REDIS_URL"):  # other tests talk to the same Valkey; its databases 0 and 1 are theirs
            self.environment["REGISTRY_BROKER_URL"] = local.broker_url(2 + 2 * number)
            self.environment["REGISTRY_CACHE_URL"] = local.cache_url(3 + 2 * number)

    def start(self, **settings: str) -> None:
        """Serve with these settings beside the usual ones, until ``/healthz`` answers."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve"],
                cwd=ROOT,
                env=self.environment | settings,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        eventually(self._answers, "the server to answer")

    def _answers(self) -> bool:
        assert self.process and self.process.poll() is None, f"the server ended:\n{self.last_words()}"
        try:
            return httpx.get(f"{self.address}/healthz", timeout=5, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    def restart(self, **settings: str) -> None:
        self.stop()
        self.start(**settings)

    def stop(self) -> None:
        """As Ctrl-C does; whatever does not obey, and whatever it started, is killed."""
        if self.process is None:
            return
        children = self._children()
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for group in (self.process.pid, *children):
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        self.process = None

    def kill_worker(self) -> int:
        """SIGKILL for the worker and its pool, as the kernel does when memory runs out; returns who it was."""
        pid = self.worker()
        os.killpg(pid, signal.SIGKILL)
        return pid

    def worker(self) -> int:
        """The process id of the worker that runs now."""
        return eventually(lambda: next(self._workers(), None), "a worker")

    def _workers(self) -> Iterator[int]:
        for pid in self._children():
            with suppress(OSError):
                if b"worker" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
                    yield pid

    def _children(self) -> list[int]:
        """Web, beat and worker: each leads a process group of its own."""
        found = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                parent = int(stat.read_text().rsplit(")", 1)[1].split()[1])
                if self.process and parent == self.process.pid:
                    found.append(int(stat.parent.name))
        return found

    def manage(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run ``manage.py`` against this installation."""
        return self._run("manage.py", *command)

    def prepare(self) -> None:
        done = self._run("-m", "tests.story.prepare")
        assert done.returncode == 0, done.stdout + done.stderr

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def last_words(self, lines: int = 60) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


@contextmanager
def installation(folder: Path, **settings: str) -> Iterator[Installation]:
    """A prepared and running installation on a copy of the migrated template; nothing of it stays."""
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 6
    database = f"story_{os.getpid()}"
    template = migrated_template()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {database} TEMPLATE {template} STRATEGY FILE_COPY")
    place = Installation(database, folder, number)
    try:
        place.prepare()
        place.start(**settings)
        yield place
    finally:
        place.stop()
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
