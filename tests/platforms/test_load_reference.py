"""Reference data: the files say what is stored, a second run changes nothing, and the ministry's own edits stay."""

from io import StringIO

import pytest
from django.core.management import call_command

from platforms import reference
from platforms.choices import DirectionStatus
from platforms.models import Area, Authority, Direction, Region, Synonym, TaxonomyEdition

pytestmark = pytest.mark.django_db


def test_all_places_and_the_thirty_seven_authorities_in_order_are_loaded():
    reference.load()

    assert Region.objects.filter(parent=None).count() == 34
    assert Region.objects.get(code="440300").parent_id == "440000"
    assert list(Authority.objects.values_list("position", flat=True)) == list(range(1, 38))
    ningbo = Authority.objects.get(code="330200")
    assert (ningbo.region_id, ningbo.city_id, ningbo.kind) == ("330000", "330200", "planned_city")
    assert Authority.objects.get(code="660000").region_id == "650000"


def test_the_current_edition_has_six_areas_and_the_earlier_one_five():
    reference.load()

    assert TaxonomyEdition.objects.get(current=True).code == "2025"
    assert Area.objects.filter(edition="2025").count() == 6
    assert Area.objects.filter(edition="2024").count() == 5
    assert TaxonomyEdition.objects.get(code="2024").expected_directions is None


def test_only_what_the_published_annex_shows_is_official_and_guesses_stay_provisional():
    reference.load()
    status = dict(Direction.objects.filter(area__edition="2025").values_list("name_zh", "status"))

    assert [name for name, value in status.items() if value == DirectionStatus.OFFICIAL] == ["石化化工"]
    assert status["集成电路"] == DirectionStatus.REPORTED
    assert status["新型储能"] == DirectionStatus.PROVISIONAL
    assert not Direction.objects.filter(area="2025-6").exists()
    assert Direction.objects.filter(gap_filling=True, area__edition="2025").count() == 8


def test_running_again_changes_nothing():
    reference.load()

    assert set(reference.load().values()) == {0}


def test_an_edit_by_the_ministry_survives_the_next_run():
    reference.load()
    Direction.objects.filter(code="2025-1-02").update(name_zh="钢铁工业", status="official")
    Direction.objects.filter(code="2025-5-12").delete()
    Synonym.objects.all()[:1].get().delete()
    kept = Synonym.objects.count()

    reference.load()

    assert Direction.objects.get(code="2025-1-02").name_zh == "钢铁工业"
    assert not Direction.objects.filter(code="2025-5-12").exists()
    assert Synonym.objects.count() == kept


def test_a_place_that_was_renamed_in_the_files_is_corrected():
    reference.load()
    Region.objects.filter(code="320000").update(name_en="Kiangsu")

    assert reference.load()["regions"] == 1
    assert Region.objects.get(code="320000").name_en == "Jiangsu"


def test_the_command_tells_how_many_directions_are_official():
    said = StringIO()

    call_command("load_reference", stdout=said)

    assert "edition 2025 has 1 of 37 official directions" in said.getvalue()
