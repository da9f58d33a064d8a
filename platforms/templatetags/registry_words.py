"""The fixed words of the registry: tiers, states and the labels of stored values."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

from django import template
from django.apps import apps
from django.utils.translation import gettext_lazy as _

register = template.Library()

OWN_APPS = {"platforms", "cultivation"}

# state → (drawing, tone, word). One name and one drawing per state; only "back" is red.
STATES: dict[str, tuple[str, str, Any]] = {
    "draft": ("ring", "", _("草稿")),
    "pending": ("quarter", "", _("待本单位审核")),
    "recommended": ("half", "", _("已推荐")),
    "returned": ("back", "back", _("退回补正")),
    "formal_check": ("most", "", _("形式审查")),
    "review": ("most", "", _("专家评审")),
    "site_visit": ("most", "", _("现场核查")),
    "consultation": ("most", "", _("征求意见")),
    "notice": ("clock", "live", _("公示中")),
    "decision": ("most", "", _("公布名单")),
    "open": ("clock", "live", _("申报中")),
    "selected": ("full", "done", _("已入选")),
    "not_selected": ("struck", "", _("未入选")),
    "withdrawn": ("struck", "", _("已撤回")),
    "revoked": ("struck", "", _("已撤销")),
    "not_started": ("ring", "", _("未开始")),
    "in_progress": ("half", "live", _("进行中")),
    "done": ("full", "done", _("已完成")),
    "needs_correction": ("back", "back", _("需补正")),
    "passed": ("tick", "done", _("通过")),
    "failed": ("cross", "back", _("不通过")),
    "manual": ("quarter", "", _("待人工")),
    "closed": ("full", "done", _("已截止")),
    "blocked": ("ring", "", _("还不能开始")),
}
# Statuses whose word always comes from their own choices class; here only drawing and tone.
SHAPES: dict[str, tuple[str, str]] = {
    "filling": ("quarter", "live"), "city_review": ("quarter", "live"), "prepared": ("quarter", ""), "submitted": ("half", ""), "accepted": ("full", "done"), "rejected": ("struck", ""),
    "recommending": ("clock", "live"), "assessing": ("most", ""), "noticing": ("clock", "live"),
    "deciding": ("most", ""), "concluded": ("full", "done"), "cancelled": ("struck", ""),
    "waiting": ("ring", ""), "active": ("half", "live"), "finished": ("full", "done"),
    "proposed": ("quarter", ""), "supplement": ("back", "back"), "in_review": ("most", ""),
    "failed_check": ("cross", "back"), "shortlisted": ("most", ""), "reserve_list": ("half", ""),
    "not_shortlisted": ("struck", ""), "on_notice": ("clock", "live"), "removed": ("struck", ""),
    "listed": ("full", "done"), "not_listed": ("struck", ""),
    "pass": ("tick", "done"), "fail": ("cross", "back"), "missing": ("cross", "back"),
    "forming": ("quarter", ""), "assigned": ("ring", ""), "recused": ("struck", ""),
    "lodged": ("quarter", "live"), "handling": ("half", "live"), "upheld": ("full", "done"), "dismissed": ("struck", ""),
    "frozen": ("most", ""), "in_force": ("full", "done"), "abandoned": ("struck", ""), "superseded": ("most", ""),
    "transferred": ("most", ""),
    "expired": ("struck", ""), "merged": ("struck", ""), "split": ("struck", ""),
    "queued": ("ring", ""), "running": ("half", "live"), "dead": ("cross", "back"), "received": ("ring", ""),
    "checking": ("half", "live"), "checked": ("most", ""), "refused": ("cross", "back"), "writing": ("most", "live"),
    "stopped": ("struck", ""), "undone": ("back", ""),
    "new": ("full", "done"), "changed": ("half", ""), "same": ("ring", ""), "duplicate": ("struck", ""),
    "error": ("cross", "back"),
    "scheduled": ("clock", ""), "published": ("full", "done"), "paused": ("ring", ""), "ended": ("struck", ""), "delivered": ("full", "done"), "given_up": ("cross", "back"),
}  # fmt: skip


@cache
def vocabulary(name: str) -> dict[str, Any]:
    """Stored value → label, in order, for the choices class ``name``; empty if nobody knows it."""
    for app in apps.get_app_configs():
        choices = getattr(app, "name", "") in OWN_APPS and getattr(
            import_module(f"{app.name}.choices"), name, None
        )
        if choices:
            return dict(choices.choices)
    return {}


@register.filter
def label(value: Any, name: str) -> str:
    """The word for a stored value (``"process_verification"|label:"ServiceType"``); an unknown value shows itself."""
    if value is None:
        return ""
    return str(vocabulary(name).get(value, value))


@register.filter
def tier_label(tier: str | None) -> str:
    return label(tier or "", "Tier")


@register.simple_tag
def state_parts(state: str, word: str = "", vocabulary_name: str = "") -> dict[str, str]:
    """Drawing, tone and word of a state. The word is ``word``, else the one in the named choices class, else ours.

    A state nobody drew gets an empty ring, so a new status is plain rather than missing.
    """
    drawing, tone, own = STATES.get(state, ("ring", "", state))
    if state in SHAPES:
        drawing, tone = SHAPES[state]
    if vocabulary_name and not word:
        word = label(state, vocabulary_name)
    return {"drawing": drawing, "tone": tone, "word": str(word or own)}
