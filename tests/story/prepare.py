"""Fill an empty database for the story: reference data and people, nothing else. Run as ``python -m tests.story.prepare``."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.settings")
EXPERTS = ("expert-1", "expert-2")


def main() -> None:
    django.setup()
    from django.core.management import call_command

    from cultivation.models import Reviewer
    from platforms.demo import people
    from platforms.models import Area

    call_command("load_reference", verbosity=0)
    cast = people.create(None)
    for account in people.ACCOUNTS:
        if account.username in EXPERTS:
            reviewer = Reviewer.objects.create(user=cast[account.username], organisation=account.organisation)
            reviewer.areas.set(Area.objects.filter(edition__current=True, position__in=account.areas))


if __name__ == "__main__":
    main()
