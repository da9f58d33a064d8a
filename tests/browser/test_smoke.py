"""The main pages in a browser: readable by everyone, quiet in the console, nothing beyond the edge, with and without JavaScript."""

from __future__ import annotations

import pytest

from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

axe = pytest.importorskip("axe_playwright_python.sync_playwright")

CODE = "{code}"
PAGES = (
    "/", "/platforms/", f"/platforms/{CODE}/", "/services/", "/batches/", "/statistics/", "/policies/", "/standards/",
    "/about/", "/glossary/", "/accessibility/", "/verify/", "/accounts/login/", "/styleguide/", "/no/such/page/",
)  # fmt: skip
WIDTHS = (1280, 320)
LANGUAGES = ("", "/en")
RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }
}


@pytest.fixture
def site(live_server, settings) -> dict[str, str]:
    from django.urls import Resolver404, resolve

    from platforms.publish import publish

    settings.ALLOWED_HOSTS = ["*"]
    platform = factories.PlatformFactory()
    factories.ServiceItemFactory(platform=platform)
    factories.EquipmentFactory(platform=platform)
    publish(platform)
    pages = {}
    for page in PAGES:
        path = page.format(code=platform.code)
        try:
            resolve(path)
        except Resolver404:
            if "no/such" not in path:
                continue  # not part of this installation; the access matrix lists what is
        pages[page] = path
    return {"root": live_server.url, **pages}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES, ids=["zh", "en"])
def test_pages_are_accessible_quiet_and_fit(browser, site, language: str, width: int):
    context = browser.new_context(viewport={"width": width, "height": 800}, locale="zh-CN")
    faults = [
        f"{name}: {fault}"
        for name, path in site.items()
        if name != "root"
        for fault in visit(context, f"{site['root']}{language}{path}", name)
    ]
    context.close()
    assert faults == []


def visit(context, url: str, name: str) -> list[str]:
    """What is wrong with one page at the width of this context."""
    faults: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: faults.append(message.text) if loud(message, name) else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(url)
    faults += unreadable(page)
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        faults.append("wider than the window")
    page.close()
    return faults


def test_pages_say_the_same_without_javascript(browser, site):
    faults = []
    with_script, without = browser.new_context(), browser.new_context(java_script_enabled=False)
    for name, path in site.items():
        if name == "root":
            continue
        texts = []
        for context in (with_script, without):
            page = context.new_page()
            page.goto(site["root"] + path)
            texts.append((page.locator("h1").first.inner_text(), page.locator("main").count()))
            page.close()
        if texts[0] != texts[1] or texts[0][1] != 1:
            faults.append((name, texts))
    with_script.close()
    without.close()
    assert faults == []


def test_a_person_signs_in_and_reaches_the_desk_by_keyboard(browser, site):
    from platforms.access import Role

    factories.person(Role.MINISTRY_CLERK, username="keyboard")
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{site['root']}/accounts/login/?next=/admin/")
    page.locator("input[name=login]").focus()
    page.keyboard.type("keyboard")
    page.keyboard.press("Tab")
    page.keyboard.type("a-good-long-password")
    page.keyboard.press("Enter")
    page.wait_for_url(site["root"] + "/admin/")
    assert page.locator("h1").count() >= 1
    context.close()


def test_the_admin_stays_within_the_policy(browser, site):
    from platforms.access import Role

    factories.person(Role.SYSTEM_ADMIN, username="keeper")
    context, faults = browser.new_context(), []
    page = context.new_page()
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto(f"{site['root']}/accounts/login/?next=/admin/")
    page.fill("input[name=login]", "keeper")
    page.fill("input[name=password]", "a-good-long-password")
    page.keyboard.press("Enter")
    page.wait_for_url(site["root"] + "/admin/")
    for path in ("/admin/", "/admin/platforms/region/", "/admin/platforms/area/add/"):
        page.goto(site["root"] + path)
    context.close()
    assert faults == []


def loud(message, name: str) -> bool:
    """Errors and violations of the policy. The error pages' own status is reported by the browser and is no fault."""
    if message.type != "error":
        return "Content Security Policy" in message.text
    return not ("no/such" in name and "404" in message.text)


def unreadable(page) -> list[str]:
    found = axe.Axe().run(page, options=RULES).response["violations"]
    return [f"{item['id']} ({item['impact']}): {item['nodes'][0]['html'][:120]}" for item in found]
