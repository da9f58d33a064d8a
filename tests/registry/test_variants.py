"""Traditional characters and elder mode: the same page under a prefix, and a way that keeps the prefix."""

import re

import pytest

from registry.variants import rewritten
from tests.platforms.publishing import published

pytestmark = pytest.mark.django_db


def test_the_page_in_traditional_characters_is_the_page(client):
    target = published("示例·电池材料平台")
    page = client.get(f"/zh-hant/platforms/{target.code}/")
    text = page.content.decode()
    assert page.status_code == 200
    assert '<html lang="zh-Hant"' in text and "電池材料平臺" in text
    assert "由簡體自動轉換" in text
    assert page["Content-Language"] == "zh-Hant"


def test_links_stay_in_the_variant_and_the_switch_leads_out(client):
    published("示例·电池材料平台")
    text = client.get("/zh-hant/platforms/?q=電池").content.decode()
    links = re.findall(r'<a [^>]*href="(/[^"]*)"[^>]*>', text)
    assert any(link.startswith("/zh-hant/platforms/ZS-") for link in links)
    assert re.search(r'href="/platforms/\?q=[^"]*" lang="zh-Hans"', text)
    assert 'href="/static/' in text and "/zh-hant/static/" not in text
    assert "/zh-hant/platforms/download.csv" not in text


def test_what_was_typed_is_not_changed():
    html = (
        '<form action="/x/"><input value="发酵" aria-label="发酵"><textarea>发酵</textarea><p>发酵</p></form>'
    )
    assert rewritten(html, "zh-hant") == (
        '<form action="/zh-hant/x/"><input value="发酵" aria-label="發酵"><textarea>发酵</textarea><p>發酵</p></form>'
    )


def test_a_form_sent_in_a_variant_leads_on_within_it(client):
    answer = client.get("/zh-hant/letters/receipt/")
    assert (answer.status_code, answer["Location"]) == (302, "/zh-hant/letters/status/")


@pytest.mark.parametrize("path", ["/e/", "/e/platforms/", "/e/en/platforms/"])
def test_elder_mode_is_a_way_through_the_same_pages(client, path):
    published("示例·电池材料平台")
    text = client.get(path).content.decode()
    assert 'data-mode="elder"' in text
    assert 'href="/e/en/platforms/"' in text if "/en/" in path else 'href="/e/platforms/"' in text


def test_a_plain_page_knows_no_variant(client):
    assert 'data-mode="elder"' not in client.get("/").content.decode()
    assert client.get("/zh-hant/no/such/page/").status_code == 404


def test_elder_mode_asks_one_question_after_the_other_and_can_be_read_aloud(client):
    target = published("示例·电池材料平台")
    text = client.get(f"/e/platforms/?q=电池&region={target.region_code}").content.decode()
    assert target.name_zh in text
    assert re.search(r'<label for="q">要做什么？</label>.*<label for="region">在哪里？</label>', text, re.S)
    assert f'<option value="{target.region_code}" selected>' in text
    assert 'id="read-aloud" data-start="朗读本页"' in text and "read-aloud.js" in text
    assert "接听时间" in text
    plain = client.get("/platforms/?q=电池").content.decode()
    assert "要做什么？" not in plain and "read-aloud" not in plain
