"""分类换版: previewed with its number, confirmed by it, done by a job that another worker can finish; lists stay as they were."""

import pytest

from platforms import jobs
from platforms.actions import taxonomy as verbs
from platforms.choices import JobStatus
from platforms.errors import IllegalStep, Invalid, NotPermitted
from platforms.models import Area, Direction, DirectionMapping, Job, Platform, PublicPlatform, TaxonomyEdition
from platforms.publish import publish
from registry.verification import differences
from tests import factories

pytestmark = pytest.mark.django_db
PAGE = "/ministry/taxonomy/"


@pytest.fixture
def edition(cast):
    """An edition 2030 with one direction that succeeds that of two platforms; a third platform has no successor."""
    new = TaxonomyEdition.objects.create(code="2030", source_zh="示例文件")
    area = Area.objects.create(
        code="2030-1", edition=new, position=1, name_zh="示例新领域", name_en="Sample area"
    )
    target = Direction.objects.create(
        code="2030-1-1", area=area, position=1, name_zh="示例新方向", name_en="Sample"
    )
    old = factories.DirectionFactory()
    other = Direction.objects.create(
        code="9-99", area=old.area, position=99, name_zh="示例另一方向", name_en="Another"
    )
    for direction in (old, old, other):
        publish(factories.PlatformFactory(authority=cast.jiangsu, direction=direction, area=direction.area))
    DirectionMapping.objects.create(old=old, new=target)
    return new


def test_the_preview_counts_and_changes_nothing(cast, edition):
    found = verbs.impact(edition)
    assert (found.total, [number for _each, number in found.moves]) == (2, [2])
    assert [number for _each, number in found.unmapped] == [1]
    assert not Platform.objects.filter(area="2030-1").exists()


def test_the_job_moves_record_and_public_page_and_is_started_once(cast, edition):
    for typed in (None, 0, 3):
        with pytest.raises(Invalid, match="条数不符"):
            verbs.apply(edition=edition, typed=typed, by=cast.ministry_approver)
    for person in (cast.ministry_clerk, cast.system_admin, cast.jiangsu_approver):
        with pytest.raises(NotPermitted):
            verbs.apply(edition=edition, typed=2, by=person)
    job = verbs.apply(edition=edition, typed=2, by=cast.ministry_approver)
    assert verbs.apply(edition=edition, typed=2, by=cast.ministry_approver) == job
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.status, job.result) == (JobStatus.DONE, {"moved": 2})
    assert Platform.objects.filter(direction="2030-1-1", area="2030-1").count() == 2
    assert PublicPlatform.objects.filter(direction_code="2030-1-1", area_code="2030-1").count() == 2
    assert list(differences()) == []
    with pytest.raises(IllegalStep, match="没有需要换版"):
        verbs.apply(edition=edition, typed=0, by=cast.ministry_approver)
    assert Job.objects.filter(kind=verbs.JOB).count() == 1


def test_the_page_shows_the_impact_and_asks_for_its_number(cast, signed_in, edition):
    approver = signed_in(cast.ministry_approver)
    assert signed_in(cast.ministry_clerk).get(PAGE).status_code == 403
    shown = approver.get(PAGE, {"edition": "2030"}).content.decode()
    assert "将影响 2 个平台" in shown
    assert "示例新方向" in shown
    address = f"{PAGE}?edition=2030"
    assert approver.post(address, {"do": "apply", "apply-typed": "9"}).status_code == 400
    assert approver.post(address, {"do": "apply", "apply-typed": "2"}).status_code == 302
    assert Job.objects.filter(kind=verbs.JOB).count() == 1
    assert approver.get(PAGE, {"edition": "1999"}).status_code == 404
