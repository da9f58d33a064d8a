#!/usr/bin/env python
"""Entry point for administrative commands; starts the checkout's own servers first, where they are used."""

import os
import sys

# These never open a database connection; starting servers for them would only cost time (and fail in an image build).
WITHOUT_SERVICES = {
    "--help",
    "--version",
    "check_locks",
    "check_templates",
    "check_translations",
    "collectstatic",
    "diffsettings",
    "help",
    "messages",
    "services",
    "version",
}


def start_services(command: str) -> None:
    if command in WITHOUT_SERVICES or {"-h", "--help"} & set(sys.argv):
        return
    from registry import local

    try:
        local.up_where_used()
    except local.LocalServiceError as error:
        sys.exit(f"{error}")


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit("Django is not installed here. Run “make setup” and use .venv/bin/python.")
    from django.core.exceptions import ImproperlyConfigured

    try:
        start_services(sys.argv[1] if len(sys.argv) > 1 else "help")
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"{error}")  # a sentence about a setting; where it was read does not help


if __name__ == "__main__":
    main()
