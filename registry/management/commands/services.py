"""``services up|down|status``: the PostgreSQL and Valkey of this checkout."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from registry import local


class Command(BaseCommand):
    help = "Start, stop or show the local PostgreSQL and Valkey of this checkout."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=("up", "down", "status"))

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        try:
            if action == "up":
                local.up()
            elif action == "down":
                local.down()
        except local.LocalServiceError as error:
            raise CommandError(str(error)) from error
        for state in local.status():
            self.stdout.write(describe(state))


def describe(state: local.State) -> str:
    if not state.pid:
        return f"{state.name:9} stopped  data {state.data}"
    condition = "running" if state.answers else "deaf   "
    return f"{state.name:9} {condition}  pid {state.pid}  {state.address}  data {state.data}"
