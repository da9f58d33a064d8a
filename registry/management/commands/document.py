"""``document``: write the generated documents, or ``--check`` that they are current."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from registry.documents import documents


class Command(BaseCommand):
    help = "Write docs/states.md, docs/access.md and docs/vocabulary.md from the tables in the code."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="change nothing; fail when a document is not current"
        )

    def handle(self, *args: Any, check: bool = False, **options: Any) -> None:
        stale = [
            path for path, text in documents().items() if not path.exists() or path.read_text("utf-8") != text
        ]
        if check and stale:
            names = ", ".join(f"docs/{path.name}" for path in stale)
            raise CommandError(f"Not current: {names}. Run “make docs” and commit the result.")
        for path in stale:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(documents()[path], "utf-8")
            self.stdout.write(f"wrote docs/{path.name}")
        if not stale:
            self.stdout.write(f"{len(documents())} documents are current")
