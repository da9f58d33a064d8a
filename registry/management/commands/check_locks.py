"""``check_locks``: the lock files hold what ``pyproject.toml`` asks for, by hash, and name no host."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+?)(?:\s*;[^\\]*)?\s*\\?$", re.MULTILINE)


class Command(BaseCommand):
    help = "Fail when a lock file and pyproject.toml disagree, or a lock names a package host."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        root = Path(settings.BASE_DIR)
        project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
        run, dev = ((root / name).read_text() for name in ("requirements.lock", "requirements-dev.lock"))
        needed = project["dependencies"]
        faults = [f"requirements.lock: {fault}" for fault in faults_of(run, needed)]
        needed = needed + project["optional-dependencies"]["dev"]
        faults += [f"requirements-dev.lock: {fault}" for fault in faults_of(dev, needed)]
        faults += [f"the locks differ: {name}" for name in sorted(pins(run).items() - pins(dev).items())]
        for fault in faults:
            self.stderr.write(fault)
        if faults:
            raise CommandError(
                "The locks are not in order; see docs/operations/README.md for how to write them anew."
            )
        self.stdout.write(f"{len(pins(run))} and {len(pins(dev))} packages pinned")


def pins(lock: str) -> dict[str, str]:
    return {canonicalize_name(name): version for name, version in PINNED.findall(lock)}


def faults_of(lock: str, needed: list[str]) -> Iterator[str]:
    if "://" in lock:
        yield "names a host; where packages come from is for the installation to say"
    pinned = pins(lock)
    for entry in re.split(r"\n(?=\S)", lock.strip()):
        if not entry.startswith("#") and "--hash=" not in entry:
            yield f"no hash: {entry.splitlines()[0]}"
    for requirement in map(Requirement, needed):
        version = pinned.get(canonicalize_name(requirement.name))
        if version is None or not requirement.specifier.contains(version, prereleases=True):
            yield f"pyproject.toml asks for {requirement}, the lock has {version or 'none'}"
