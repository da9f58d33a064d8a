"""Deployment checks of our own, run by ``check --deploy``."""

from django.conf import settings
from django.core.checks import Error, Tags, register


@register(Tags.security, deploy=True)
def no_failpoints(app_configs, **kwargs) -> list[Error]:
    if settings.FAILPOINTS:
        return [Error("REGISTRY_FAILPOINTS is set: the program would fail on purpose.", id="registry.E001")]
    return []


@register(Tags.security, deploy=True)
def identity_complete(app_configs, **kwargs) -> list[Error]:
    """An official site must print who runs it (the slots that government site inspections look for)."""
    missing = [name for name, value in settings.SITE.items() if not value]
    if settings.OFFICIAL and missing:
        return [Error(f"REGISTRY_OFFICIAL=1 but these are empty: {', '.join(missing)}.", id="registry.E002")]
    return []


@register(Tags.security, deploy=True)
def no_rehearsal_clock(app_configs, **kwargs) -> list[Error]:
    if settings.CLOCK_SHIFT_DAYS:
        return [
            Error(
                "REGISTRY_CLOCK_SHIFT_DAYS is set: notices would close before their time.", id="registry.E003"
            )
        ]
    return []


@register(Tags.security, deploy=True)
def no_calls_into_this_machine(app_configs, **kwargs) -> list[Error]:
    if settings.WEBHOOK_LOOPBACK:
        return [
            Error(
                "REGISTRY_WEBHOOK_LOOPBACK is set: a webhook could reach what listens on this machine only.",
                id="registry.E004",
            )
        ]
    return []
