"""A page number that is none is refused with a sentence, on every list."""

import pytest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("page", ["0", "-1", "abc", "1e3", "９", "1" * 5000])
@pytest.mark.parametrize("address", ["/platforms/", "/services/", "/batches/", "/ministry/submissions/", "/ministry/batches/"])
def test_what_is_not_a_page_is_refused(cast, signed_in, address, page):
    answer = signed_in(cast.ministry_clerk).get(address, {"page": page})

    assert answer.status_code == 400
    assert "页" in answer.content.decode()
