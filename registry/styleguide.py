"""Sample data for the component gallery. Everything here is made up and marked 示例; nothing is read from the record."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from platforms.templatetags.registry_figures import TILES
from platforms.templatetags.registry_words import STATES


class SampleForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("平台名称"), help_text=gettext_lazy("与公章或批复一致"))
    uscc = forms.CharField(label=gettext_lazy("统一社会信用代码"), min_length=18, max_length=18,
                           error_messages={"min_length": gettext_lazy("应为 18 位，请核对")})  # fmt: skip
    area = forms.ChoiceField(
        label=gettext_lazy("所属领域"),
        choices=[("1", gettext_lazy("原材料工业")), ("2", gettext_lazy("装备制造"))],
    )
    open_to = forms.ChoiceField(
        label=gettext_lazy("开放程度"),
        widget=forms.RadioSelect,
        help_text=gettext_lazy("按实际情况选择"),
        choices=[("all", gettext_lazy("面向社会开放")), ("industry", gettext_lazy("面向本行业开放"))],
    )
    services = forms.MultipleChoiceField(
        label=gettext_lazy("服务类型"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        choices=[("process", gettext_lazy("工艺验证")), ("production", gettext_lazy("生产验证"))],
    )
    summary = forms.CharField(
        label=gettext_lazy("简介"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    ledger = forms.FileField(label=gettext_lazy("上传台账"), required=False,
                             help_text=gettext_lazy("XLSX 或 PDF，不超过 10 MB"))  # fmt: skip
    agreed = forms.BooleanField(label=gettext_lazy("所填内容属实"))


def _named(zh: str, en: str = "", **more: Any) -> dict[str, Any]:
    return {"name_zh": zh, "name_en": en, **more}


def card(**changes: Any) -> dict[str, Any]:
    """A directory card with every part filled."""
    sample = {
        "code": "ZS-32-00412-7",
        "url": "#result",
        **_named("示例·长三角新能源材料中试平台"),
        "former_names": ["示例·常州锂电材料中试基地"],
        "tier": "key",
        "tier_since": "2025",
        "status": "active",
        "operator": _named("示例新材料研究院有限公司", uscc="91320400MA00000X0X"),
        "authority": _named("江苏省工业和信息化厅", "Jiangsu", code="320000"),
        "region": _named("江苏省", "Jiangsu", code="320000"),
        "city": _named("常州市", "Changzhou", code="320400"),
        "area": _named("原材料工业", "Raw materials", code="1"),
        "direction": _named("前沿材料", "Frontier materials", code="1-5"),
        "capabilities": [
            {"process_zh": "共沉淀", "value": 2, "unit": "t", "batch": "/批"},
            {"process_zh": "高温烧结", "value": 500, "unit": "kg", "batch": "/批"},
        ],
        "service_types": ["process_verification"],
        "scales": ["kg", "t"],
        "phone": "0519-0000 0001",
        "updated_on": "2026-11-12",
        "demo": True,
        "matches": [{"word": "锂电正极材料", "text": "三元前驱体、磷酸铁锂"}, {"word": "吨级", "text": ""}],
    }
    return sample | changes


def document() -> dict[str, Any]:
    """A platform's public document with every section filled."""
    return card(matches=[]) | {
        "summary_zh": "承接锂电正极、固态电解质从公斤级到吨级的工艺放大与小批量试生产，面向社会开放。",
        "summary_en": "Scale-up and small-batch production of lithium cathodes and solid electrolytes, open to all.",
        "lines": [
            {"name_zh": "前驱体中试线", "process_zh": "共沉淀合成", "scale_min": 50, "scale_max": 2000, "unit": "kg/批",
             "scale_class_min": "kg", "scale_class_max": "t", "environment": "常压，氮气保护"},
            {"name_zh": "烧结中试线", "process_zh": "高温固相烧结", "scale_min": 5, "scale_max": 500, "unit": "kg/批",
             "scale_class_min": "g", "scale_class_max": "kg", "environment": None},
        ],
        "services": [
            {"code": "S1", "title_zh": "前驱体工艺放大", "service_type": "process_verification", "price_mode": "by_quote",
             "price_note": "", "lead_time_days": 15, "open_to": "all", "available_from": "2026-12-08",
             "last_confirmed_on": "2026-11-12"},
            {"code": "S2", "title_zh": "吨级小批量试生产", "service_type": "production_verification",
             "price_mode": "fixed", "price_note": "8,000 元/批起", "lead_time_days": 20, "open_to": "all",
             "available_from": None, "last_confirmed_on": "2026-11-12"},
        ],
        "equipment": [
            {"code": "E1", "name_zh": "连续共沉淀反应釜", "model": "2000L", "maker": "示例装备有限公司",
             "specification": "2,000 L，pH 在线控制", "quantity": 3, "original_value_wan": "1260", "commissioned_year": 2021,
             "open_sharing": True, "annual_hours_available": 6000, "annual_hours_used": 3720},
        ],
        "qualifications": [{"kind": "cnas", "number": "L00000", "issuer": "示例", "valid_to": "2028-03-31"}],
        "figures": [{"year": 2025, "projects_total": 95, "projects_external": 71, "firms_served": 59, "firms_sme": 44,
                     "firms_other_province": 24, "results_industrialised": 12}],
        "external_recognitions": [{"scheme": "省级中试平台", "issuer": "示例省工业和信息化厅", "name": "省级中试平台（示例）",
                                   "date": "2024-06", "source_url": "", "level": "provincial", "confidence": "medium"}],
        "designations": [{"tier": "key", "from": "2025-07-18", "to": None, "status": "in_force",
                          "decision_no": "（示例文号）第 1 号", "list_url": "#", "row": 37}],
        "timeline": timeline(),
        "construction_mode": "joint",
        "build_status": "operating",
        "address": "江苏省常州市示例路 1 号",
        "floor_area_m2": 12600,
        "staff_total": 86,
        "staff_technical": 61,
        "contact": {"office_phone": "0519-0000 0001", "office_email": "office@example.org",
                    "website": "https://example.org/", "person": None},
        "first_published_on": "2024-03-18",
        "confirmed_on": "2026-11-12",
    }  # fmt: skip


