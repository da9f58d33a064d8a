"""The table of record fields. Labels, lengths and choices come from the model fields they are stored in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache

from django.apps import apps
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Publication(StrEnum):
    """Who may see a field: everyone, the authority it belongs to, the ministry, or only a case handler."""

    PUBLIC = "public"
    AUTHORITY = "authority"
    MINISTRY = "ministry"
    SEALED = "sealed"


#: The eight sections of the task list, in order.
SECTIONS: dict[str, Promise] = {
    "identity": _("身份"),
    "mode": _("建设模式"),
    "capability": _("能力"),
    "equipment": _("设备"),
    "services": _("服务"),
    "results": _("业绩"),
    "narrative": _("简介与资质"),
    "contact": _("联系与声明"),
}

#: Aggregates that occur once in a payload, and those that are lists, with the model each is stored in.
SINGLES = {"platform": "Platform", "operator": "Operator"}
LISTS = {
    "lines": "PilotLine",
    "services": "ServiceItem",
    "equipment": "Equipment",
    "qualifications": "Qualification",
    "figures": "YearlyFigures",
}
#: What the lists are called.
LIST_LABELS: dict[str, Promise] = {
    "lines": _("中试线"),
    "services": _("服务项目"),
    "equipment": _("设备清单"),
    "qualifications": _("资质"),
    "figures": _("年度数据"),
}


@dataclass(frozen=True)
class Field:
    """One field. ``kind`` decides how a value is read (``platforms.record.check``); ``required`` is for submitting, a draft
    may leave anything empty. ``identity`` fields together name the record in an import."""

    aggregate: str
    key: str
    kind: str
    section: str
    required: bool = False
    publication: Publication = Publication.PUBLIC
    identity: bool = False
    reference: str = ""
    hint: str | Promise = ""
    example: str = ""

    @property
    def path(self) -> str:
        return f"{self.aggregate}/{self.key}"

    @cached_property
    def stored_in(self) -> models.Field:
        model = apps.get_model("platforms", {**SINGLES, **LISTS}[self.aggregate])
        return model._meta.get_field(self.key)

    @property
    def label(self) -> str:
        return str(self.stored_in.verbose_name)

    @property
    def max_length(self) -> int | None:
        return getattr(self.stored_in, "max_length", None)

    @property
    def choices(self) -> list[tuple[str, str]]:
        return _choices(self.stored_in, get_language())


@lru_cache(maxsize=256)
def _choices(column: models.Field, language: str | None) -> list[tuple[str, str]]:
    """Values and labels in the active language; looked up for every choice cell of an import."""
    return [(str(value), str(label)) for value, label in (column.choices or []) if value]


PUBLIC, AUTHORITY, MINISTRY = Publication.PUBLIC, Publication.AUTHORITY, Publication.MINISTRY


def _platform(key: str, kind: str, section: str, **more) -> Field:
    return Field("platform", key, kind, section, **more)


FIELDS: tuple[Field, ...] = (
    _platform("name_zh", "text", "identity", required=True, identity=True, example="示例·先进陶瓷中试平台"),
    _platform("name_en", "text", "identity", example="Sample advanced ceramics pilot platform"),
    Field(
        "operator", "uscc", "uscc", "identity", required=True, identity=True,
        hint=_("18 位，请在表格软件中设为文本格式"),
    ),
    Field("operator", "name_zh", "text", "identity", required=True, example="示例先进陶瓷有限公司"),
    Field("operator", "name_en", "text", "identity"),
    Field("operator", "legal_form", "choice", "identity", required=True),
    Field("operator", "registered_on", "date", "identity", publication=AUTHORITY),
    _platform("region", "reference", "identity", required=True, reference="provinces", example="江苏省"),
    _platform("city", "reference", "identity", reference="cities", example="无锡市"),
    _platform("address", "text", "identity", required=True),
    _platform("area", "reference", "identity", required=True, reference="areas", example="原材料工业"),
    _platform("direction", "reference", "identity", reference="directions", example="前沿材料"),
    _platform("sub_direction", "text", "identity"),
    _platform("keywords", "text", "identity", hint=_("用顿号分隔")),
    _platform("construction_mode", "choice", "mode", required=True),
    _platform("build_status", "choice", "mode", required=True),
    _platform("operating_since", "date", "mode"),
    _platform("expected_ready_on", "date", "mode"),
    _platform("co_builders", "text", "mode"),
    _platform("separate_accounts", "boolean", "mode", publication=AUTHORITY),
    _platform("floor_area_m2", "count", "capability", required=True),
    _platform("equipment_count", "count", "capability"),
    _platform("equipment_value_wan", "amount", "capability", required=True, hint=_("只填数字，单位万元")),
    _platform("staff_total", "count", "capability", required=True),
    _platform("staff_technical", "count", "capability", required=True),
    _platform("staff_senior_percent", "percent", "capability"),
    _platform("investment_total_wan", "amount", "capability", publication=AUTHORITY),
    Field("lines", "name_zh", "text", "capability", required=True),
    Field("lines", "process_zh", "text", "capability", required=True),
    Field("lines", "scale_min", "decimal", "capability"),
    Field("lines", "scale_max", "decimal", "capability"),
    Field("lines", "unit", "text", "capability", example="kg/批"),
    Field("lines", "environment", "text", "capability"),
    Field("equipment", "name_zh", "text", "equipment", required=True),
    Field("equipment", "model", "text", "equipment"),
    Field("equipment", "maker", "text", "equipment"),
    Field("equipment", "specification", "text", "equipment"),
    Field("equipment", "quantity", "count", "equipment", required=True),
    Field("equipment", "original_value_wan", "amount", "equipment"),
    Field("equipment", "commissioned_year", "year", "equipment", required=True),
    Field("equipment", "open_sharing", "boolean", "equipment"),
    Field("equipment", "annual_hours_available", "count", "equipment"),
    Field("equipment", "annual_hours_used", "count", "equipment"),
    Field("services", "title_zh", "text", "services", required=True),
    Field("services", "title_en", "text", "services"),
    Field("services", "service_type", "choice", "services", required=True),
    Field("services", "description_zh", "multiline", "services"),
    Field("services", "price_mode", "choice", "services", required=True),
    Field("services", "price_note", "text", "services"),
    Field("services", "lead_time_days", "count", "services"),
    Field("services", "available_from", "date", "services"),
    Field("services", "open_to", "choice", "services"),
    Field("figures", "year", "year", "results", required=True),
    Field("figures", "projects_total", "count", "results"),
    Field("figures", "projects_external", "count", "results"),
    Field("figures", "firms_served", "count", "results"),
    Field("figures", "firms_sme", "count", "results"),
    Field("figures", "firms_other_province", "count", "results"),
    Field("figures", "income_wan", "amount", "results", publication=AUTHORITY),
    Field("figures", "income_percent", "percent", "results", publication=AUTHORITY),
    Field("figures", "results_industrialised", "count", "results"),
    Field("figures", "process_packages", "count", "results"),
    Field("figures", "standards", "count", "results"),
    Field("figures", "satisfaction_percent", "percent", "results"),
    _platform("summary_zh", "multiline", "narrative", required=True),
    _platform("summary_en", "multiline", "narrative"),
    Field("qualifications", "kind", "choice", "narrative", required=True),
    Field("qualifications", "number", "text", "narrative"),
    Field("qualifications", "issuer", "text", "narrative"),
    Field("qualifications", "valid_to", "date", "narrative"),
    _platform("website", "website", "contact"),
    _platform("office_phone", "phone", "contact", required=True, hint=_("区号加号码，如 0510-88880000")),
    _platform("office_email", "email", "contact"),
    _platform("clean_record", "boolean", "contact", publication=AUTHORITY),
)  # fmt: skip

_BY_PATH = {item.path: item for item in FIELDS}


def field(path: str) -> Field:
    """The field at ``platform/name_zh`` or, for a row of a list, ``services/2/title_zh``."""
    parts = path.split("/")
    return _BY_PATH[f"{parts[0]}/{parts[-1]}"]


@lru_cache
def fields_of(aggregate: str, publication: Publication | None = None) -> tuple[Field, ...]:
    """The fields of one aggregate, all of them or those of one publication level."""
    return tuple(
        item
        for item in FIELDS
        if item.aggregate == aggregate and (publication is None or item.publication == publication)
    )
