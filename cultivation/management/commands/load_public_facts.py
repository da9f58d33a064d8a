"""``load_public_facts``: platforms known from published lists, policies, standards and quoted figures."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from cultivation.actions import public_facts


class Command(BaseCommand):
    help = "Load what is publicly known, with its sources. Needs load_reference; running it again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--no-platforms", action="store_true", help="policies, standards and figures only, for a mirror"
        )

    def handle(self, *args: Any, verbosity: int, no_platforms: bool, **options: Any) -> None:
        added = public_facts.load(platforms=not no_platforms)
        if verbosity:
            self.stdout.write(
                "公开资料 · public facts: " + ", ".join(f"{name} {count}" for name, count in added.items())
            )
