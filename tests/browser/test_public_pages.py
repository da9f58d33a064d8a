"""Every public page in a browser, in every language, the error pages included: readable, quiet, light, and never too wide."""

from __future__ import annotations

import pytest
from django.conf import settings

from registry.variants import VARIANTS, prefixed
from tests.browser.looking import CONTRAST, Look
from tests.browser.urls import STATUSES
from tests.security import world as worlds
from tests.security.routes import ours
from tests.security.test_access_matrix import address

pytestmark = pytest.mark.django_db(transaction=True)

#: The ways to read a page: in each language, in traditional characters, in elder mode.
READINGS = [
    *("" if code == settings.LANGUAGE_CODE else f"/{code}" for code, _name in settings.LANGUAGES),
    *(f"/{variant}" for variant in VARIANTS),
]
NARROWEST = 320
#: Ways a page can look that its plain address does not show.
MORE = (
    "/platforms/?q=平台&view=table", "/platforms/?view=tiles", "/platforms/?q=没有这样的平台&tier=national", "/services/?q=放大",
    "/compare/?code={a}&code={b}", "/compare/?code={a}&code={b}&only=different", "/enquiry/?code={a}&code={b}", "/verify/?q={a}",
    "/verify/?q=没有", "/accounts/login/", "/no/such/page/", "/platforms/?page=0", "/error/csrf/",
)  # fmt: skip
#: Answers that are files or lead elsewhere.
NO_PAGE = (".csv", ".json", ".xlsx", ".pdf", ".ics", ".atom", ".xml", ".txt", ".svg", ".png")
#: Steps on the way to an issuer and back: without one configured they are not there.
ON_THE_WAY = ("/accounts/sso/", "/accounts/sso/callback/")


@pytest.fixture
def site(live_server, settings) -> tuple[str, list[str]]:
    settings.ALLOWED_HOSTS = ["*"]
    settings.ROOT_URLCONF = "tests.browser.urls"
    world = worlds.build()
    worlds.double(world)
    codes = {
        name: place.things["platforms"].code for name, place in zip("ab", world.provinces(), strict=True)
    }
    found = [f"/error/{status}/" for status in STATUSES]
    for route in ours():
        if route.kind == "page" and route.access == "public" and "GET" in route.methods:
            path = address(route, world.jiangsu)[0]
            found += [path] if not path.endswith(NO_PAGE + ON_THE_WAY) else []
    return live_server.url, list(dict.fromkeys([*found, *(page.format(**codes) for page in MORE)]))


def in_reading(path: str, prefix: str) -> str:
    """The page in one reading; a page that has no such reading as it is."""
    variant = prefix.removeprefix("/")
    return prefixed(path, variant) if variant in VARIANTS else prefix + path


@pytest.mark.parametrize("prefix", READINGS)
def test_every_public_page_is_accessible_quiet_light_and_fits(browser, site, prefix: str):
    root, pages = site
    if prefix.removeprefix("/") in VARIANTS:
        pages = [path for path in pages if in_reading(path, prefix) != path]
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="zh-CN")
    look, faults = Look(context, root), []
    for path in pages:
        if path == "/headz":
            continue
        look.page.set_viewport_size({"width": 1280, "height": 800})
        look.go(in_reading(path, prefix))
        found = [
            *look.too_heavy(),
            *look.unreadable(),
            *look.too_wide(1280),
            *look.too_wide(NARROWEST),
            *look.taken(),
        ]
        faults += [f"{prefix} {path}: {fault}" for fault in found]
    context.close()
    assert len(pages) >= 35
    assert faults == []


def test_pages_say_the_same_without_javascript(browser, site):
    root, pages = site
    with_script, without = browser.new_context(), browser.new_context(java_script_enabled=False)
    tabs, faults = [context.new_page() for context in (with_script, without)], []
    for path in pages:
        if path == "/headz":
            continue
        texts = []
        for tab in tabs:
            tab.goto(root + path)
            texts.append((tab.locator("h1").first.inner_text(), tab.locator("main").count()))
        if texts[0] != texts[1] or texts[0][1] != 1:
            faults.append((path, texts))
    with_script.close()
    without.close()
    assert faults == []


#: The first screen of a telephone.
SCREEN = {"width": 375, "height": 812}
SMALL_TARGETS = """() => [...document.querySelectorAll('header a, header summary, main summary, main .btn, .foot nav a')]
  .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 44)
  .map((one) => one.outerHTML.slice(0, 120))"""


def test_elder_mode_shows_the_subject_at_once_with_strong_contrast_and_large_targets(browser, site):
    root, pages = site
    context = browser.new_context(viewport=SCREEN, java_script_enabled=True)
    look, faults = Look(context, root), []
    platform = next(path for path in pages if path.startswith("/platforms/ZS-") and path.count("/") == 3)
    for path in ("/e/", "/e/platforms/", f"/e{platform}", f"/e/en{platform}"):
        look.page.set_viewport_size(SCREEN)
        look.go(path)
        top = look.page.locator("h1").first.bounding_box()["y"]
        faults += [f"{path}: the heading begins at {top}"] if top > SCREEN["height"] * 0.6 else []
        look.page.locator(".menu > summary").click()
        faults += [f"{path}: {tag}" for tag in look.page.evaluate(SMALL_TARGETS)]
        faults += [f"{path}: {fault}" for fault in look.unreadable(CONTRAST) + look.too_wide(NARROWEST)]
    context.close()
    assert faults == []


def test_what_elder_mode_folds_is_open_on_paper(browser, site):
    root, _pages = site
    context = browser.new_context(viewport=SCREEN, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{root}/e/about/")
    page.locator("main").evaluate(
        "main => main.insertAdjacentHTML('beforeend', '<details class=more><summary>+</summary><p id=late>x</p></details>')"
    )
    late = page.locator("#late")
    assert not late.is_visible()
    page.emulate_media(media="print")
    assert late.is_visible()
    context.close()