def timeline() -> list[dict[str, Any]]:
    return [
        {"date": "2024-03-18", "title_zh": "入库储备（示例）", "title_en": "Entered the reserve (sample)"},
        {"date": "2025-07-18", "kind": "key", "title_zh": "列入首批重点培育（示例）",
         "title_en": "First key cultivation batch (sample)", "url": "#"},
        {"date": "2025-12-11", "kind": "national", "title_zh": "列入首批国家级（示例）",
         "title_en": "First national level batch (sample)"},
    ]  # fmt: skip


def counts() -> list[dict[str, Any]]:
    """Made-up counts per recommending authority, spread so that all five classes occur."""
    return [
        {"code": code, "count": (n * 37) % 190 + 5, "url": "#tiles", "name_zh": "", "name_en": ""}
        for n, code in enumerate(TILES)
    ]


def heat() -> dict[str, Any]:
    columns = [_named("原材料工业", "Raw materials"), _named("装备制造", "Equipment manufacturing"),
               _named("消费品工业", "Consumer goods")]  # fmt: skip
    rows = [
        _named("江苏省", "Jiangsu", cells=[63, 32, 31], total=126),
        _named("浙江省", "Zhejiang", cells=[45, 43, 18], total=106),
        _named("海南省", "Hainan", cells=[None, 0, None], total=4),
    ]
    return {"row_title": _("推荐单位"), "columns": columns, "rows": rows, "totals": [110, 75, 51], "total": 236,
            "largest": 63}  # fmt: skip


def job(state: str) -> dict[str, Any]:
    return {
        "running": {"title": _("正在校验"), "state": "running", "done": 1240, "total": 2403, "unit": _("行"), "errors": 3,
                    "number": "IM-2026-0114", "recovered": _("服务曾中断，已从第 1,100 行继续。")},
        "failed": {"title": _("没有写入"), "state": "failed", "done": 1240, "total": 2403, "unit": _("行"),
                   "reason": _("文件在读取时被改动。"), "saved": _("没有写入任何数据，草稿保留 30 天。"),
                   "request_id": "7F3A-21", "number": "IM-2026-0114"},
        "done": {"title": _("已完成"), "state": "done", "done": 2403, "total": 2403, "unit": _("行"), "result_url": "#job",
                 "number": "IM-2026-0114"},
    }[state]  # fmt: skip


