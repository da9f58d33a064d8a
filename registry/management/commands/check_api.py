"""``check_api``: the description of the API takes nothing back that the last release promised."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from registry.documents import described_api
from registry.promises import broken

HOW = """
A caller written for the last release would fail at each of these. Either
- keep the old address, parameter, field or value beside the new one and answer it with Deprecation and Sunset headers, or
- put the change under a new major version of the address (/api/v2/), or
- if the released description was wrong and never described what was answered, say so in CHANGELOG.md and run
  “manage.py check_api --release”, which makes today's description the promise.
docs/api/stability.md says what is promised.""".rstrip()


class Command(BaseCommand):
    help = "Compare the description of the API with the last released one; fail on whatever takes something back."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--release", action="store_true", help="make today's description the promise")

    def handle(self, *args: Any, release: bool = False, **options: Any) -> None:
        promised = Path(settings.BASE_DIR) / "docs" / "api" / "released.json"
        today = orjson.loads(described_api())
        if release:
            promised.write_bytes(orjson.dumps(today, option=orjson.OPT_SORT_KEYS) + b"\n")
            self.stdout.write(f"promised: {len(today['paths'])} addresses")
            return
        faults = list(broken(orjson.loads(promised.read_bytes()), today))
        if faults:
            raise CommandError("\n".join(["The API would take back what it has promised:", *faults]) + HOW)
        self.stdout.write(f"{len(today['paths'])} addresses of the API keep what the last release promised")
