"""``check_templates``: compile every template, so that a typing error is found before its page is opened."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.template import TemplateSyntaxError, engines
from django.template.backends.django import DjangoTemplates


class Command(BaseCommand):
    help = "Fail when a template of the project does not compile."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        backend = engines["django"]
        assert isinstance(backend, DjangoTemplates)  # noqa: S101 - for the type checker
        faults, count = [], 0
        for path in templates(backend):
            count += 1
            try:
                backend.engine.from_string(path.read_text(encoding="utf-8"))
            except (TemplateSyntaxError, UnicodeDecodeError) as error:
                faults.append(f"{path.relative_to(settings.BASE_DIR)}: {error}")
        for fault in faults:
            self.stderr.write(fault)
        if faults:
            raise CommandError(f"{len(faults)} of {count} templates do not compile.")
        self.stdout.write(f"{count} templates compile")


def templates(backend: DjangoTemplates) -> Iterator[Path]:
    """The project's own; those of libraries are their authors' concern."""
    for folder in map(Path, backend.template_dirs):
        inside = folder.is_relative_to(settings.BASE_DIR) and "site-packages" not in folder.parts
        if inside and folder.is_dir():
            yield from sorted(
                path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")
            )
