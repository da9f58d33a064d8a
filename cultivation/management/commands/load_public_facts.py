"""``load_public_facts``: platforms known from published lists, policies, standards and quoted figures."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from cultivation.actions import public_facts


class Command(BaseCommand):
    help = "Load what is publicly known, with its sources. Needs load_reference; running it again changes nothing."

    def handle(self, *args: Any, verbosity: int, **options: Any) -> None:
        added = public_facts.load()
        if verbosity:
            self.stdout.write(
                "公开资料 · public facts: " + ", ".join(f"{name} {count}" for name, count in added.items())
            )
