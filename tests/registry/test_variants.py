"""Traditional characters and elder mode: the same page under a prefix, and a way that keeps the prefix."""

import re

import pytest
from bs4 import BeautifulSoup

from platforms.models import PublicPlatform
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


def test_elder_mode_folds_what_follows_the_first_rows(client):
    target = published("示例·电池材料平台")
    row = PublicPlatform.objects.get(code=target.code)
    row.document["equipment"] = [
        {
            "name_zh": f"示例设备{number}",
            "quantity": 1,
            "annual_hours_used": None,
            "annual_hours_available": None,
        }
        for number in range(6)
    ]
    row.save(update_fields=["document"])
    text = client.get(f"/e/platforms/{target.code}/").content.decode()
    first, _summary, rest = text.partition("<summary>再看 3 项</summary>")
    assert "示例设备2" in first and "示例设备3" not in first
    assert all(f"示例设备{number}" in rest.partition("</details>")[0] for number in (3, 4, 5))
    plain = client.get(f"/platforms/{target.code}/").content.decode()
    assert "示例设备5" in plain and "再看" not in plain


def test_elder_mode_says_the_name_first_and_ends_with_the_telephone(client):
    target = published("示例·电池材料平台")
    text = client.get(f"/e/platforms/{target.code}/").content.decode()
    order = [text.index(part) for part in ("<h1>", "reach-first", target.code + "</span>", 'id="phone"')]
    assert order == sorted(order)
    head = text.partition("</header>")[0]
    assert all(word in head for word in ("菜单", "找平台", "看名单", "打电话", "回首页", "退出长辈模式"))


def test_the_home_page_in_elder_mode_asks_what_and_where_and_folds_the_rest(client):
    target = published("示例·电池材料平台")
    page = BeautifulSoup(client.get("/e/").content, "html.parser")
    form = page.select_one("main form[role=search]")
    assert form["action"] == "/e/platforms/"
    assert [label.text for label in form.select("label")] == ["要做什么？", "在哪里？"]
    assert target.region_code in [option["value"] for option in form.select("option")]
    assert all(heading.find_parent("details") for heading in page.select("#doors, #roles, #tiles, #news"))
    plain = BeautifulSoup(client.get("/").content, "html.parser")
    assert plain.select_one("h1 label[for=q]") and not plain.select("main details.more")
