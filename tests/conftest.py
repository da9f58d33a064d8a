"""The cast: one person per role, in two authorities, so that a test can read as a sentence about people."""

import itertools
import os
from dataclasses import dataclass

import pytest
from django.core.cache import caches
from django.core.servers.basehttp import WSGIServer
from django.test import Client, override_settings
from django.utils import translation
from hypothesis import settings

from platforms import filters
from platforms.access import Role
from platforms.models import Authority, Operator, User
from tests import factories
from tests.database import django_db_setup  # noqa: F401  (as a plugin's it would lose to pytest-django's own)

# A busy machine is not a failing property.
settings.register_profile("registry", deadline=None)
settings.load_profile("registry")


@dataclass
class Cast:
    jiangsu: Authority
    ningbo: Authority
    operator_unit: Operator
    jiangsu_clerk: User
    jiangsu_approver: User
    ningbo_clerk: User
    ningbo_approver: User
    operator: User
    expert: User
    ministry_clerk: User
    ministry_approver: User
    second_approver: User
    system_admin: User
    security_admin: User
    audit_admin: User
    nobody: User


# A crowd that presses at once is not to be turned away by the test server before ours has seen it.
WSGIServer.request_queue_size = 128


@pytest.fixture(scope="session", autouse=True)
def quick_passwords():
    """Argon2 is slow on purpose; a cast of fifteen people per test would spend most of the run on it."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


_tests = itertools.count()


@pytest.fixture(autouse=True)
def own_cache():
    """Tests share one Valkey, also with the other workers of ``-n``: each sees only what it has put there itself."""
    prefix = f"test-{os.getpid()}-{next(_tests)}"
    caches.settings["default"]["KEY_PREFIX"] = prefix  # for the threads of a live server
    caches["default"].key_prefix = prefix


@pytest.fixture(autouse=True)
def fresh_synonyms(monkeypatch):
    """A process keeps the synonyms for a minute: longer than a test, and they are part of what tags an answer."""
    monkeypatch.setattr(filters, "_synonyms", (0.0, {}))


@pytest.fixture(autouse=True)
def chinese():
    """Every test starts in the language of the source, whatever the one before it opened."""
    with translation.override("zh-hans"):
        yield


@pytest.fixture
def own_files(settings, tmp_path):
    """Stored files go to a folder of this test's own, which is returned."""
    options = {"location": tmp_path, "base_url": None}
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}
    }
    return tmp_path


@pytest.fixture
def cast(db) -> Cast:
    jiangsu = factories.AuthorityFactory()
    zhejiang = factories.RegionFactory(code="330000", name_zh="浙江省", name_en="Zhejiang", short_zh="浙江")
    ningbo = factories.AuthorityFactory(
        code="330200", name_zh="宁波", name_en="Ningbo", kind="planned_city", region=zhejiang
    )
    unit = factories.OperatorFactory()
    return Cast(
        jiangsu=jiangsu,
        ningbo=ningbo,
        operator_unit=unit,
        jiangsu_clerk=factories.person(Role.AUTHORITY_CLERK, authority=jiangsu, username="js-clerk"),
        jiangsu_approver=factories.person(Role.AUTHORITY_APPROVER, authority=jiangsu, username="js-approver"),
        ningbo_clerk=factories.person(Role.AUTHORITY_CLERK, authority=ningbo, username="nb-clerk"),
        ningbo_approver=factories.person(Role.AUTHORITY_APPROVER, authority=ningbo, username="nb-approver"),
        operator=factories.person(Role.OPERATOR, operator=unit, username="operator"),
        expert=factories.person(Role.EXPERT, username="expert"),
        ministry_clerk=factories.person(Role.MINISTRY_CLERK, username="mi-clerk"),
        ministry_approver=factories.person(Role.MINISTRY_APPROVER, username="mi-approver"),
        second_approver=factories.person(Role.MINISTRY_APPROVER, username="mi-approver-2"),
        system_admin=factories.person(Role.SYSTEM_ADMIN, username="sysadmin"),
        security_admin=factories.person(Role.SECURITY_ADMIN, username="secadmin"),
        audit_admin=factories.person(Role.AUDIT_ADMIN, username="auditor"),
        nobody=factories.UserFactory(username="nobody"),
    )


@pytest.fixture
def signed_in():
    """``signed_in(user)`` is a browser in which that person has signed in."""

    def client_for(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return client_for
