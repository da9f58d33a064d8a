"""``seed_demo``: the demonstration set, marked 示例 throughout."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cultivation.demo import seed
from platforms.errors import DomainError


class Command(BaseCommand):
    help = "Fill the registry with made-up platforms, batches and people. Does nothing when they are there already."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--scale", type=float, default=1, help="1 is 2,400 + 241 + 21 platforms")
        parser.add_argument("--seed", type=int, default=2026, help="the same seed gives the same records")
        parser.add_argument("--force", action="store_true", help="add a set although there is one")

    def handle(
        self, *args: Any, scale: float, seed: int, force: bool, verbosity: int, **options: Any
    ) -> None:
        self.seed(scale, seed, force, verbosity)

    def seed(self, scale: float, number: int, force: bool, verbosity: int) -> None:
        if seed.present() and not force:
            if verbosity:
                self.stdout.write("示例数据已存在 · the demonstration set is there already")
            return
        start = time.monotonic()
        try:
            done = seed.seed(
                scale=scale, seed=number, say=self.stderr.write if verbosity else lambda text: None
            )
        except DomainError as error:
            raise CommandError(str(error.sentence)) from error
        if verbosity:
            seconds = time.monotonic() - start
            self.stdout.write(
                f"示例数据 · demonstration set: {done.platforms} platforms, {done.rows} rows in {seconds:.0f} s "
                f"({done.rows / seconds:.0f} rows/s)"
            )
