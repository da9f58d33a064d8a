"""Texts are found in code and templates alike, and a translation that does not fit is noticed."""

from __future__ import annotations

import pytest
from babel.messages.catalog import Catalog

from registry import messages
from registry.messages import calls_of_template

PYTHON = """
from django.utils.translation import gettext_lazy as _, ngettext, pgettext
A = _("名录")
B = ngettext("%(n)s 个平台", "%(n)s 个平台们", n)
C = pgettext("动词", "公示")
D = _(name)
E = _("很长的"
      "一句话")
"""
TEMPLATE = """{% load i18n %}it's <b title="{% translate "平台" %}">{{ _("甲")|upper }}
{% blocktranslate trimmed count n=rows|length %}
  共 {{ n }} 个{% plural %}共 {{ n }} 个们{% endblocktranslate %}
{% include "x.html" with label=_("乙") %}{% translate "丙" context "丁" %}"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    (tmp_path / "templates").mkdir()
    (tmp_path / "registry").mkdir()
    (tmp_path / "registry" / "code.py").write_text(PYTHON, encoding="utf-8")
    (tmp_path / "templates" / "page.html").write_text(TEMPLATE, encoding="utf-8")
    return tmp_path


def test_every_text_of_code_and_templates_is_found_where_it_stands(project):
    found = {messages.key(m): m.locations[0] for m in messages.extract() if m.id}
    code, page = "registry/code.py", "templates/page.html"
    assert found == {
        ("名录", None): (code, 3),
        (("%(n)s 个平台", "%(n)s 个平台们"), None): (code, 4),
        ("公示", "动词"): (code, 5),
        ("很长的一句话", None): (code, 7),
        ("平台", None): (page, 1),
        ("甲", None): (page, 1),
        (("共 %(n)s 个", "共 %(n)s 个们"), None): (page, 2),
        ("乙", None): (page, 4),
        ("丙", "丁"): (page, 4),
    }


def test_calls_of_a_template_are_python_even_where_the_rest_is_not():
    compile(calls_of_template(TEMPLATE, "page.html"), "page.html", "exec")


def english(source, translation):
    found, catalogue = Catalog(locale="en"), Catalog(locale="en")
    found.add(source, None, [("a.py", 1)])
    if translation is not None:
        catalogue.add(source, translation)
    return sorted(messages.problems(found, catalogue))


@pytest.mark.parametrize(
    ("source", "translation"),
    [
        ("名录", "Registry"),
        ("共 %(n)s 个", "%(n)s in all"),
        (("%(n)s 个", "%(n)s 个"), ("one", "%(n)s of them")),
        ("时间：10:30，共 2,400 项（示例）", "Time: 10:30, 2,400 items (sample)"),
        ('见 <a href="%(url)s">说明</a>。', 'See <a href="%(url)s">the notes</a>.'),
        ("English", "English"),
    ],
)
def test_a_translation_that_fits_is_fine(source, translation):
    assert english(source, translation) == []


@pytest.mark.parametrize(
    ("source", "translation", "fault"),
    [
        ("名录", None, "“名录” is missing in the English catalogue"),
        ("名录", "", "“名录” is not translated"),
        (("%(n)s 个", "%(n)s 个"), ("one", ""), "“%(n)s 个” is not translated"),
        ("共 %(n)s 个", "%(m)s in all", "“共 %(n)s 个”: placeholders differ: ['%(m)s', '%(n)s']"),
        ("共 {n} 个", "some", "“共 {n} 个”: placeholders differ: ['{n}']"),
        ("<b>名录</b>", "Registry", "“<b>名录</b>”: tags differ"),
        ("名录", "The 名录", "“名录”: the translation still contains Chinese"),
        ("名录,平台", "Registry, platform", "half-width punctuation “录,” in “名录,平台”"),
        ("名录(示例)", "Registry (sample)", "half-width punctuation “录(” in “名录(示例)”"),
    ],
)
def test_a_translation_that_does_not_fit_is_noticed(source, translation, fault):
    assert english(source, translation) == [f"a.py:1: {fault}"]


def test_a_translation_that_nothing_uses_is_noticed():
    catalogue = Catalog(locale="en")
    catalogue.add("旧词", "Old word")
    assert list(messages.problems(Catalog(locale="en"), catalogue)) == [
        "django.po: “旧词” is used nowhere; run “make messages”"
    ]


def test_writing_again_what_was_read_changes_nothing(tmp_path):
    catalogue, first, second = Catalog(locale="en"), tmp_path / "first.po", tmp_path / "second.po"
    catalogue.add("名录", "Registry")
    catalogue.add(("%(n)s 个", "%(n)s 个"), ("one", "%(n)s"))
    messages.write(catalogue, first)
    messages.write(messages.read(first), second)
    assert first.read_bytes() == second.read_bytes()
    assert messages.untranslated(messages.read(first)) == []
