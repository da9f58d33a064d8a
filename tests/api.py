"""What tests of the API share: public platforms with everything filters look at, and the shape every refusal has."""

from __future__ import annotations

from typing import Any

from platforms.models import ExternalRecognition, Platform
from platforms.publish import publish
from tests.factories import EquipmentFactory, PilotLineFactory, PlatformFactory, ServiceItemFactory

V1 = "/api/v1/"


def public_platform(*, service: dict | None = None, recognition: str = "", **fields: Any) -> Platform:
    """A published platform with one line, one service and one shared instrument."""
    platform = PlatformFactory(**fields)
    PilotLineFactory(platform=platform)
    ServiceItemFactory(platform=platform, **(service or {}))
    EquipmentFactory(platform=platform)
    if recognition:
        ExternalRecognition.objects.create(
            platform=platform, scheme="示例计划", level=recognition, state="示例", source_kind="示例"
        )
    publish(platform)
    return platform


def problem(response, status: int) -> dict[str, Any]:
    """The problem document of a refusal, after checking the shape that all of them share."""
    assert response.status_code == status, response.content[:400]
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == status
    assert {"type", "title", "status", "detail", "instance", "code", "trace_id"} <= body.keys()
    return body


def parameters_of(body: dict[str, Any]) -> list[str]:
    return [error["parameter"] for error in body["errors"]]


def codes(response) -> list[str]:
    assert response.status_code == 200, response.content[:400]
    return [item["code"] for item in response.json()["results"]]
