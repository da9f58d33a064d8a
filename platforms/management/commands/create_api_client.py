"""``create_api_client``: a key for another system, printed once."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from platforms.actions import api_client
from platforms.errors import DomainError
from platforms.models import User


class Command(BaseCommand):
    help = "Make an API key for a user and print it. It cannot be shown again."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("username", help="whose rights the key may use")
        parser.add_argument("name", help="which system it is for")
        parser.add_argument(
            "--scope", action="append", required=True, help="permission, e.g. submission.view"
        )
        parser.add_argument("--days", type=int, default=90)
        parser.add_argument(
            "--network", action="append", default=[], help="the key works from here only, e.g. 192.0.2.0/24"
        )
        parser.add_argument("--rate", type=int, help="requests a minute, when not what every key has")

    def handle(self, *args: Any, **options: Any) -> None:
        owner = User.objects.filter(username=options["username"], is_active=True).first()
        if owner is None:
            raise CommandError(f"No active user “{options['username']}”.")
        try:
            with transaction.atomic():
                client, key = api_client.create(
                    owner=owner,
                    name=options["name"],
                    scopes=options["scope"],
                    days=options["days"],
                    networks=options["network"],
                    by=None,
                )
                if options["rate"] is not None:
                    api_client.set_rate(
                        client=client, rate=options["rate"], reason="create_api_client", by=None
                    )
        except DomainError as error:
            raise CommandError(
                "\n".join(problem.message for problem in getattr(error, "problems", [])) or error
            ) from error
        self.stdout.write(f"Authorization: Api-Key {key}")
        self.stderr.write(f"expires {client.expires_at:%Y-%m-%d}; scopes {', '.join(client.scopes)}")
