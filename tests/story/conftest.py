import logging

import pytest

from tests.story import server
from tests.story.browser import Browser

#: After every fifty rows an import waits so long that somebody can pull the plug in between.
PAUSE = "import.write.between_chunks=sleep:4"


@pytest.fixture(scope="module")
def place(tmp_path_factory, django_db_blocker):
    """A running installation of the registry with reference data and people."""
    logging.getLogger("httpx").setLevel(
        logging.WARNING
    )  # a failure shows the page, not every request before it
    folder = tmp_path_factory.mktemp("story")
    with django_db_blocker.unblock(), server.installation(folder, REGISTRY_FAILPOINTS=PAUSE) as found:
        yield found


@pytest.fixture
def browser(place):
    """``browser("js-clerk")`` is that person's browser after signing in; ``browser()`` is the public's."""
    opened = []

    def open_browser(username: str = "") -> Browser:
        found = Browser(place)
        opened.append(found)
        return found.sign_in(username) if username else found

    yield open_browser
    for found in opened:
        found.client.close()
