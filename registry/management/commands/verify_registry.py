"""``verify_registry``: project everything again and find no difference."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from registry import verification

PROGRESS_EVERY = 10_000


class Command(BaseCommand):
    help = "Compare the public record with the working record; prints every difference and fails if there is one."

    def handle(self, *args: Any, verbosity: int, **options: Any) -> None:
        found = 0
        for difference in verification.differences(self.progress if verbosity else None):
            self.stdout.write(str(difference))
            found += 1
        if found:
            raise CommandError(f"{found} differences", returncode=1)
        if verbosity:
            self.stdout.write("公开记录与工作记录一致 · the public record agrees with the working record")

    def progress(self, done: int) -> None:
        if done % PROGRESS_EVERY == 0:
            self.stderr.write(f"{done} platforms compared")
