"""The rules a classified installation adds: three kinds of characters, no reuse, a new password in time."""

import datetime

import pytest
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils import timezone

from platforms.models import PasswordRecord
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _classified(settings):
    settings.AUTH_PASSWORD_VALIDATORS = [
        {"NAME": f"platforms.passwords.{name}"} for name in ("CharacterClasses", "NotUsedBefore")
    ]
    settings.PASSWORD_MAX_DAYS = 90
    password_validation.get_default_password_validators.cache_clear()
    yield
    password_validation.get_default_password_validators.cache_clear()


def refused(password: str, user=None) -> list[str]:
    try:
        password_validation.validate_password(password, user)
    except ValidationError as error:
        return [each.code for each in error.error_list]
    return []


def test_three_kinds_of_characters():
    assert refused("onlylowercase") == ["too_few_classes"]
    assert refused("lower123456789") == ["too_few_classes"]
    assert refused("Lower123456789") == []
    assert refused("lower-12345678") == []


def test_the_last_five_are_not_used_again():
    user = factories.UserFactory()
    for number in range(7):
        user.set_password(f"Geheim-{number}")
        user.save()
    assert [refused(f"Geheim-{number}", user) for number in range(7)] == [[], []] + [["used_before"]] * 5
    assert "Geheim" not in str(PasswordRecord.objects.values_list("password"))


def test_an_old_password_must_be_changed_before_anything_else(client, signed_in):
    user = factories.person("authority_clerk", authority=factories.AuthorityFactory())
    user.set_password("Geheim-2026-x")
    user.save()
    browser = signed_in(user)
    assert browser.get("/desk/").status_code == 200
    PasswordRecord.objects.update(set_at=timezone.now() - datetime.timedelta(days=91))
    answer = browser.get("/desk/")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/password/change/")
    assert browser.get("/api/v1/submissions/").status_code == 403
    new = {"oldpassword": "Geheim-2026-x", "password1": "Neu-2026-xyz", "password2": "Neu-2026-xyz"}
    browser.post("/accounts/password/change/", new)
    assert browser.get("/desk/").status_code == 200
