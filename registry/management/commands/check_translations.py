"""``check_translations``: every text has its English with the same placeholders, and Chinese punctuation."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from registry import messages


class Command(BaseCommand):
    help = "Fail when a text lacks its translation, or the translation does not fit."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        if not messages.CATALOGUE.exists():
            raise CommandError(f"{messages.CATALOGUE} does not exist; run “make messages”.")
        found = messages.extract()
        faults = sorted(messages.problems(found, messages.read()))
        for fault in faults:
            self.stderr.write(fault)
        if faults:
            raise CommandError(f"{len(faults)} faults in {len(found)} texts.")
        self.stdout.write(f"{len(found)} texts, all translated")
