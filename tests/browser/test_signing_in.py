"""Signing in with a real browser, and the admin under the policy of the site."""

from __future__ import annotations

import pytest

from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def root(live_server, settings) -> str:
    settings.ALLOWED_HOSTS = ["*"]
    return live_server.url


def test_a_person_signs_in_and_reaches_the_desk_by_keyboard(browser, root):
    from platforms.access import Role

    factories.person(Role.MINISTRY_CLERK, username="keyboard")
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{root}/accounts/login/?next=/admin/")
    page.locator("input[name=login]").focus()
    page.keyboard.type("keyboard")
    page.keyboard.press("Tab")
    page.keyboard.type("a-good-long-password")
    page.keyboard.press("Enter")
    page.wait_for_url(root + "/admin/")
    assert page.locator("h1").count() >= 1
    context.close()


def test_the_admin_stays_within_the_policy(browser, root):
    from platforms.access import Role

    factories.person(Role.SYSTEM_ADMIN, username="keeper")
    context, faults = browser.new_context(), []
    page = context.new_page()
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto(f"{root}/accounts/login/?next=/admin/")
    page.fill("input[name=login]", "keeper")
    page.fill("input[name=password]", "a-good-long-password")
    page.keyboard.press("Enter")
    page.wait_for_url(root + "/admin/")
    for path in ("/admin/", "/admin/platforms/region/", "/admin/platforms/area/add/"):
        page.goto(root + path)
    context.close()
    assert faults == []
