"""What is deleted at night, and what stays."""

import datetime

import pytest
from django.utils import timezone

from platforms.models import IdempotencyKey, Job, Notification, Push, Webhook
from platforms.pruning import prune
from tests import factories

pytestmark = pytest.mark.django_db


def test_only_what_is_past_its_time_goes():
    now, person = timezone.now(), factories.UserFactory()
    webhook = Webhook.objects.create(
        owner=person, name="k", target="https://k.example/", salt="k", position=0
    )
    Push.objects.create(webhook=webhook, kind="ping", created_at=now - datetime.timedelta(days=400))
    for days in (0, 2, 91, 181):
        then = now - datetime.timedelta(days=days)
        IdempotencyKey.objects.create(principal="p", key=str(days), fingerprint="f", created_at=then)
        Job.objects.create(kind="example", status="done", finished_at=then)
        Notification.objects.create(recipient=person, kind="k", text=str(days), read_at=then)
        Push.objects.create(webhook=webhook, kind="ping", status="given_up", created_at=then)
    Job.objects.create(kind="example", created_at=now - datetime.timedelta(days=400))
    assert prune() == {"answers": 3, "jobs": 2, "messages": 1, "pushes": 2, "letters": 0}
    assert set(Job.objects.values_list("status", flat=True)) == {"done", "queued"}
    assert prune() == {"answers": 0, "jobs": 0, "messages": 0, "pushes": 0, "letters": 0}
