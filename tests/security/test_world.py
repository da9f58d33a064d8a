"""The world that the guards look at is complete: no noun without a record."""

import pytest
from django.apps import apps

pytestmark = pytest.mark.django_db


def test_every_noun_has_a_record(world):
    models = [
        model
        for label in ("platforms", "cultivation")
        for model in apps.get_app_config(label).get_models()
        if not model.__name__.endswith("Event")
    ]
    empty = {model.__name__ for model in models if not model._base_manager.exists()}
    assert empty == set()
