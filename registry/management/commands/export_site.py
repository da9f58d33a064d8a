"""``export_site DIR``: the whole public site as files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from registry.static_copy import writing


class Command(BaseCommand):
    help = "Write every public page in three languages, the files and the API's documents as a tree for any file server."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", help="becomes a link to the newest finished copy")

    def handle(self, *args: Any, folder: str, verbosity: int, **options: Any) -> None:
        say = self.stderr.write if verbosity else lambda text: None
        try:
            copy = writing.export(Path(folder).absolute(), say)
        except (FileExistsError, writing.Unanswered) as error:
            raise CommandError(str(error)) from error
        kept = sum(file is not None for file in copy.files.values())
        self.stdout.write(f"{len(copy.pages)} pages, {kept} files in {folder}")
