"""``load_reference``: regions, authorities, taxonomy and first synonyms from the files in platforms/data."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from platforms import reference
from platforms.models import TaxonomyEdition


class Command(BaseCommand):
    help = "Load regions, authorities, taxonomy and synonyms. Running it again changes nothing."

    def handle(self, *args: Any, verbosity: int, **options: Any) -> None:
        written = reference.load()
        if not verbosity:
            return
        self.stdout.write(
            "基础数据 · reference data: " + ", ".join(f"{name} {count}" for name, count in written.items())
        )
        for edition in TaxonomyEdition.objects.exclude(expected_directions=None):
            official = reference.official_directions(edition)
            self.stdout.write(
                f"edition {edition.code} has {official} of {edition.expected_directions} official directions"
            )
