"""The house rules hold in every file, and every rule bites: each is shown a planted violation."""

import ast
import re
from pathlib import Path

import pytest

from tests.security import lints

PLANTED = {
    "public_pages_read_the_public_record": (
        "platforms/views/planted.py",
        "@public\ndef page(request):\n    return Platform.objects.all()\n",
    ),
    "states_are_moved_by_tables": ("platforms/views/planted.py", "submission.status = 'accepted'\n"),
    "markup_is_escaped": ("platforms/planted.py", "from django.utils.safestring import mark_safe\n"),
    "the_acting_authority_is_no_session_matter": (
        "platforms/views/planted.py",
        "request.session['acting_authority'] = '320000'\n",
    ),
    "pages_do_not_write": (
        "platforms/views/planted.py",
        "Platform.objects.filter(pk=1).update(name_zh='x')\n",
    ),
    "nothing_dangerous": ("platforms/planted.py", "Platform.objects.raw('SELECT ' + name)\n"),
    "serializers_name_their_fields": (
        "platforms/serializers.py",
        "class S:\n    class Meta:\n        fields = '__all__'\n",
    ),
}


@pytest.fixture(scope="module", autouse=True)
def _models():
    lints.fill_working_models()


@pytest.mark.parametrize("rule", lints.RULES, ids=lambda rule: rule.__name__)
def test_no_file_breaks_the_rule(rule):
    broken = [f"{source.path}:{line}" for source in lints.sources() for line in rule(source)]
    assert broken == []


@pytest.mark.parametrize("rule", lints.RULES, ids=lambda rule: rule.__name__)
def test_the_rule_bites(rule):
    path, text = PLANTED[rule.__name__]
    assert list(rule(lints.Source(path, ast.parse(text), text)))


def test_no_template_switches_escaping_off_or_carries_inline_code():
    """``|safe``, ``autoescape off``, inline scripts, styles and handlers would need a looser content security policy."""
    pattern = re.compile(
        r"\|\s*safe\b|autoescape\s+off|<style\b|\sstyle=|\son[a-z]+=\"|<script(?![^>]*\ssrc=)[^>]*>",
        re.IGNORECASE,
    )
    # Help texts are written in code; that of the password rules is a list.
    templates = [
        path for path in Path(lints.ROOT, "templates").rglob("*.html") if path.name != "field_notes.html"
    ]
    broken = [
        f"{path.relative_to(lints.ROOT)}: {found.group(0)}"
        for path in sorted(templates)
        for found in pattern.finditer(
            re.sub(r"{%\s*comment.*?endcomment\s*%}", "", path.read_text(), flags=re.S)
        )
    ]
    assert broken == []
    assert pattern.search('<p style="color:red">')
    assert not pattern.search('<script src="/static/x.js" defer></script>')


#: One file by promise: anyone can run it alone.
ALONE = "cultivation/releases/verify_release.py"


def test_no_file_grows_beyond_its_room():
    long = {
        source.path: source.text.count("\n")
        for source in lints.sources()
        if "/migrations/" not in source.path and source.path != ALONE and source.text.count("\n") > 420
    }
    assert long == {}


def test_no_room_without_a_name():
    vague = [
        source.path
        for source in lints.sources()
        if "/management/commands/" not in source.path  # a command is named by what it says
        and Path(source.path).stem in ("utils", "helpers", "common", "services", "misc", "core")
    ]
    assert vague == []
