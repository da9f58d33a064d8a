"""The fixed words of the registry: tiers, states and the labels of stored values."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django import template
from django.utils.translation import gettext_lazy as _

register = template.Library()

TIERS = {"reserve": _("储备"), "key": _("重点培育"), "national": _("国家级")}

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

# Used only until platforms.choices or cultivation.choices has a class of that name; a class there always wins.
WORDS: dict[str, dict[str, Any]] = {
    "ServiceType": {
        "design_verification": _("设计验证"),
        "function_verification": _("功能性能验证"),
        "process_verification": _("工艺验证"),
        "compatibility_verification": _("适配验证"),
        "production_verification": _("生产验证"),
        "equipment_sharing": _("设备共享"),
        "small_batch": _("小批量试生产"),
        "proof_of_concept": _("概念验证"),
        "testing": _("检验检测认证"),
        "process_package": _("工艺包设计"),
        "consulting": _("咨询与人才培养"),
    },
    "PriceMode": {
        "fixed": _("明码标价"),
        "quote": _("按项目报价"),
        "by_quote": _("按项目报价"),
        "free": _("免费"),
    },
    "OpenTo": {
        "all": _("面向社会开放"),
        "industry": _("面向本行业开放"),
        "province": _("面向本省开放"),
        "none": _("不对外开放"),
    },
    "ConstructionMode": {
        "government": _("政府投资公共服务"),
        "university": _("高校院所成果转化"),
        "joint": _("多元主体联合共建"),
        "enterprise_market": _("企业运营市场服务"),
        "enterprise_open": _("企业建设适度开放"),
        "leader": _("龙头企业自主建设"),
    },
    "BuildStatus": {"built": _("已建成"), "building": _("在建"), "planned": _("规划中")},
    "ScaleClass": {
        "g": _("克级"),
        "hg": _("百克级"),
        "kg": _("公斤级"),
        "hkg": _("百公斤级"),
        "t": _("吨级"),
        "10t": _("十吨级"),
    },
    "Confidence": {"high": _("来源可靠"), "medium": _("来源一般"), "low": _("来源待核")},
    "PlatformStatus": {"active": _("在册"), "withdrawn": _("已撤销"), "merged": _("已并入其他平台")},
}


def vocabulary(name: str) -> dict[str, Any]:
    """Stored value → label, in order, for the choices class ``name``; empty if nobody knows it."""
    for module in ("platforms.choices", "cultivation.choices"):
        try:
            choices = getattr(import_module(module), name, None)
        except ModuleNotFoundError:
            continue
        if choices is not None:
            return dict(choices.choices)
    return WORDS.get(name, {})


@register.filter
def label(value: Any, name: str) -> str:
    """The word for a stored value (``"process_verification"|label:"ServiceType"``); an unknown value shows itself."""
    if value is None:
        return ""
    return str(vocabulary(name).get(value, value))


@register.filter
def tier_label(tier: str | None) -> str:
    return str(TIERS.get(tier or "", tier or ""))


@register.simple_tag
def state_parts(state: str, word: str = "") -> dict[str, str]:
    """Drawing, tone and word of a state. ``word`` (from the noun's own table) replaces ours; unknown states get a ring."""
    drawing, tone, own = STATES.get(state, ("ring", "", state))
    return {"drawing": drawing, "tone": tone, "word": str(word or own)}
