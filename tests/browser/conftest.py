"""A real browser against a real server: the live server runs in a thread of the test process, Chromium beside it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

playwright = pytest.importorskip("playwright.sync_api")


def chromium() -> str | None:
    for name in (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name) if name else None
        if found:
            return found
    return None


@pytest.fixture(scope="session", autouse=True)
def _orm_beside_the_browsers_loop():
    """Playwright keeps an event loop in this thread; Django's guard against blocking it does not apply to a test."""
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    yield
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session")
def fonts(tmp_path_factory) -> Path:
    """What the system has and, for machines without a Chinese font, those that the lists are printed with.

    Boxes in place of characters are wider than the characters: pages would not fit where they do for people.
    """
    import pylopdf_fonts_zh_cn

    folder = tmp_path_factory.mktemp("fonts")
    settings = folder / "fonts.conf"
    settings.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        '<include ignore_missing="yes">/etc/fonts/fonts.conf</include>'
        f"<dir>{Path(pylopdf_fonts_zh_cn.__file__).parent}</dir><cachedir>{folder}</cachedir></fontconfig>"
    )
    return settings


@pytest.fixture(scope="session")
def browser(fonts) -> Iterator:
    path = chromium()
    if path is None:
        pytest.skip("no Chromium: apt-get install chromium, or CHROMIUM=/path")
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(
            executable_path=path,
            env={**os.environ, "FONTCONFIG_FILE": str(fonts)},
            args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                  "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        )  # fmt: skip
        yield running
        running.close()


@pytest.fixture
def person(browser, live_server, settings):
    """``person(user)`` is that person in front of a browser; ``person()`` is the public; ``script=False`` switches it off."""
    from tests.browser.people import Person

    settings.ALLOWED_HOSTS = ["*"]
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    windows = []

    def open_window(user=None, *, script: bool = True) -> Person:
        windows.append(Person(browser, live_server.url, user, script=script))
        return windows[-1]

    yield open_window
    for window in windows:
        window.close()
