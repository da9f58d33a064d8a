"""Every reader of the environment, with good values, no value and bad ones."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from registry import env


@pytest.fixture(autouse=True)
def _clean(monkeypatch):
    for name in ("THING", "THING_FILE"):
        monkeypatch.delenv(name, raising=False)


def test_text_is_the_value_or_the_default(monkeypatch):
    assert env.text("THING", "default") == "default"
    monkeypatch.setenv("THING", " as it is ")
    assert env.text("THING", "default") == " as it is "


def test_text_comes_from_the_file_that_a_secret_is_handed_over_in(monkeypatch, tmp_path):
    (tmp_path / "secret").write_text("秘密\n", encoding="utf-8")
    monkeypatch.setenv("THING_FILE", str(tmp_path / "secret"))
    assert env.text("THING") == "秘密"


def test_a_value_and_a_file_at_once_are_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("THING", "a")
    monkeypatch.setenv("THING_FILE", str(tmp_path))
    with pytest.raises(ImproperlyConfigured, match="^Set THING or THING_FILE, not both.$"):
        env.text("THING")


def test_a_file_that_cannot_be_read_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("THING_FILE", str(tmp_path / "absent"))
    with pytest.raises(ImproperlyConfigured, match=r"THING_FILE points to .*absent, which cannot be read"):
        env.text("THING")


@pytest.mark.parametrize(
    ("value", "meaning"),
    [
        ("1", True),
        ("Yes", True),
        (" true ", True),
        ("on", True),
        ("0", False),
        ("NO", False),
        ("off", False),
    ],
)
def test_flag(monkeypatch, value, meaning):
    monkeypatch.setenv("THING", value)
    assert env.flag("THING", default=not meaning) is meaning


@pytest.mark.parametrize("default", [True, False])
def test_an_unset_flag_has_its_default(default):
    assert env.flag("THING", default=default) is default


def test_a_flag_that_is_neither_stops_the_start(monkeypatch):
    monkeypatch.setenv("THING", "maybe")
    with pytest.raises(ImproperlyConfigured, match="^THING='maybe' is not a yes/no value; use 1 or 0.$"):
        env.flag("THING")


def test_integer(monkeypatch):
    assert env.integer("THING", 7) == 7
    monkeypatch.setenv("THING", " 12 ")
    assert env.integer("THING", 7, least=12, most=12) == 12


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("ten", "THING='ten' is not a whole number."),
        ("1.5", "THING='1.5' is not a whole number."),
        ("0", "THING=0 is outside 1–9."),
        ("10", "THING=10 is outside 1–9."),
    ],
)
def test_a_bad_integer_stops_the_start(monkeypatch, value, sentence):
    monkeypatch.setenv("THING", value)
    with pytest.raises(ImproperlyConfigured) as caught:
        env.integer("THING", 5, least=1, most=9)
    assert str(caught.value) == sentence


def test_an_integer_without_upper_limit_says_so(monkeypatch):
    monkeypatch.setenv("THING", "-1")
    with pytest.raises(ImproperlyConfigured, match="^THING=-1 is outside 0–∞.$"):
        env.integer("THING", 5)


def test_words_drop_blanks(monkeypatch):
    monkeypatch.setenv("THING", "a, b,, c ,")
    assert env.words("THING") == ["a", "b", "c"]
    monkeypatch.delenv("THING")
    assert env.words("THING") == []
    assert env.words("THING", "x,y") == ["x", "y"]


def test_choice(monkeypatch):
    assert env.choice("THING", "a", ("a", "b")) == "a"
    monkeypatch.setenv("THING", "c")
    with pytest.raises(ImproperlyConfigured, match="^THING='c' is not one of a, b.$"):
        env.choice("THING", "a", ("a", "b"))


def test_database_address_with_everything():
    assert env.database("postgresql://us%40er:p%2Fw@db.example:5433/reg%20istry?sslmode=require") == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "reg istry",
        "USER": "us@er",
        "PASSWORD": "p/w",
        "HOST": "db.example",
        "PORT": "5433",
        "OPTIONS": {"sslmode": "require"},
    }


def test_database_address_of_a_socket():
    settings = env.database("postgres://registry@/registry?host=%2Ftmp%2Fa%20b")
    assert (settings["HOST"], settings["PORT"], settings["OPTIONS"]) == ("/tmp/a b", "", {})


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mysql://a/b", "DATABASE_URL must start with postgresql://; no other database is supported."),
        ("sqlite:///x.db", "DATABASE_URL must start with postgresql://; no other database is supported."),
        ("postgresql://host", "DATABASE_URL names no database."),
        ("postgresql://host/", "DATABASE_URL names no database."),
    ],
)
def test_a_bad_database_address_stops_the_start(url, sentence):
    with pytest.raises(ImproperlyConfigured) as caught:
        env.database(url)
    assert str(caught.value) == sentence


def test_a_line_without_a_value_uses_the_default(monkeypatch):
    monkeypatch.setenv("THING", "")
    assert env.flag("THING", default=True) is True
    assert env.integer("THING", 7) == 7
    assert env.words("THING", "a,b") == ["a", "b"]
    assert env.choice("THING", "low", ("low", "high")) == "low"
    assert env.address("THING", "https://a.example", schemes=("https",)) == "https://a.example"
    assert env.rate("THING", "60/min") == "60/min"


@pytest.mark.parametrize("value", ["a.example", "ftp://a.example", "https:/a.example"])
def test_an_address_of_another_kind_stops_the_start(monkeypatch, value):
    monkeypatch.setenv("THING", value)
    with pytest.raises(ImproperlyConfigured, match="^THING must start with http:// or https://.$"):
        env.address("THING", schemes=("http", "https"))


@pytest.mark.parametrize("value", ["fast", "60", "60/fortnight", "-1/min", "60 / min"])
def test_a_rate_that_is_none_stops_the_start(monkeypatch, value):
    monkeypatch.setenv("THING", value)
    with pytest.raises(ImproperlyConfigured, match="is not a rate; write it as 60/min"):
        env.rate("THING")


def test_a_port_that_is_no_number_stops_the_start():
    with pytest.raises(ImproperlyConfigured, match="^The port in DATABASE_URL is not a number"):
        env.database("postgresql://db:many/registry")
