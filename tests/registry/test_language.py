"""The language of one visitor ends with the visit."""

import pytest
from django.test import Client
from django.utils import translation

pytestmark = pytest.mark.django_db


def test_an_english_page_leaves_no_english_behind():
    Client().get("/en/about/")

    assert translation.get_language() == "zh-hans"


def test_a_refusal_before_the_page_speaks_the_language_of_the_address():
    english = Client().get("/en/platforms/?q=%00")
    chinese = Client().get("/platforms/?q=%00")

    assert (english.status_code, chinese.status_code) == (400, 400)
    assert "空字符" not in english.content.decode()
    assert "空字符" in chinese.content.decode()
