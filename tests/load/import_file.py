"""The workbook of the import bench, and the world it is imported into.

Per platform 40 columns on the main sheet and one row each on 服务, 设备 and 业绩. Of every ten platforms one is in the register
already as the file says, and one with other figures; two in a hundred rows have a value that cannot be read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from platforms import record
from platforms.access import Role
from platforms.codes import format_code
from platforms.models import Authority, Equipment, Operator, Platform, ServiceItem, User, YearlyFigures
from platforms.record import Lookups
from platforms.record.store import stored_value
from tests import factories
from tests.spreadsheets import Cells, good_row, headings, table, workbook

COLUMNS = 40


def row_of(serial: int) -> Cells:
    """The cells of one platform; no two rows say the same, so that nothing is gained by remembering what was read before."""
    staff = 20 + serial % 400
    return good_row(serial) | {
        "平台英文名称": f"Sample platform {serial}",
        "建设单位英文名称": f"Sample Co. {serial}",
        "平台所在地址": f"示例路 {serial} 号示例科技园 {serial % 30} 栋",
        "细分方向": f"示例方向{serial % 900}",
        "关键词": f"示例、陶瓷{serial}、烧结{serial % 77}",
        "建成日期": f"{2000 + serial % 24}-{serial % 12 + 1:02d}-{serial % 28 + 1:02d}",
        "共建单位": f"示例大学{serial % 200}",
        "独立核算": "是" if serial % 3 else "否",
        "中试场地及配套面积（平方米）": 1000 + serial,
        "中试设备数量（台套）": serial % 300,
        "中试设备原值（万元）": serial + 0.25,
        "专职人员（人）": staff,
        "其中：技术人员（人）": staff - serial % 20,
        "本科或中级以上占比（%）": serial % 100 + 0.5,
        "累计投资（万元）": 2 * serial,
        "平台简介": f"示例平台{serial}，承接先进陶瓷粉体制备、成型与烧结的工艺放大和小批量试生产，" * 4,
        "英文简介": f"Sample platform {serial}: scale-up of powder preparation, forming and sintering.",
        "网址": f"https://example.cn/{serial}",
        "办公电话": f"0510-8{serial:07d}",
        "办公邮箱": f"office{serial}@example.cn",
        "近三年无重大事故和失信": "是",
    }


def children_of(serial: int) -> dict[str, Cells]:
    """One row on each list sheet."""
    projects = serial % 90 + 10
    return {
        "服务": {
            "服务名称": f"工艺放大{serial}",
            "服务类型": "工艺验证",
            "服务说明": f"示例服务{serial}，从百克级放大到公斤级。",
            "收费方式": "按项目报价",
            "周期（工作日）": serial % 60,
        },
        "设备": {
            "设备名称": f"气氛辊道窑{serial}",
            "型号": f"SL-{serial}",
            "台数": serial % 5 + 1,
            "购置年份": 2000 + serial % 25,
            "开放共享": "是",
        },
        "业绩": {
            "年度": 2025,
            "中试服务项目数（项）": projects,
            "其中：对外服务（项）": projects // 2,
            "中试服务收入（万元）": serial + 0.5,
        },
    }


@dataclass(frozen=True)
class Expected:
    """How many rows of each outcome the file has."""

    new: int
    changed: int
    same: int
    error: int

    @property
    def written(self) -> int:
        return self.new + self.changed


def is_wrong(serial: int) -> bool:
    return serial % 50 == 7


def is_known(serial: int) -> bool:
    return serial % 10 in (1, 2)


def is_changed(serial: int) -> bool:
    return serial % 10 == 2


def expected(rows: int) -> Expected:
    serials = [serial for serial in range(1, rows + 1) if not is_wrong(serial)]
    known = [serial for serial in serials if is_known(serial)]
    changed = sum(map(is_changed, known))
    return Expected(len(serials) - len(known), changed, len(known) - changed, rows - len(serials))


def make_workbook(rows: int) -> bytes:
    columns = headings()
    columns = [*columns, *(f"备注{n}" for n in range(COLUMNS - len(columns)))]
    remarks = {name: "示例" for name in columns[len(headings()) :]}
    main, children = [], {name: [] for name in children_of(1)}
    for serial in range(1, rows + 1):
        row = row_of(serial)
        main.append(row | remarks | ({"办公电话": "许多"} if is_wrong(serial) else {}))
        link = {key: row[key] for key in ("统一社会信用代码", "平台名称")}
        for name, cells in children_of(serial).items():
            children[name].append(link | cells)
    sheets = {"平台": table(main, columns)}
    for name, lines in children.items():
        _check_headings(name, lines[0])
        sheets[name] = table(lines, headings(name))
    return workbook(sheets)


def _check_headings(sheet: str, cells: Cells) -> None:
    unknown = set(cells) - {name.rstrip("*") for name in headings(sheet)}
    if unknown:
        raise SystemExit(f"no such columns on {sheet}: {unknown}")


def make_world(rows: int) -> tuple[Authority, User]:
    """Reference data, a clerk, and the platforms of the file that are in the register already."""
    factories.AreaFactory()
    authority = factories.AuthorityFactory()
    clerk = factories.person(Role.AUTHORITY_CLERK, authority=authority, username="bench-clerk")
    serials = [serial for serial in range(1, rows + 1) if is_known(serial)]
    payloads = _payloads(serials)
    operators = Operator.objects.bulk_create(
        Operator(**_values("operator", payload["operator"]), demo=True) for payload in payloads
    )
    platforms = Platform.objects.bulk_create(
        Platform(
            **_values("platform", payload["platform"])
            | ({"staff_total": 4000} if is_changed(serial) else {}),
            code=format_code("32", serial),
            operator=operator,
            authority=authority,
            demo=True,
        )
        for serial, payload, operator in zip(serials, payloads, operators, strict=True)
    )
    for name, model in (("services", ServiceItem), ("equipment", Equipment), ("figures", YearlyFigures)):
        model.objects.bulk_create(
            model(platform=platform, **_values(name, row))
            for platform, payload in zip(platforms, payloads, strict=True)
            for row in payload[name]
        )
    return authority, clerk


def _payloads(serials: list[int]) -> list[dict[str, Any]]:
    """What the rows of the file say, in stored form."""
    lookups = Lookups.load()
    by_label = {item.label: item for item in record.FIELDS if item.aggregate in record.SINGLES}
    found = []
    for serial in serials:
        raw: dict[str, Any] = record.empty_payload()
        for label, value in row_of(serial).items():
            raw[by_label[label].aggregate][by_label[label].key] = value
        for aggregate, sheet in (("services", "服务"), ("equipment", "设备"), ("figures", "业绩")):
            keys = {item.label: item.key for item in record.fields_of(aggregate)}
            raw[aggregate] = [{keys[label]: value for label, value in children_of(serial)[sheet].items()}]
        checked = record.check(raw, lookups)
        if checked.problems:
            raise SystemExit(str(checked.problems))
        found.append(checked.payload)
    return found


def _values(aggregate: str, payload: dict[str, Any]) -> dict[str, Any]:
    return {
        item.stored_in.attname: stored_value(item, payload.get(item.key))
        for item in record.fields_of(aggregate)
    }
