"""An edited name of a region, an area or a direction reaches every public record that repeats it; frozen lists keep the old one."""

import pytest
from django.urls import reverse

from platforms import jobs
from platforms.actions import reference
from platforms.errors import IllegalStep, NotPermitted
from platforms.models import Area, Change, Job, PublicPlatform, Synonym
from platforms.publish import publish
from registry.verification import differences
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def published(cast):
    found = [factories.PlatformFactory(authority=cast.jiangsu) for _n in range(3)]
    found.append(
        factories.PlatformFactory(
            authority=cast.ningbo, area=factories.AreaFactory(code="2025-2", position=2)
        )
    )
    for platform in found:
        publish(platform)
    return found


def edited(signed_in, cast, area: Area, name: str):
    url = reverse("admin:platforms_area_change", args=(area.pk,))
    client = signed_in(cast.system_admin)
    before = client.get(url)
    form = {
        "code": area.code,
        "edition": area.edition_id,
        "position": area.position,
        "name_zh": name,
        "name_en": "x",
    }
    return before, client.post(url, form)


def test_a_name_edited_in_the_admin_reaches_the_public_records_that_repeat_it(cast, signed_in, published):
    area = published[0].area
    before, after = edited(signed_in, cast, area, "新材料与原材料")
    assert "有 3 个平台的公开记录引用了这一条" in before.text
    assert after.status_code == 302
    assert not PublicPlatform.objects.filter(document__area__name_zh="新材料与原材料").exists()
    changes = Change.objects.count()

    assert jobs.run(Job.objects.get(kind=reference.JOB).pk)

    assert PublicPlatform.objects.filter(document__area__name_zh="新材料与原材料").count() == 3
    assert Change.objects.count() == changes + 3
    assert list(differences()) == []


def test_a_worker_that_died_goes_on_where_it_ended_and_nothing_is_published_twice(
    cast, published, monkeypatch
):
    monkeypatch.setattr(reference, "CHUNK", 1)
    area = published[0].area
    area.name_zh = "新名称"
    reference.save(record=area, by=cast.system_admin)
    job = Job.objects.get(kind=reference.JOB)
    Job.objects.filter(pk=job.pk).update(cursor={"after": published[0].pk, "done": 1, "changed": 1})
    publish(published[0])
    changes = Change.objects.count()
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.result, Change.objects.count() - changes) == ({"published": 3}, 2)


def test_what_no_public_record_repeats_queues_nothing(cast):
    assert reference.save(record=Synonym(term="示例", synonym="样例"), by=cast.system_admin) == 0
    assert not Job.objects.exists()


def test_only_the_keeper_of_reference_data_edits_and_nobody_deletes_what_is_used(cast, published):
    with pytest.raises(NotPermitted):
        reference.save(record=published[0].area, by=cast.ministry_clerk)
    with pytest.raises(IllegalStep, match="正在使用"):
        reference.delete(record=published[0].area, by=cast.system_admin)
