"""``prepare``: bring the database to where the program can run on it."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    # One process for all steps: starting Django anew for each would be most of the waiting time of a second start.
    help = "Migrate, load reference data and public facts and, with --demo, the marked demonstration set."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--demo", action="store_true", help="also load the demonstration set into an empty registry"
        )
        parser.add_argument(
            "--mirror", action="store_true", help="load no platforms: they will come from another registry"
        )

    def handle(self, *args: Any, demo: bool, mirror: bool, verbosity: int, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=max(verbosity - 1, 0))
        call_command("load_reference", verbosity=verbosity)
        call_command("load_public_facts", no_platforms=mirror, verbosity=verbosity)
        if demo:
            call_command("seed_demo", verbosity=verbosity)
