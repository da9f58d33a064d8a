"""People find the platform they mean: what ``quality`` measures, held to the promise."""

import pytest

from platforms import filters
from tests.search import quality

pytestmark = pytest.mark.django_db


@pytest.fixture
def codes() -> dict[str, str]:
    filters._synonyms = (0.0, {})
    return quality.publish_everything(scale=0.1)


def test_the_platform_meant_is_among_the_first_three_and_no_text_that_says_a_word_is_missed(codes):
    found = quality.report(codes)

    assert found["queries"] >= 120
    assert found["substring_recall"] == 1.0, found["substring_lost"]
    assert found["expected_in_first_three"] >= 0.95, found["below"]
    # A kind of query that fails as a whole must not hide behind the others.
    assert [
        kind for kind, row in found["by_kind"].items() if row["in_first_three"] * 2 < row["queries"]
    ] == []
