"""``messages``: bring the English catalogue up to date with the texts in code and templates."""

from __future__ import annotations

from typing import Any

from babel.messages.catalog import Catalog
from django.core.management.base import BaseCommand

from registry import messages


class Command(BaseCommand):
    help = "Add new texts to the English catalogue and set aside those that are used no longer."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        english = (
            messages.read()
            if messages.CATALOGUE.exists()
            else Catalog(locale="en", domain="django", fuzzy=False)
        )
        english.update(messages.extract(), no_fuzzy_matching=True)
        messages.write(english)
        missing = len(messages.untranslated(english))
        self.stdout.write(f"{len(english)} texts, {missing} still to translate in {messages.CATALOGUE}")
