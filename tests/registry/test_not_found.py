"""An address that is nearly right says what was probably meant."""

import pytest

from tests.platforms.publishing import published

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("slip", ["{code}9", "{start}-0", "{start}", "{bare}"])
def test_a_mistyped_code_leads_to_the_platform(client, slip):
    row = published("示例·电池材料平台")
    start = row.code.rpartition("-")[0]
    path = slip.format(code=row.code, start=start, bare=start.replace("-", " "))
    page = client.get(f"/platforms/{path}/")
    if page.status_code != 404:
        pytest.skip("this slip is the code itself")
    assert f'href="/platforms/{row.code}/"' in page.content.decode()


def test_an_address_without_a_code_suggests_nothing(client):
    assert "您是否要找" not in client.get("/no/such/page/").content.decode()
