"""The picture of a page where its address is shared."""

import io

import pytest
from PIL import Image

from tests.platforms.publishing import published

pytestmark = pytest.mark.django_db


def test_a_platform_has_a_picture_of_the_size_that_is_asked_for(client):
    row = published("示例·电池材料平台")
    page = client.get(f"/platforms/{row.code}/").content.decode()
    assert f"/platforms/{row.code}/card.png" in page
    answer = client.get(f"/platforms/{row.code}/card.png")
    assert Image.open(io.BytesIO(answer.content)).size == (1200, 630)


def test_every_other_page_has_the_picture_of_the_site(client):
    assert "/card.png" in client.get("/platforms/").content.decode()
    assert Image.open(io.BytesIO(client.get("/card.png").content)).size == (1200, 630)
