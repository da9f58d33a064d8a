"""Verification: a sound registry has no differences, and every kind of planted difference is found."""

import datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from cultivation.actions import release as releases
from cultivation.models import Designation, Release
from platforms.models import Platform, PublicPlatform, PublicResource, SearchTokens
from platforms.publish import publish
from registry.verification import differences
from tests import factories
from tests.factories import (
    BatchFactory,
    EquipmentFactory,
    PilotLineFactory,
    PlatformFactory,
    ServiceItemFactory,
)

pytestmark = pytest.mark.django_db


def found() -> set[tuple[str, str]]:
    return {(difference.kind, difference.code) for difference in differences()}


@pytest.fixture
def platform():
    platform = PlatformFactory(tier="reserve")
    Designation.objects.create(platform=platform, tier="reserve", valid_from=datetime.date(2025, 1, 1))
    ServiceItemFactory(platform=platform)
    EquipmentFactory(platform=platform)
    PilotLineFactory(platform=platform)
    publish(platform)
    return platform


def without_triggers(sql: str, *parameters) -> None:
    """What someone with the database password could do."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql, parameters)
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_a_sound_registry_has_no_differences(platform):
    said = StringIO()

    call_command("verify_registry", stdout=said)

    assert found() == set()
    assert "agrees" in said.getvalue()


def test_the_command_prints_what_differs_and_fails(platform):
    PublicPlatform.objects.update(status="withdrawn")
    said = StringIO()

    with pytest.raises(CommandError) as refusal:
        call_command("verify_registry", stdout=said)

    assert refusal.value.returncode == 1
    assert f"columns: {platform.code}: differ in status" in said.getvalue()


def test_a_working_record_that_was_not_published_is_found(platform):
    Platform.objects.filter(pk=platform.pk).update(staff_total=99)

    assert found() == {("document", platform.code)}


def test_a_document_changed_behind_the_door_is_found(platform):
    row = PublicPlatform.objects.get()
    row.document["name_zh"] = "另一个名称"
    row.save()

    assert found() == {("document", platform.code), ("etag", platform.code)}


def test_a_card_that_differs_is_found(platform):
    row = PublicPlatform.objects.get()
    row.card["phone"] = "0571-88880000"
    row.save()

    assert found() == {("card", platform.code)}


def test_a_column_that_differs_is_found(platform):
    PublicPlatform.objects.update(region_code="110000")

    assert found() == {("columns", platform.code)}


def test_what_a_search_asks_beside_the_words_is_compared_too(platform):
    SearchTokens.objects.update(region_code="110000")

    assert found() == {("tokens", platform.code)}


def test_search_words_that_differ_are_found(platform):
    SearchTokens.objects.update(tokens=["示例"])

    assert found() == {("tokens", platform.code)}


def test_missing_search_words_are_found(platform):
    SearchTokens.objects.all().delete()

    assert found() == {("tokens", platform.code)}


def test_resources_that_differ_are_found(platform):
    PublicResource.objects.filter(kind="equipment").delete()
    PublicResource.objects.filter(kind="service").update(open_to="province")

    assert found() == {("resources", platform.code), ("resources", f"{platform.code}-S1")}


def test_a_platform_without_a_public_row_is_found(platform):
    other = PlatformFactory(tier=None)

    assert found() == {("missing", other.code)}


def test_a_public_row_without_a_platform_is_found(platform):
    without_triggers("UPDATE public_platform SET code = 'ZS-11-09999-0' WHERE code = %s", platform.code)

    kinds = found()

    assert ("orphan", "ZS-11-09999-0") in kinds
    assert ("missing", platform.code) in kinds


def test_a_tier_that_no_designation_supports_is_found(platform):
    Platform.objects.filter(pk=platform.pk).update(tier="national")

    assert ("tier", platform.code) in found()


def test_a_gap_in_the_feed_is_found(platform):
    other = PlatformFactory(tier=None)
    publish(other)
    without_triggers("DELETE FROM public_change WHERE number = 1")

    kinds = found()

    assert ("feed", "2") in kinds
    assert ("change", platform.code) in kinds


def test_a_change_that_tells_of_another_version_is_found(platform):
    without_triggers("UPDATE public_change SET version = 7")

    assert found() == {("change", platform.code)}


@pytest.fixture
def renamed(platform):
    """Two versions are past, and of a person the second named."""
    factories.contact(platform)
    publish(platform)
    Platform.objects.filter(pk=platform.pk).update(name_zh="示例·改名之后")
    publish(platform)
    assert found() == set()
    return platform


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM public_platform_past WHERE version = 1",
        "UPDATE public_platform_past SET replaced_by = 9 WHERE version = 1",
        "UPDATE public_platform_past SET version = 7 WHERE version = 2",
        'UPDATE public_platform_past SET document = document || \'{"name_zh": "另一个名称"}\' WHERE version = 1',
        "UPDATE public_platform_past SET document = document || '{\"staff_total\": 9}' WHERE version = 2",
        'UPDATE public_platform_past SET card = card || \'{"phone": "0571-88880000"}\' WHERE version = 1',
        "UPDATE public_platform_past SET tier = 'national' WHERE version = 1",
        "UPDATE public_platform_past SET left_out = true, etag = repeat('0', 64) WHERE version = 1",
    ],
)
def test_a_past_that_is_not_what_was_published_is_found(renamed, change):
    without_triggers(change)

    assert found() == {("past", renamed.code)}


def test_a_list_that_was_changed_after_it_was_frozen_is_found(platform):
    release = frozen_list(platform)
    assert found() == set()

    without_triggers("UPDATE cultivation_releaseentry SET name_zh = '另一个名称'")

    assert found() == {("release", str(release))}


def test_a_list_that_lost_a_row_is_found(platform):
    release = frozen_list(platform)
    without_triggers("DELETE FROM cultivation_releaseentry")

    assert ("release", str(release)) in found()


def frozen_list(platform) -> Release:
    entry = {
        "row": 1, "platform_code": platform.code, "name_zh": platform.name_zh, "name_en": "", "operator_zh": "",
        "operator_uscc": "", "area_code": "", "area_zh": "", "direction_zh": "", "region_code": "", "region_zh": "",
        "authority_code": "", "authority_zh": "",
    }  # fmt: skip
    return releases.freeze(
        batch=BatchFactory(), kind="preliminary", title_zh="示例·名单", entries=[entry], by=None
    )
