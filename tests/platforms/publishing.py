"""Small published worlds for tests of public pages."""

from __future__ import annotations

from platforms.models import FormerName, PilotLine, Platform, PublicPlatform
from platforms.publish import publish
from tests import factories


def published(name: str = "示例·中试平台", **fields) -> PublicPlatform:
    """A platform on the public record. ``operator``, ``services``, ``equipment``, ``former`` are names; ``scale`` a rung."""
    services, equipment = fields.pop("services", ()), fields.pop("equipment", ())
    former, scale = fields.pop("former", ()), fields.pop("scale", None)
    operator = fields.pop("operator", None)
    if isinstance(operator, str):
        fields["operator"] = factories.OperatorFactory(name_zh=operator)
    elif operator is not None:
        fields["operator"] = operator
    platform: Platform = factories.PlatformFactory(name_zh=name, **fields)
    for position, title in enumerate(services):
        factories.ServiceItemFactory(platform=platform, title_zh=title, position=position)
    for position, title in enumerate(equipment):
        factories.EquipmentFactory(platform=platform, name_zh=title, position=position)
    for title in former:
        FormerName.objects.create(platform=platform, name_zh=title)
    if scale:
        PilotLine.objects.create(
            platform=platform, name_zh="示例线", process_zh="烧结", scale_min=1, scale_max=2, unit="t/批",
            scale_class_min=scale, scale_class_max=scale,
        )  # fmt: skip
    publish(platform)
    return PublicPlatform.objects.get(code=platform.code)


def names_found(response) -> list[str]:
    """The names of the platforms a list page shows, in its order."""
    return [card["name_zh"] for card in response.context["results"]]
