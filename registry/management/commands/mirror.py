"""``mirror URL``: keep this installation a copy of another one's public record."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DataError, IntegrityError

from platforms import standing
from platforms.models import Platform
from registry import gossip, mirror, witness

log = structlog.get_logger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0
#: A checkpoint and a proof are small.
MOST_OF_A_PEER = 1024 * 1024


class Command(BaseCommand):
    help = "Pull, verify and follow the public record of the installation at URL, and serve it from here."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("url", help="for instance https://registry.example")
        parser.add_argument(
            "--keys", help="the source's public keys, from a source you trust; otherwise its own at first use"
        )
        parser.add_argument(
            "--peer",
            action="append",
            default=[],
            help="another mirror of the same source, to find out whether it is shown the same; may be given several times",
        )
        parser.add_argument(
            "--follow", action="store_true", help="go on for ever, through losses of the source"
        )

    def handle(
        self, *args: Any, url: str, keys: str | None, peer: list[str], follow: bool, **options: Any
    ) -> None:
        if not all(each.startswith(("http://", "https://")) for each in (url, *peer)):
            raise CommandError("the address must begin with http:// or https://")
        if Platform.objects.exists():
            raise CommandError(
                "this installation has platforms of its own; a mirror begins with an empty database and `manage.py prepare --mirror`"
            )
        if keys:
            self._believe(keys)
        self.said: dict[str, str] = {}
        self.source = url.rstrip("/") + "/"
        standing.tell(self.source, standing.BEGUN)
        fetch, pause = mirror.over_http(url), FIRST_PAUSE
        while True:
            lost = self._round(fetch, peer)
            if lost is None:
                pause = FIRST_PAUSE
            elif not follow:
                raise CommandError(f"the source is lost: {lost}")
            else:
                self.stderr.write(f"the source is lost, trying again in {pause:.0f} s: {lost}")
            if not follow:
                return
            time.sleep(pause)
            pause = pause if lost is None else min(pause * 2, LONGEST_PAUSE)

    def _round(self, fetch: mirror.Fetch, peers: list[str]) -> mirror.Lost | None:
        """Bring the mirror to the source's newest change and ask the peers; with the source lost, the peers all the same."""
        lost = None
        try:
            self._no_split()
            heard = [
                gossip.hear(each, mirror.over_http(each, patient=False, most=MOST_OF_A_PEER))
                for each in peers
            ]
            try:
                self._say("here", f"at change {mirror.pull(fetch, say=self.stdout.write)}")
            except mirror.Lost as error:
                lost = error
            except (
                *gossip.ABSURD,
                DataError,
                IntegrityError,
            ) as error:  # somebody else's page, such as a proxy's
                log.warning("mirror.unreadable", exc_info=True)  # should the fault be ours, this tells where
                lost = mirror.Lost(f"the answer is not of a registry: {type(error).__name__}: {error}")
            for each in heard:
                self._say(f"peer {each.peer}", gossip.compare(each))
        except mirror.NotTrusted as error:
            split = isinstance(error, gossip.Split)
            standing.tell(self.source, standing.SPLIT if split else standing.REFUSED)
            raise CommandError(f"not trusted: {error}") from error
        if lost is None:
            standing.tell(self.source, standing.VALID)
        return lost

    def _believe(self, keys: str) -> None:
        try:
            witness.keep_keys(Path(keys).read_bytes())
        except (OSError, ValueError) as error:
            raise CommandError(f"{keys}: {error}") from error

    def _no_split(self) -> None:
        for place in gossip.kept_evidence():
            raise gossip.Split(f"split: {place.name} shows two histories; move it away once it is known why")

    def _say(self, whose: str, sentence: str) -> None:
        """Once, and again when it is another."""
        if self.said.get(whose) != sentence:
            self.stdout.write(f"{whose}: {sentence}")
        self.said[whose] = sentence
