"""``mirror URL``: keep this installation a copy of another one's public record."""

from __future__ import annotations

import shutil
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from platforms.models import Platform
from registry import mirror

FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0


class Command(BaseCommand):
    help = "Pull, verify and follow the public record of the installation at URL, and serve it from here."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("url", help="for instance https://registry.example")
        parser.add_argument(
            "--keys", help="the source's public keys, from a source you trust; otherwise its own at first use"
        )
        parser.add_argument(
            "--follow", action="store_true", help="go on for ever, through losses of the source"
        )

    def handle(self, *args: Any, url: str, keys: str | None, follow: bool, **options: Any) -> None:
        if not url.startswith(("http://", "https://")):
            raise CommandError("the address must begin with http:// or https://")
        if Platform.objects.exists():
            raise CommandError("this installation has a working record of its own; a mirror is an empty one")
        if keys:
            settings.EDITIONS.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(keys, settings.EDITIONS / "upstream-keys.json")
        fetch, pause = mirror.over_http(url), FIRST_PAUSE
        while True:
            try:
                number = mirror.pull(fetch, say=self.stdout.write)
            except mirror.NotTrusted as error:
                raise CommandError(f"not trusted: {error}") from error
            except mirror.Lost as error:
                if not follow:
                    raise CommandError(f"the source is lost: {error}") from error
                self.stderr.write(f"the source is lost, trying again in {pause:.0f} s: {error}")
                time.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
                continue
            self.stdout.write(f"at change {number}")
            if not follow:
                return
            pause = FIRST_PAUSE
            time.sleep(pause)
