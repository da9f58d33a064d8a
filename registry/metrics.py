"""Figures for the operators' monitoring, in the Prometheus text format: what runs, waits and has given up; nothing of any record.

Everything is read from the database and the cache when it is asked for, so any process answers for the installation, and no
process keeps counters that a restart loses. How many requests came and how long they took is in the log of the proxy.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db.models import Count, Min
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from cultivation.releases import seal
from platforms.choices import JobStatus
from platforms.models import Job, Notification
from registry.views import readiness


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """For the bearer of ``REGISTRY_METRICS_TOKEN``; to everybody else, and while there is no token, there is no such page."""
    token = settings.METRICS_TOKEN
    given = request.headers.get("Authorization", "")
    if not token or not constant_time_compare(given, f"Bearer {token}"):
        raise Http404
    figures = CollectorRegistry(auto_describe=False)
    figures.register(Figures())
    return HttpResponse(generate_latest(figures), content_type=CONTENT_TYPE_LATEST)


class Figures(Collector):
    def collect(self) -> Iterator[GaugeMetricFamily]:
        parts = readiness()
        up = GaugeMetricFamily("registry_part_up", "1 while the part does its work", labels=["part"])
        for name, said in parts.items():
            up.add_metric([name], float(said == "ok"))
        yield up
        if parts["database"] == "ok":
            yield from _jobs()
            yield _mail()
            yield from _seal()


def _jobs() -> Iterator[GaugeMetricFamily]:
    counts = dict(Job.objects.order_by().values_list("status").annotate(Count("pk")))
    jobs = GaugeMetricFamily("registry_jobs", "Jobs by status", labels=["status"])
    for status in JobStatus.values:
        jobs.add_metric([status], counts.get(status, 0))
    yield jobs
    oldest = Job.objects.unfinished().aggregate(oldest=Min("created_at"))["oldest"]
    yield _gauge("registry_job_oldest_seconds", "Age of the oldest unfinished job", _seconds_since(oldest))


def _mail() -> GaugeMetricFamily:
    waiting = Notification.objects.filter(mail_due_at__isnull=False, mail_sent_at=None).count()
    return _gauge("registry_mail_waiting", "Messages whose mail has not been sent", waiting)


def _seal() -> Iterator[GaugeMetricFamily]:
    sealed = seal.state()
    yield _gauge("registry_changes", "Number of the newest public change", sealed.head)
    yield _gauge("registry_changes_unsealed", "Changes behind the newest checkpoint", sealed.unsealed)
    yield _gauge("registry_seal_alarm", "1 when changes wait too long or a root differs", sealed.alarming)


def _seconds_since(moment: Any) -> float:
    return (timezone.now() - moment).total_seconds() if moment else 0.0


def _gauge(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, meaning, value=float(value))
