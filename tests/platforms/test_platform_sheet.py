"""平台信息卡: one page of paper that says nothing the page of the platform does not say, in either language."""

import io
import re
import unicodedata

import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader

from platforms.models import Platform, Qualification
from platforms.publish import publish
from tests import factories

pytestmark = pytest.mark.django_db

NASTY = '=1+1 #panic("x") $x$ _斜_ *粗*'


@pytest.fixture
def platform(cast) -> Platform:
    """More of everything than fits, and words that would break a careless writer."""
    made = factories.PlatformFactory(
        name_zh="示例·正极材料中试平台", name_en="Sample cathode platform", authority=cast.jiangsu, tier="key",
        summary_zh="承接锂电正极材料从公斤级到吨级的放大。" * 12, address="示例市示例路1号", office_phone="025-00000000",
        office_email="office@example.org", website="https://example.org/", demo=True,
    )  # fmt: skip
    factories.PilotLineFactory(platform=made, name_zh="示例烧结线", process_zh=NASTY)
    for position in range(12):
        factories.ServiceItemFactory(
            platform=made, position=position, title_zh=f"示例放大服务{position}", lead_time_days=position + 1
        )
        factories.EquipmentFactory(
            platform=made, position=position, name_zh=f"示例设备{position}", specification="500 L"
        )
    Qualification.objects.create(platform=made, kind="cma", number="示例-1", issuer="示例机构")
    publish(made)
    return made


def plain(text: str) -> str:
    """As compared: no spaces, no ligatures; what a line was broken at does not matter."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def paper(client, code: str, language: str = "") -> PdfReader:
    response = client.get(f"{language}/platforms/{code}/sheet.pdf")
    assert response.status_code == 200
    assert b"<pdfaid:part>2</pdfaid:part>" in response.content
    return PdfReader(io.BytesIO(response.content))


@pytest.mark.parametrize("language", ["", "/en"])
def test_it_is_one_page_and_every_row_of_it_is_on_the_web_page(client, platform, language):
    from django.utils import translation

    from platforms.models import PublicPlatform
    from platforms.views.platform_sheet import said_of

    reader = paper(client, platform.code, language)
    assert len(reader.pages) == 1
    said = plain(reader.pages[0].extract_text())
    page = plain(
        BeautifulSoup(client.get(f"{language}/platforms/{platform.code}/").content, "html.parser").get_text()
    )
    row = PublicPlatform.objects.values("document", "version", "published_at", "etag").get(code=platform.code)
    with translation.override("en" if language else "zh-hans"):
        data = said_of(row)

    cells = [cell for table in data["tables"] for line in table["rows"] for cell in line if cell != "—"]
    assert len(cells) > 30
    for cell in cells:
        assert plain(cell) in said, cell
        assert plain(cell) in page, cell
    for _name, value in [*data["facts"], *data["contact"][:-1]]:
        assert plain(value) in said, value
        assert all(plain(part) in page for part in value.split()), value
    assert platform.code in said and plain(f"{data['code_text']}") in said


def test_what_does_not_fit_is_counted(client, platform):
    text = plain(paper(client, platform.code).pages[0].extract_text())
    assert "示例放大服务4" in text and "示例放大服务5" not in text
    assert text.count(plain("另有 7 项，见网页。")) == 2


def test_a_record_that_has_ended_has_no_sheet_and_an_unknown_one_neither(client, platform):
    from platforms.models import PublicPlatform

    PublicPlatform.objects.filter(code=platform.code).update(status="withdrawn")
    assert client.get(f"/platforms/{platform.code}/sheet.pdf").status_code == 404
    assert client.get("/platforms/ZS-32-99999-X/sheet.pdf").status_code == 404


def test_the_page_leads_to_it(client, platform):
    assert (
        f'href="/platforms/{platform.code}/sheet.pdf"'
        in client.get(f"/platforms/{platform.code}/").content.decode()
    )
