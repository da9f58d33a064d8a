"""How the workers of ``make test`` share the tests: file by file, the long files first.

What a file sets up once is then set up in one worker only, and no worker is left alone with a long story at the end.
"""

from __future__ import annotations

from pathlib import PurePath

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

#: Files, or a folder whose tests share an installation, that take about ten seconds or more; longest first.
LONG = (
    "story",
    "security/test_access_matrix.py",
    "security/test_bad_input.py",
    "browser/test_public_pages.py",
    "browser/test_batch_story.py",
    "security/test_api_fuzz.py",
    "security/test_non_interference.py",
    "browser/test_submission_killed.py",
    "browser/test_submission_story.py",
    "security/test_score_secrecy.py",
    "browser/test_submission_two_people.py",
    "faults/test_mirror.py",
    "browser/test_journeys.py",
    "browser/test_office.py",
    "browser/test_import_story.py",
    "security/test_api_hostile.py",
    "faults/test_import_kill.py",
    "security/test_headers.py",
    "cultivation/test_load_public_facts.py",
    "cultivation/test_deadline_rush.py",
)


def room(nodeid: str) -> str:
    """The entry of ``LONG`` that a test belongs to, or else its file."""
    path = PurePath(nodeid.split("::")[0]).relative_to("tests")
    return next((long for long in LONG if path.is_relative_to(long)), path.as_posix())


@pytest.hookimpl(trylast=True)  # after the shuffling
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    place = {long: number for number, long in enumerate(LONG)}
    items.sort(key=lambda item: place.get(room(item.nodeid), len(LONG)))


class RoomByRoom(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        return room(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> RoomByRoom:
    config.option.loadscopereorder = False  # not by the number of tests
    return RoomByRoom(config, log)
