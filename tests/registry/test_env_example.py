"""``.env.example`` names every setting that the code reads, and none that it does not."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
READ = re.compile(
    r"env\.(?:text|flag|integer|words|choice|json_list|address|rate)\(\s*[\"']([A-Z_]+)[\"']|os\.environ\.get\('([A-Z_]+)'|environ\.get\(\"([A-Z_]+)\""
)
NAMED = re.compile(r"^#?([A-Z_]+?)(?:_FILE)?=", re.MULTILINE)


def sources():
    folders = [ROOT / name for name in ("registry", "platforms", "cultivation", "deploy")]
    return [path.read_text(encoding="utf-8") for folder in folders for path in folder.rglob("*.py")]


def test_every_setting_is_documented_and_nothing_else_is():
    read = {name for text in sources() for match in READ.findall(text) for name in match if name}
    read -= {"DJANGO_SETTINGS_MODULE"}
    assert read == set(NAMED.findall((ROOT / ".env.example").read_text(encoding="utf-8")))


def test_every_setting_is_explained_in_both_languages():
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    for before, line in pairwise(lines):
        if NAMED.match(line) and before.startswith("# "):
            assert re.search(r"[\u4e00-\u9fff].* · \w", before), before
