"""The same workbook through django-import-export as its documentation shows: resources with foreign key widgets, model
validation, a dry run for the preview and the import, as its admin does.

It gets every advantage that leaves it what it is: the values are read by the registry's own rules, unchanged rows are
skipped, and it writes platforms and children directly, without submissions in between. History is kept by the same triggers.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import openpyxl
from django.core.exceptions import ValidationError
from import_export import fields, resources, widgets
from tablib import Dataset

from platforms import history, record
from platforms.codes import format_code
from platforms.models import (
    Area,
    Authority,
    Direction,
    Equipment,
    Operator,
    Platform,
    Region,
    ServiceItem,
    User,
    YearlyFigures,
)
from platforms.record import Lookups
from platforms.record.check import read
from tests.load import import_file

FIRST_SERIAL = 40_000  # of the platforms the file adds
LINK = ("统一社会信用代码*", "平台名称*")
REFERENCES = {"region": (Region, "name_zh"), "city": (Region, "name_zh")} | {
    "area": (Area, "name_zh"),
    "direction": (Direction, "name_zh"),
}


@lru_cache
def lookups() -> Lookups:
    return Lookups.load()


class Ours(widgets.Widget):
    """One value by the rules of the registry."""

    def __init__(self, item: record.Field) -> None:
        super().__init__()
        self.item = item

    def clean(self, value: Any, row: Any = None, **_kwargs: Any) -> Any:
        if value in (None, ""):
            if self.item.required:
                raise ValidationError("必填。")
            column = self.item.stored_in
            return column.get_default() if column.has_default() else None if column.null else ""
        return self.item.stored_in.to_python(read(self.item, value, lookups()))

    def render(self, value: Any, obj: Any = None, **_kwargs: Any) -> str:
        return "" if value is None else str(value)


class OfOperator(widgets.ForeignKeyWidget):
    """The platform a row of a list belongs to, by its operator's code and its name."""

    def get_queryset(self, value: Any, row: Any, *_args: Any, **_kwargs: Any) -> Any:
        return Platform.objects.filter(operator__uscc=row[LINK[0]], name_zh=row[LINK[1]])


def columns(aggregate: str) -> dict[str, fields.Field]:
    made = {}
    for item in record.fields_of(aggregate):
        heading = item.label + ("*" if item.required else "")
        if item.kind == "reference":
            widget: widgets.Widget = widgets.ForeignKeyWidget(*REFERENCES[item.key])
        else:
            widget = Ours(item)
        made[item.key] = fields.Field(column_name=heading, attribute=item.key, widget=widget)
    return made


class Base(resources.ModelResource):
    class Meta:
        clean_model_instances = True
        skip_unchanged = True
        report_skipped = True


class PlatformResource(Base):
    operator = fields.Field(
        column_name=LINK[0], attribute="operator", widget=widgets.ForeignKeyWidget(Operator, "uscc")
    )
    locals().update(columns("platform"))

    class Meta(Base.Meta):
        model = Platform
        import_id_fields = ("operator", "name_zh")
        fields = ("operator", *(item.key for item in record.fields_of("platform")))

    def before_import_row(self, row: Any, **kwargs: Any) -> None:
        """Operators come from the same sheet; a row names its own."""
        values = {}
        for item in record.fields_of("operator"):
            heading = item.label + ("*" if item.required else "")
            values[item.key] = Ours(item).clean(row.get(heading))
        Operator.objects.get_or_create(uscc=values.pop("uscc"), defaults=values | {"demo": True})

    def before_save_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        if not instance.code:
            self.serial = getattr(self, "serial", FIRST_SERIAL) + 1
            instance.code = format_code("32", self.serial)

    def init_instance(self, row: Any = None) -> Platform:
        return Platform(authority=self.authority, demo=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.authority = Authority.objects.get()

    def import_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        super().import_instance(instance, row, **kwargs)
        if not instance.code:  # model validation wants one before saving
            self.before_save_instance(instance, row)


def child_resource(table: Any, aggregate: str, key: str) -> Any:
    """A resource for one list; rows are recognised by their platform and ``key``."""
    meta = type(
        "Meta",
        (Base.Meta,),
        {
            "model": table,
            "import_id_fields": ("platform", key),
            "fields": ("platform", *columns(aggregate)),
        },
    )
    link = fields.Field(column_name=LINK[1], attribute="platform", widget=OfOperator(Platform, "name_zh"))
    return type(f"{table.__name__}Resource", (Base,), {"Meta": meta, "platform": link, **columns(aggregate)})


SHEETS = {
    "平台": PlatformResource,
    "服务": child_resource(ServiceItem, "services", "title_zh"),
    "设备": child_resource(Equipment, "equipment", "name_zh"),
    "业绩": child_resource(YearlyFigures, "figures", "year"),
}


def dry_run_and_import(content: bytes, lap: Callable[[str], None]) -> None:
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    sheets = {}
    for name in SHEETS:
        heading, *rows = book[name].iter_rows(values_only=True)
        sheets[name] = Dataset(*rows, headers=heading)
    lap("read")
    clerk = User.objects.get(username="bench-clerk")
    with history.context(verb="bench.import", by=clerk):
        SHEETS["平台"]().import_data(sheets["平台"], dry_run=True)
        lap(
            "dry_run_of_main_sheet"
        )  # its admin previews one resource; rows of lists need their platforms first
        result = SHEETS.pop("平台")().import_data(sheets["平台"], dry_run=False, raise_errors=False)
        lap("import")
        refused = {row.values[sheets["平台"].headers.index(LINK[1])] for row in result.invalid_rows}
        for name, resource in SHEETS.items():
            # One row without its platform would undo the whole sheet; a person takes out the rows of refused platforms.
            at = sheets[name].headers.index(LINK[1])
            kept = Dataset(
                *(row for row in sheets[name] if row[at] not in refused), headers=sheets[name].headers
            )
            resource().import_data(kept, dry_run=False, raise_errors=True)
        lap("import_children")


def check(rows: int) -> int:
    """The rows that were right are there with their children; returns how many platforms are new or changed."""
    expected = import_file.expected(rows)
    new = Platform.objects.filter(code__gte=format_code("32", FIRST_SERIAL)).count()
    platforms, services = Platform.objects.count(), ServiceItem.objects.count()
    if new != expected.new or services != platforms:
        raise SystemExit(f"wrong result: {new} new, {platforms} platforms, {services} services")
    return new + expected.changed
