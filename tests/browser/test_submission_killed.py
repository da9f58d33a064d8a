"""The server dies in the middle of a word. A real server, a real SIGKILL, a browser that goes on typing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from django.db import connection

from tests.browser.filling import press
from tests.database import ROOT, migrated_template
from tests.factories import valid_payload
from tests.story.server import Installation

pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals")


class Web(Installation):
    """Only the web server of an installation, so that killing it kills everything that answers."""

    def start(self, **settings: str) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", "--log-level", "warning", "--bind", f"127.0.0.1:{self.port}", "--threads", "4",
                 "registry.wsgi:application"],
                cwd=ROOT, env=self.environment | settings, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self.wait()

    def wait(self) -> None:
        from tests.story.server import eventually

        eventually(self._answers, "the server to answer")

    def kill(self) -> None:
        """SIGKILL for the master and its workers at once, as when the power goes."""
        assert self.process
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None


@pytest.fixture(scope="module")
def web(tmp_path_factory, django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        database, template = f"killed_{os.getpid()}", migrated_template()
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {database} TEMPLATE {template} STRATEGY FILE_COPY")
        place = Web(database, tmp_path_factory.mktemp("killed"), 5)
        try:
            place.prepare()
            place.start()
            yield place
        finally:
            place.stop()
            with connection._nodb_cursor() as cursor:
                cursor.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")


@pytest.fixture
def clerk(web, browser):
    from platforms.demo import people

    context = browser.new_context(locale="zh-CN")
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{web.address}/accounts/login/?next=/desk/")
    page.fill("input[name=login]", "jiangsu-clerk")
    page.fill("input[name=password]", people.password())
    page.click("main button[type=submit]")
    page.wait_for_url(f"{web.address}/desk/")
    yield page
    context.close()


def saved(page) -> None:
    page.locator("#said", has_text="已自动保存").wait_for()


def test_at_most_the_field_being_typed_is_lost(web, clerk):
    """Name, code and an address are typed; in the middle of the next field the server dies."""
    clerk.goto(f"{web.address}/authorities/320000/submissions/new/")
    clerk.fill("[name=platform-name_zh]", "示例·断电平台")
    clerk.fill("[name=operator-uscc]", valid_payload()["operator"]["uscc"])
    clerk.fill("[name=platform-address]", "示例路 9 号")
    clerk.locator("[name=platform-sub_direction]").press_sequentially("先进陶", delay=30)
    saved(clerk)  # what the field before it holds is on the server; the script never needed a button
    draft = clerk.url
    assert "/sections/identity/" in draft

    clerk.locator("[name=platform-keywords]").press_sequentially("烧", delay=30)
    web.kill()
    clerk.locator("[name=platform-keywords]").press_sequentially("结、粉体", delay=30)
    clerk.locator("#said", has_text="正在重试").wait_for()

    web.start()
    other = clerk.context.new_page()
    other.goto(draft)
    assert other.locator("[name=platform-name_zh]").input_value() == "示例·断电平台"
    assert other.locator("[name=operator-uscc]").input_value() == valid_payload()["operator"]["uscc"]
    assert other.locator("[name=platform-address]").input_value() == "示例路 9 号"
    assert other.locator("[name=platform-sub_direction]").input_value() == "先进陶"
    other.close()

    # The page that stayed open tries again by itself, and then even that field is not lost.
    saved(clerk)
    other = clerk.context.new_page()
    other.goto(draft)
    assert other.locator("[name=platform-keywords]").input_value() == "烧结、粉体"


def test_a_long_text_is_kept_while_it_is_still_being_typed(web, clerk):
    """One field, no pause longer than a breath: after four seconds the server has the words."""
    clerk.goto(f"{web.address}/authorities/320000/submissions/new/")
    clerk.fill("[name=platform-name_zh]", "示例·长文平台")
    clerk.locator("[name=platform-name_zh]").blur()
    saved(clerk)
    clerk.goto(clerk.url.replace("identity", "narrative"))
    box = clerk.locator("[name=platform-summary_zh]")
    begun = time.monotonic()
    while time.monotonic() - begun < 7:
        box.press_sequentially("承接工艺放大，", delay=20)
    web.kill()
    typed = box.input_value()

    web.start()
    other = clerk.context.new_page()
    other.goto(clerk.url)
    kept = other.locator("[name=platform-summary_zh]").input_value()
    assert typed.startswith(kept)
    assert len(kept) >= len(typed) // 4


def test_without_a_script_what_was_saved_is_there_and_the_page_says_when_it_is_not(web, browser):
    from platforms.demo import people

    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto(f"{web.address}/accounts/login/?next=/authorities/320000/submissions/new/")
    page.fill("input[name=login]", "jiangsu-clerk")
    page.fill("input[name=password]", people.password())
    page.click("main button[type=submit]")
    page.fill("[name=platform-name_zh]", "示例·无脚本平台")
    page.fill("[name=operator-uscc]", valid_payload(serial=900009)["operator"]["uscc"])
    press(page, "保存并继续")
    draft = page.url
    web.kill()
    web.start()
    page.goto(draft.replace("/mode/", "/identity/"))

    assert page.locator("[name=platform-name_zh]").input_value() == "示例·无脚本平台"
    context.close()
