"""``create_api_client``: a key for another system, printed once."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

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

    def handle(self, *args: Any, **options: Any) -> None:
        owner = User.objects.filter(username=options["username"], is_active=True).first()
        if owner is None:
            raise CommandError(f"No active user “{options['username']}”.")
        try:
            client, key = api_client.create(
                owner=owner, name=options["name"], scopes=options["scope"], days=options["days"], by=None
            )
        except DomainError as error:
            raise CommandError(
                "\n".join(problem.message for problem in getattr(error, "problems", [])) or error
            ) from error
        self.stdout.write(f"Authorization: Api-Key {key}")
        self.stderr.write(f"expires {client.expires_at:%Y-%m-%d}; scopes {', '.join(client.scopes)}")
