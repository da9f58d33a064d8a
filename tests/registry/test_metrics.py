"""Figures for monitoring: for the bearer of the token, of the installation, and of no record."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from platforms.models import Job

pytestmark = pytest.mark.django_db

TOKEN = "示例".encode().hex() * 4


def figures(client, token=TOKEN):
    answer = client.get("/metrics", headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.status_code
    assert "no-store" in answer["Cache-Control"]
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_what_has_given_up_and_what_waits_is_told(client, settings):
    settings.METRICS_TOKEN = TOKEN
    before = figures(client)
    Job.objects.create(kind="示例.停止", status="dead", error="示例", error_code="timeout")
    Job.objects.create(kind="示例.等待", status="queued")
    after = figures(client)
    for status in ("dead", "queued"):
        assert after["registry_jobs", status] == before["registry_jobs", status] + 1
    assert after["registry_part_up", "database"] == 1
    assert after["registry_job_oldest_seconds",] > 0
    assert after["registry_changes_unsealed",] >= 0


@pytest.mark.parametrize("token", ["", TOKEN])
@pytest.mark.parametrize(
    "given", [{}, {"authorization": "Bearer "}, {"authorization": "Bearer 错"}, {"authorization": TOKEN}]
)
def test_nobody_else_is_told_that_there_is_such_a_page(client, settings, token, given):
    settings.METRICS_TOKEN = token
    assert client.get("/metrics", headers=given).status_code == 404
