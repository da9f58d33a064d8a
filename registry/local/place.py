"""Where the servers of one checkout keep their data and sockets, and as whom they run.

PostgreSQL refuses to run as root. For root the servers therefore run as ``nobody``, who must be able to walk to the
data, the sockets and the programs. A checkout under ``/root`` or in any other private folder is closed to ``nobody``;
opening the user's folders would be wrong, so data and a copy of the programs then go to a folder of our own under
``/var/lib``.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

ROOTS_SHELF = Path("/var/lib/pilot-platform-registry")


class LocalServiceError(RuntimeError):
    """A local server cannot be started; the text says what to do."""


@dataclass(frozen=True)
class Place:
    """The folders of the services that belong to ``var``, an absolute, resolved path."""

    var: Path

    @cached_property
    def key(self) -> str:
        """Short and different for every checkout."""
        return hashlib.sha256(os.fsencode(self.var)).hexdigest()[:12]

    @cached_property
    def identity(self) -> dict[str, Any]:
        """How ``subprocess`` has to start a server; empty for an ordinary user."""
        if os.geteuid() != 0:
            return {}
        nobody = pwd.getpwnam("nobody")
        return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}

    @cached_property
    def sockets(self) -> Path:
        """A socket's path may have 107 bytes, less than many a checkout's own path, so sockets live in the temp folder.

        ``/tmp`` before ``$TMPDIR``: two shells with different ``$TMPDIR`` must find the same server.
        """
        shared = Path("/tmp")  # noqa: S108 - the folder below is private and checked in private_folder()
        root = shared if os.access(shared, os.W_OK | os.X_OK) else Path(tempfile.gettempdir())
        return root / f"registry-{os.geteuid()}-{self.key}"

    @cached_property
    def home(self) -> Path:
        """Where the servers keep their data: ``var`` itself, or root's shelf when ``nobody`` cannot enter."""
        if not self.identity:
            return self.var
        shelf = ROOTS_SHELF / self.key / "data"
        if shelf.exists():  # data stays where it was made, even when the checkout was opened up since
            return shelf
        if self.enterable(_existing(self.var)):
            return self.var
        if (self.var / "postgres").exists():
            raise LocalServiceError(
                f"{self.var}/postgres holds a database, but a parent folder was closed since, so the server's user "
                f"“nobody” can no longer enter it. Open it again (chmod o+x), or move the checkout."
            )
        return shelf

    def enterable(self, folder: Path) -> bool:
        """Ask the kernel, as the server's user: modes alone would miss access lists and mount options."""
        return self._probe('cd "$1"', folder)

    def runs(self, program: Path) -> bool:
        """Whether the server's user can run it: reach it, read it, and load the libraries it needs."""
        return self._probe('"$1" --version', program)

    def _probe(self, script: str, *paths: Path) -> bool:
        command = ["/bin/sh", "-c", script, "sh", *map(str, paths)]
        return (
            subprocess.run(command, cwd="/", capture_output=True, check=False, **self.identity).returncode
            == 0
        )

    @property
    def environment(self) -> dict[str, str]:
        """The servers outlive the shell they were started from; they inherit nothing of it, secrets least of all."""
        kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
        return {"PATH": "/usr/bin:/bin", **kept, "LC_ALL": "C", "TZ": "UTC"}

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One starter or stopper at a time. The lock dies with its holder, so a killed start blocks nobody."""
        try:
            self.var.mkdir(parents=True, exist_ok=True)
            handle = (self.var / ".services.lock").open("w")
        except OSError as error:
            raise LocalServiceError(
                f"The folder {self.var} cannot be written ({error.strerror}). Own the checkout, or set "
                f"REGISTRY_VAR to a folder of yours."
            ) from error
        with handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def prepare(self) -> None:
        """Create home and socket folder, entered by the server's user and by no third one."""
        self.home.mkdir(parents=True, exist_ok=True)
        if self.identity:
            _open_to_walk(self.home)
        self.private_folder(self.sockets)

    def private_folder(self, path: Path) -> Path:
        """A folder that only the server's user can use; refuse one that another user put there before us."""
        owner = self.identity.get("user", os.geteuid())
        try:
            path.mkdir(mode=0o700)
        except FileExistsError:
            found = path.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {owner, os.geteuid()}:
                raise LocalServiceError(
                    f"{path} exists and belongs to someone else; remove it first."
                ) from None
            if found.st_uid == owner:
                return (
                    path  # theirs already: root must not follow what its owner may have put there meanwhile
                )
        if self.identity:
            os.chown(path, owner, self.identity["group"], follow_symlinks=False)
        return path

    def adopt(self, base: Path, *trees: Path) -> Path:
        """A copy of ``base`` that holds only ``trees`` and that the server's user can read.

        Made once per version. The trees keep their places below ``base``: programs of a wheel look for their libraries
        relative to themselves.
        """
        marks = [f"{tree}:{tree.stat().st_mtime_ns}:{tree.stat().st_ino}" for tree in trees]
        copy = ROOTS_SHELF / self.key / "programs" / hashlib.sha256("|".join(marks).encode()).hexdigest()[:12]
        if copy.exists():
            return copy
        unfinished = copy.with_name(f"{copy.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        for tree in trees:
            shutil.copytree(tree, unfinished / tree.relative_to(base), symlinks=True)
        _open_to_read(unfinished)
        _open_to_walk(copy.parent)
        unfinished.rename(copy)  # only a whole copy ever gets the name that is looked for
        return copy


def _existing(path: Path) -> Path:
    while not path.exists():
        path = path.parent
    return path


def _open_to_walk(folder: Path) -> None:
    """Enough to walk through, not to look around: ``var/`` also holds uploaded files. Only our own are opened."""
    ours = [folder, *(parent for parent in folder.parents if parent.is_relative_to(ROOTS_SHELF))]
    for path in ours:
        path.chmod(0o711)


def _open_to_read(tree: Path) -> None:
    """An installation made under ``umask 077`` is closed inside as well, not only above."""
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            path.chmod(
                path.stat().st_mode | (0o055 if path.is_dir() or path.stat().st_mode & 0o100 else 0o044)
            )


def tail(log: Path, lines: int = 8) -> str:
    """The end of a server's log, for the sentence that says why it did not start."""
    try:
        return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
    except OSError:
        return "(no log)"
