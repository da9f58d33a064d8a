"""A person connects the issuer of their organisation and signs in there: in a browser, within the policy of the site."""

from __future__ import annotations

import pytest

from platforms.access import Role
from registry import env
from tests import factories
from tests.browser.people import Person
from tests.registry.test_single_sign_on import PASSWORD, issuer  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db(transaction=True)
BUTTON, CONNECTION = "用“示例统一认证”登录", "/accounts/sso/connection/"
#: Chromium holds form-action against every address a form is redirected to, and tells the page that sent it.
WATCH = "addEventListener('securitypolicyviolation', e => told(`${e.effectiveDirective} ${e.blockedURI}`))"


@pytest.fixture
def window(person, issuer, settings) -> Person:  # noqa: F811
    """Before an installation that names the issuer, whose policy is written down as it refuses something."""
    policy = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    allowed = [*policy["form-action"], *env.openid_origins(settings.OIDC)]
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {**policy, "form-action": allowed}}
    window = person()
    window.refused = []
    window.context.expose_function("told", lambda said: window.refused.append(said))
    window.context.add_init_script(WATCH)
    return window


def press(window: Person, button: str, **fields: str) -> None:
    """Where the policy holds a form back nothing comes at all: then say what was refused."""
    try:
        window.press(button, **fields)
    finally:
        window.page.evaluate("0")  # what the page told before this has arrived after it
        assert window.refused == []


def test_a_person_connects_the_issuer_and_signs_in_there(window):
    factories.person(Role.MINISTRY_CLERK, username="keeper")

    press(window.open("/accounts/login/?next=/ministry/"), BUTTON)
    assert (window.path, window.reads("还没有与这里的账户连接")) == ("/accounts/sso/callback/", True)

    press(window.open(f"/accounts/login/?next={CONNECTION}"), "登录", login="keeper", password=PASSWORD)
    assert window.path == "/accounts/reauthenticate/"  # for this the password is typed again
    press(window, "确认", password=PASSWORD)
    assert (window.path, window.reads("未连接")) == (CONNECTION, True)
    press(window, "去连接")
    assert (window.path, window.reads("已连接")) == (CONNECTION, True)

    window.context.clear_cookies()
    press(window.open("/accounts/login/?next=/ministry/"), BUTTON)
    assert (window.path, window.answer) == ("/ministry/", 302)
