"""Write the initial migrations anew. For use while nothing is deployed; afterwards migrations only grow."""

import importlib
from pathlib import Path

from django.apps import apps
from django.core.management import BaseCommand, call_command
from django.db.migrations import Migration
from django.db.migrations.writer import MigrationWriter

from platforms.migration_operations import BuildTogether

APPS = ("platforms", "cultivation")


class Command(BaseCommand):
    help = "Replace all migrations of our apps by one initial migration each."

    def handle(self, **options) -> None:
        for label in APPS:
            for path in self._folder(label).glob("0*.py"):
                path.unlink()
        importlib.invalidate_caches()
        call_command("makemigrations", *APPS, verbosity=0)
        for label in APPS:
            self._wrap(label)
            self.stdout.write(f"{label}: 0001_initial")

    def _wrap(self, label: str) -> None:
        module = importlib.import_module(f"{label}.migrations.0001_initial")
        written: type[Migration] = importlib.reload(module).Migration
        wrapped = type("Migration", (Migration,), {"dependencies": written.dependencies, "initial": True})(
            "0001_initial", label
        )
        wrapped.operations = [BuildTogether(operations=written.operations)]
        (self._folder(label) / "0001_initial.py").write_text(
            MigrationWriter(wrapped, include_header=False).as_string(), encoding="utf-8"
        )

    def _folder(self, label: str) -> Path:
        return Path(apps.get_app_config(label).path) / "migrations"
