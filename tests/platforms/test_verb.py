"""What every act has in common: the language of the record, refusals in the reader's, bad input, history within history."""

import pytest
from django.db import connection
from django.utils import translation

from platforms.actions.verb import VERBS, verb
from platforms.errors import Conflict, Invalid, Problem
from platforms.models import Authority, User
from platforms.transitions import PLATFORM
from platforms.words import gettext_lazy as _
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def act():
    """``act(function)`` makes a verb of it for one test."""
    before = dict(VERBS)
    yield lambda function, name="example.act": verb(name)(function)
    VERBS.clear()
    VERBS.update(before)


def test_an_act_writes_chinese_and_refuses_in_the_language_of_the_reader(act):
    platform = factories.PlatformFactory(name_zh="示例平台")
    written = []

    def refuse(*, by=None):
        written.append(str(_("没有这个字段。")))
        raise Conflict(PLATFORM.refusal(platform, PLATFORM.find("restore")))

    with translation.override("en"):
        with pytest.raises(Conflict) as refused:
            act(refuse)()
        english = str(refused.value)
        assert translation.get_language() == "en"
    assert written == ["没有这个字段。"]
    assert "示例平台" in english
    assert "不能" not in english
    assert "在库" not in english
    with translation.override("zh-hans"):
        assert "不能" in refused.value.sentence


def test_a_problem_is_worded_when_it_is_read():
    problem = Problem("reason", "required", "请写明原因。")
    with translation.override("en"):
        assert problem.message != "请写明原因。"
    assert problem.message == "请写明原因。"


@pytest.mark.parametrize("text", ["\x00", "\ud800", "长" * 400], ids=["nul", "surrogate", "too-long"])
def test_what_cannot_be_stored_is_bad_input(act, text):
    person = factories.UserFactory()

    def rename(*, by=None):
        User.objects.filter(pk=person.pk).update(name=text)

    with pytest.raises(Invalid):
        act(rename)()
    person.refresh_from_db()
    assert person.name != text


def test_after_an_act_within_an_act_the_history_is_the_outer_acts_again(act):
    authority = factories.AuthorityFactory()
    seen = []

    def look():
        with connection.cursor() as cursor:
            # The context travels with statements that write.
            cursor.execute("UPDATE platforms_authority SET name_zh = name_zh WHERE code = 'none'")
            cursor.execute("SELECT current_setting('pghistory.context_metadata')::json")
            seen.append(cursor.fetchone()[0])

    def inner(*, by=None, reason=""):
        look()

    inner_act = act(inner, "example.inner")

    def outer(*, record: Authority, by=None, reason=""):
        look()
        inner_act(reason="里")
        look()

    act(outer, "example.outer")(record=authority, reason="外")
    assert [(each["verb"], each["reason"], each["authority"]) for each in seen] == [
        ("example.outer", "外", authority.pk),
        ("example.inner", "里", ""),
        ("example.outer", "外", authority.pk),
    ]
