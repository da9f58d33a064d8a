"""A real PostgreSQL and a real Valkey for one checkout, from the wheels in the virtual environment.

Nothing has to be installed or configured to try the registry: when ``DATABASE_URL`` or ``REDIS_URL`` is unset the
settings take their addresses from here. The addresses are computed from the checkout's path without touching a server,
so a command that needs no database stays cheap; ``up()`` is what starts them. The servers outlive the process that
started them, talk only through sockets that no other user can open, and keep their data under ``var/`` (or
``REGISTRY_VAR``).
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from registry import env

from .place import LocalServiceError, Place
from .postgres import Postgres
from .valkey import Valkey

__all__ = [
    "LocalServiceError",
    "State",
    "broker_url",
    "cache_url",
    "database_url",
    "directory",
    "down",
    "down_where_unused",
    "here",
    "secret_key",
    "status",
    "up",
    "up_where_used",
]

CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class State:
    """What ``services status`` prints of one server; ``pid`` is None when it does not run."""

    name: str
    pid: int | None
    answers: bool
    address: str
    data: Path


def here() -> Place:
    """The one place all services of this checkout share; ``REGISTRY_VAR`` moves it."""
    return Place(Path(env.text("REGISTRY_VAR") or CHECKOUT / "var").resolve())


def directory() -> Path:
    """Where this checkout keeps what it makes: servers' data, uploaded files, the secret key."""
    return here().var


def secret_key() -> str:
    """A key of this checkout's own, made once: sessions survive a restart, and no two checkouts share a key."""
    return _made_once("secret_key", lambda: secrets.token_urlsafe(50).encode()).decode()


def secret_bytes(name: str) -> bytes:
    """32 random bytes of this checkout's own under a name, made once."""
    return _made_once(name, lambda: secrets.token_bytes(32))


def _made_once(name: str, make: Callable[[], bytes]) -> bytes:
    path = directory() / name
    if not path.exists():
        with here().locked():
            if not path.exists():
                unfinished = path.with_suffix(".unfinished")
                with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                    file.write(make())
                unfinished.rename(path)
    return path.read_bytes()


def database_url() -> str:
    """Address of the local database; the server behind it may still have to be started with ``up()``."""
    return Postgres(here()).url()


def broker_url(db: int = 0) -> str:
    """Address for Celery, in the form its Redis transport wants for a socket."""
    return f"redis+socket://{Valkey(here()).socket}?virtual_host={db}"


def cache_url(db: int = 1) -> str:
    """Address for Django's Redis cache; another database than the broker's, so that clearing one spares the other."""
    return f"unix://{Valkey(here()).socket}?db={db}"


def up(*, postgres: bool = True, valkey: bool = True, durable: bool = True) -> None:
    """Start what does not run yet and wait until it answers.

    ``durable=False`` is for a test instance only: it gives up surviving a power cut in exchange for speed.
    Raises ``LocalServiceError`` with a sentence a newcomer can act on.
    """
    place = here()
    with place.locked():
        if postgres:
            Postgres(place).up(durable=durable)
        if valkey:
            Valkey(place).up(durable=durable)


def up_where_used() -> None:
    """Start only the servers for which the environment names no other."""
    postgres, valkey = not env.text("DATABASE_URL"), not env.text("REDIS_URL")
    if postgres or valkey:
        up(postgres=postgres, valkey=valkey)


def down() -> None:
    """Stop both servers; the data stays."""
    place = here()
    if not place.var.exists():
        return
    with place.locked():
        Valkey(place).down()
        Postgres(place).down()


def down_where_unused() -> None:
    """Stop both servers if they are this checkout's and nobody else is connected, such as a second ``serve``."""
    if not env.text("DATABASE_URL") and not env.text("REDIS_URL") and not Postgres(here()).used():
        down()


def status() -> list[State]:
    place = here()
    return [
        State(server.name, server.pid(), server.answers(), server.url(), server.data)
        for server in (Postgres(place), Valkey(place))
    ]