def gallery() -> dict[str, Any]:
    """The context of ``public/styleguide.html``."""
    bad = SampleForm({"uscc": "9132", "area": "1", "services": ["process"]}, prefix="bad")
    return {
        "colours": ["b1", "b2", "b3", "b4", "b5"],
        "states": list(STATES),
        "sample_form": SampleForm(prefix="good"),
        "bad_form": bad,
        "card": card(),
        "bare_card": {"code": "ZS-51-00166-4", "url": "#result", **_named("示例·工业软件中试平台", "Sample software platform"),
                      "status": "active", "tier": None},
        "gone_card": card(status="withdrawn", phone=None, matches=[], capabilities=[]),
        "proof_ok": {"outcome": "current", "text": _("列于首批重点培育名单第 37 行（示例）。"), "version": "1.2",
                     "check_code": "7F3A-21CC", "sha256": "7f3a21cc 90be44d1 5c02e7a9 18f6b3d0"},
        "proofs": [{"outcome": name} for name in ("superseded", "changed", "withdrawn", "unknown")],
        "pager": {"number": 3, "pages": 9, "count": 172, "first": 41, "last": 60},
        "chips": [{"name": "tier", "value": "key", "label": _("重点培育")}],
        "facet": {"name": "tier", "title": _("梯度"), "largest": 17, "options": [
            {"value": "key", "label": _("重点培育"), "count": 5, "checked": True},
            {"value": "reserve", "label": _("储备"), "count": 17}]},
        "columns": [{"label": _("平台"), "sort": "name", "sorted": "ascending"}, {"label": _("梯度")},
                    {"label": _("状态")}, {"label": _("服务（项）"), "num": True}],
        "rows": [
            [{"text": "示例·先进陶瓷中试平台", "url": "#table"}, {"tier": "reserve"}, {"state": "returned"}, 48],
            {"cells": ["示例·功率器件中试平台", {"tier": "key", "since": "2025"}, {"state": "notice"}, 126],
             "selected": True},
        ],
        "facts": [{"name": _("建设单位"), "value": "示例新材料研究院有限公司", "change_url": "#facts", "lang": "zh-Hans"},
                  {"name": _("共建单位"), "value": "", "change_url": "#facts"}],
        "tasks": [{"label": _("1 身份"), "url": "#tasks", "state": "done"},
                  {"label": _("2 设备"), "url": "#tasks", "state": "needs_correction", "current": True,
                   "note": _("第 4、9 行缺少购置年份")},
                  {"label": _("3 提交"), "state": "blocked"}],
        "events": timeline(),
        "steps": [{"label": _("推荐"), "state": "done"}, {"label": _("公示"), "state": "current", "note": _("至 11 月 25 日")},
                  {"label": _("公布"), "state": ""}],
        "bars": [{"label": _("地方推荐"), "count": 612}, {"label": _("形式审查"), "count": 540, "note": _("72 个未通过")},
                 {"label": _("退出"), "count": None}],
        "parts": [{"label": _("新增"), "count": 41, "tone": "b5"}, {"label": _("更新"), "count": 12, "tone": "b3"},
                  {"label": _("相同"), "count": 5, "tone": "b1"}, {"label": _("错误"), "count": 5, "tone": "bn"}],
        "running": job("running"), "failed": job("failed"), "finished": job("done"),
        "changes": [{"label": _("专职人员"), "before": 38, "after": 42}, {"label": _("联系电话"), "before": "", "after":
                     "0510-0000 0018"}],
        "conflicts": [{"name": "phone", "label": _("联系电话"), "theirs": "0510-0000 0010", "mine": "0510-0000 0018"}],
        "lines": document()["lines"],
        "counts": counts(), "heat": heat(),
        "tiers": [{"tier": "national", "value": "21", "as_of": "2025-12", "url": "#pyramid"},
                  {"tier": "key", "value": "241", "as_of": "2025-07", "url": "#pyramid"},
                  {"tier": "reserve", "value": "2400+", "as_of": "2025-07", "url": "#pyramid"}],
        "years": [{"year": 2023, "reserve": None, "key": None, "national": None},
                  {"year": 2024, "reserve": 1184, "key": 0, "national": 0},
                  {"year": 2025, "reserve": 1982, "key": 241, "national": 21}],
        "figures": [{"label": _("首批重点培育"), "value": 241, "note": _("已公布，2025-07"), "tier": "key"},
                    {"label": _("名录在库"), "value": 2403, "note": _("示例数据")}],
        "stages": [{"label": _("推荐"), "count": 612, "url": "#funnel"},
                   {"label": _("形式审查"), "count": 540, "url": "#funnel", "current": True},
                   {"label": _("名单"), "count": None, "url": "#funnel"}],
        "refused": [{"label": "示例·精细化工中试平台", "reason": _("有 1 项规则待人工核对")}],
        "files": [{"url": "#files", "label": _("名单（示例）.csv"), "size": "61 kB", "sha256": "41f7a0be c92d5e38 70b1346a"}],
        "tabs": [{"url": "#tabs", "label": _("全部"), "count": 612, "current": True},
                 {"url": "#tabs", "label": _("我的"), "count": 61}],
        "views": [{"url": "#tabs", "label": _("列表"), "current": True}, {"url": "#tabs", "label": _("表格")}],
        "criterion": {"name": "c0", "title": _("基础能力"), "value": 7, "marks": range(1, 11),
                      "hint": _("设备、场地和人员能否支撑所报规模"), "anchors": _("1–3 仅实验室条件；9–10 多条吨级线")},
        "ways": [{"url": "#empty", "label": _("去掉“国家级”后有 7 个")}],
        "start": {"url": "#empty", "label": _("登记第一个平台")},
        "soon": "2099-12-31T16:00:00+00:00",
    }  # fmt: skip
