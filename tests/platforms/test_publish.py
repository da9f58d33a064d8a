"""Publishing: the public row, the search words and the change feed say the same as the working record."""

import pytest

from platforms.models import Change, PublicPlatform, PublicResource
from platforms.publish import head, publish
from tests.factories import EquipmentFactory, PilotLineFactory, PlatformFactory, ServiceItemFactory

pytestmark = pytest.mark.django_db


def test_publishing_a_new_platform_appends_one_change():
    platform = PlatformFactory()
    ServiceItemFactory(platform=platform)
    EquipmentFactory(platform=platform)
    PilotLineFactory(platform=platform)

    change = publish(platform)

    assert (change.number, change.kind, change.code) == (1, "created", platform.code)
    row = PublicPlatform.objects.get(code=platform.code)
    assert row.scale_classes == ["100kg", "t"]
    assert row.document["services"][0]["title_zh"] == "前驱体工艺放大"
    assert PublicResource.objects.count() == 2


def test_publishing_twice_without_a_change_appends_nothing():
    platform = PlatformFactory()
    publish(platform)

    assert publish(platform) is None
    assert head() == 1


def test_a_change_names_the_fields_that_differ():
    platform = PlatformFactory()
    publish(platform)
    platform.staff_total = 31
    platform.save()

    change = publish(platform)

    assert change.fields == ["staff_total"]
    assert list(Change.objects.values_list("number", flat=True)) == [1, 2]


def test_fields_that_are_not_public_stay_out_of_the_document():
    platform = PlatformFactory(investment_total_wan=98765)
    publish(platform)

    assert "98765" not in str(PublicPlatform.objects.get().document)
