"""The signing key is changed while people are at work."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("believed", "stays"), [(True, True), (False, False)])
def test_a_session_outlives_a_new_key_only_while_the_old_one_is_believed(cast, settings, believed, stays):
    client = Client()
    client.force_login(cast.jiangsu_clerk)
    assert client.get("/desk/").status_code == 200
    old, settings.SECRET_KEY = settings.SECRET_KEY, "n" * 60
    settings.SECRET_KEY_FALLBACKS = [old] if believed else []
    assert (client.get("/desk/").status_code == 200) is stays
