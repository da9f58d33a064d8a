"""系统运行: what runs and what has given up, for the system and the audit administrator; of the records nothing."""

import pytest
from django.core.cache import cache
from django.urls import reverse

from platforms.models import Job
from platforms.tasks import BEAT_KEY
from registry.pages import system

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def roomy(monkeypatch):
    """How full the disk of this machine is has nothing to do with these tests."""
    monkeypatch.setattr(system, "SCARCE", 0)


def test_a_disk_that_is_nearly_full_is_told(cast, signed_in, monkeypatch):
    monkeypatch.setattr(system, "SCARCE", 1.1)
    assert "磁盘空间不足" in signed_in(cast.system_admin).get(reverse("ministry-system")).text


def test_the_page_says_what_is_wrong_and_shows_no_contents(cast, signed_in):
    admin, url = signed_in(cast.system_admin), reverse("ministry-system")
    cache.set(BEAT_KEY, "now", 60)
    quiet = admin.get(url)
    assert quiet.context["troubles"] == []
    assert (quiet.status_code, "各部分运行正常" in quiet.text) == (200, True)
    Job.objects.create(kind="示例.任务", status="queued")
    job = Job.objects.create(
        kind="示例.停止",
        status="dead",
        error="示例内容不外露",
        error_code="timeout",
        attempts=3,
        params={"x": "示例参数"},
    )
    cache.delete(BEAT_KEY)
    loud = admin.get(url).text
    for said in ("有任务多次失败", "“定时任务”不正常", str(job), "timeout"):
        assert said in loud
    for sealed in ("示例内容不外露", "示例参数"):
        assert sealed not in loud
    assert f'href="{url}"' in admin.get("/desk/").text
    assert signed_in(cast.audit_admin).get(url).status_code == 200
    assert signed_in(cast.ministry_clerk).get(url).status_code == 403
