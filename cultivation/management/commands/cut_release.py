"""``cut_release``: the next edition of the directory or of the service resource list, made here and now."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from cultivation.actions import edition as verbs
from cultivation.choices import EditionKind
from platforms import jobs


class Command(BaseCommand):
    help = "Cut the next edition and wait until its files are made."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=EditionKind.values)
        parser.add_argument("--note", default="")

    def handle(self, *args: Any, kind: str, note: str, **options: Any) -> None:
        edition = verbs.cut(kind=kind, note=note, by=None)
        job = verbs.job_of(edition)
        if job is not None:
            jobs.run(job.pk)
        edition.refresh_from_db()
        self.stdout.write(
            f"{edition} {edition.status}: {edition.entry_count} entries, root {edition.entries_root}"
        )
