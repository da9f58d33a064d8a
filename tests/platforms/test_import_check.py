"""Checking an uploaded table: every problem of every row at once, each with its cell, and nothing written."""

import datetime

import pytest

from platforms.actions import import_run as actions
from platforms.choices import ImportStatus
from platforms.errors import Conflict, Invalid, NotFound
from platforms.imports.fixing import fix_cells
from platforms.imports.template import write_rows, write_template
from platforms.models import Authority, ImportRun, Operator, Platform
from platforms.record import payload_of
from tests.factories import (
    AreaFactory,
    EquipmentFactory,
    PilotLineFactory,
    PlatformFactory,
    ServiceItemFactory,
    uscc,
)
from tests.spreadsheets import checked, good_row, headings, table, uploaded, workbook


@pytest.fixture
def jiangsu(cast) -> Authority:
    AreaFactory()
    return cast.jiangsu


@pytest.fixture(autouse=True)
def _files(own_files):
    """Imports keep the files they are made from."""


def cells_with_problems(run: ImportRun) -> list[tuple[str, str]]:
    return [(problem["cell"], problem["code"]) for row in run.rows.all() for problem in row.problems]


def full_platform(authority: Authority, **fields) -> Platform:
    """A platform with everything an import can hold, complete enough to pass every check."""
    platform = PlatformFactory(authority=authority, **fields)
    platform.operator.name_zh = "示例先进陶瓷有限公司"
    platform.operator.save()
    PilotLineFactory(platform=platform)
    ServiceItemFactory(platform=platform)
    EquipmentFactory(platform=platform)
    platform.figures.create(year=2025, projects_total=40, projects_external=31, income_wan="120.50")
    platform.figures.create(year=2024, projects_total=30)
    platform.qualifications.create(kind="cma", number="示例-001")
    return platform


def exported(*platforms: Platform) -> bytes:
    found = Platform.objects.with_everything().filter(pk__in=[platform.pk for platform in platforms])
    return write_rows([(platform.code, payload_of(platform)) for platform in found])


def test_five_wrong_rows_of_sixty_show_all_five_problems_with_their_cells(cast, jiangsu):
    rows = [good_row(serial) for serial in range(1, 61)]
    rows[12]["统一社会信用代码"] = uscc(700013)[:-1] + ("0" if uscc(700013)[-1] != "0" else "1")
    rows[25]["统一社会信用代码"] = 913201810123456789.0
    rows[29]["办公电话"] = ""
    rows[40]["中试设备原值（万元）"] = "约800"
    rows[50]["建设模式"] = "独资"
    at = {name.rstrip("*"): index for index, name in enumerate(headings())}
    letter = {name: chr(65 + index) if index < 26 else f"A{chr(39 + index)}" for name, index in at.items()}

    run = checked(workbook({"平台": table(rows)}), jiangsu, cast.jiangsu_clerk)

    assert run.status == ImportStatus.CHECKED, run.refusal
    assert run.counts == {"new": 55, "error": 5}, run.rows.first().problems
    assert cells_with_problems(run) == [
        (f"{letter['统一社会信用代码']}14", "uscc_check"),
        (f"{letter['统一社会信用代码']}27", "numeric_code"),
        (f"{letter['办公电话']}31", "required"),
        (f"{letter['中试设备原值（万元）']}42", "not_number"),
        (f"{letter['建设模式']}52", "unknown_choice"),
    ]
    assert not Platform.objects.exists()


def test_a_template_that_is_filled_in_is_read_with_its_lists(cast, jiangsu):
    row = good_row(1)
    link = {"统一社会信用代码": row["统一社会信用代码"], "平台名称": row["平台名称"]}
    sheets = {
        "平台": table([row]),
        "服务": table(
            [
                {**link, "服务名称": "工艺放大", "服务类型": "工艺验证", "收费方式": "按项目报价"},
                {**link, "服务名称": "试产", "服务类型": "没有这种", "收费方式": "免费"},
            ],
            headings("服务"),
        ),
        "业绩": table([{**link, "年度": 2025.0, "中试服务项目数（项）": 12.0}], headings("业绩")),
    }

    run = checked(workbook(sheets), jiangsu, cast.jiangsu_clerk)

    only = run.rows.get()
    assert [(p["sheet"], p["cell"], p["code"]) for p in only.problems] == [("服务", "E3", "unknown_choice")]
    assert only.clean["figures"] == [{"year": 2025, "projects_total": 12}]


def test_a_list_row_that_belongs_to_no_platform_is_named_and_can_be_given_to_one(cast, jiangsu):
    row = good_row(1)
    stray = {
        "统一社会信用代码": uscc(1),
        "平台名称": row["平台名称"],
        "服务名称": "放大",
        "服务类型": "工艺验证",
        "收费方式": "免费",
    }
    run = checked(
        workbook({"平台": table([row]), "服务": table([stray], headings("服务"))}),
        jiangsu,
        cast.jiangsu_clerk,
    )
    orphan = run.rows.get(sheet="服务")
    assert [(p["cell"], p["code"]) for p in orphan.problems] == [("A2", "no_platform"), ("B2", "no_platform")]

    edits = {orphan.pk: {"operator/uscc": row["统一社会信用代码"]}}
    run, _changed = fix_cells(run=run, edits=edits, version=run.version, by=cast.jiangsu_clerk)

    assert run.counts == {"new": 1}
    assert run.rows.get().clean["services"][0]["title_zh"] == "放大"


def test_an_exported_file_imports_back_with_no_change(cast, jiangsu):
    platforms = [
        full_platform(jiangsu, name_zh=f"=示例·平台{n}", keywords="@陶瓷", website="") for n in range(3)
    ]

    run = checked(exported(*platforms), jiangsu, cast.jiangsu_clerk)

    assert run.counts == {"same": 3}, [(r.problems, r.differences) for r in run.rows.all()]


def test_a_changed_cell_shows_before_and_after(cast, jiangsu):
    platform = full_platform(jiangsu)
    payload = payload_of(Platform.objects.with_everything().get())
    payload["platform"]["staff_total"] = 42
    payload["figures"][0]["projects_total"] = 31

    run = checked(write_rows([(platform.code, payload)]), jiangsu, cast.jiangsu_clerk)

    row = run.rows.get()
    assert row.outcome == "changed"
    assert [change["field"] for change in row.differences] == ["platform/staff_total", "figures/0"]
    assert row.platform == platform
    assert row.raw["base_version"] == platform.version


def test_a_table_without_a_column_or_without_list_rows_leaves_those_as_they_are(cast, jiangsu):
    platform = full_platform(jiangsu, website="https://example.cn")
    row = good_row(1, 平台名称=platform.name_zh, 统一社会信用代码=platform.operator.uscc)
    columns = [name for name in headings() if name not in ("网址", "平台编号")]

    run = checked(workbook({"平台": table([row], columns)}), jiangsu, cast.jiangsu_clerk)

    found = run.rows.get()
    assert found.outcome == "changed"
    assert found.clean["platform"]["website"] == "https://example.cn"
    assert len(found.clean["services"]) == 1


def test_the_same_platform_twice_in_a_file_is_marked_however_it_is_written(cast, jiangsu):
    first = good_row(1, 平台名称="示例·ABC 平台")
    second = good_row(2, 平台名称="示例·ＡＢＣ平台", 统一社会信用代码=first["统一社会信用代码"].lower())

    run = checked(workbook({"平台": table([first, second])}), jiangsu, cast.jiangsu_clerk)

    assert [row.outcome for row in run.rows.all()] == ["new", "duplicate"]
    assert "第 2 行" in run.rows.last().problems[0]["message"]


def test_a_platform_of_another_authority_is_not_given_away(cast, jiangsu):
    theirs = full_platform(cast.ningbo)
    row = good_row(1, 平台名称=theirs.name_zh, 统一社会信用代码=theirs.operator.uscc)
    coded = good_row(2, 平台编号=theirs.code)
    invented = good_row(3, 平台编号="ZS-33-99999-0")

    run = checked(workbook({"平台": table([row, coded, invented])}), jiangsu, cast.jiangsu_clerk)

    by_key, by_code, unknown = run.rows.all()
    assert (by_key.outcome, by_key.platform, by_key.differences) == ("new", None, [])
    assert [p["message"] for p in by_code.problems] == [p["message"] for p in unknown.problems]
    assert by_code.platform is None


def test_blank_rows_and_rows_in_another_order_of_columns_are_read(cast, jiangsu):
    grid = table([good_row(1), {}, good_row(2)], list(reversed(headings())))

    run = checked(workbook({"平台": grid}), jiangsu, cast.jiangsu_clerk)

    assert [row.number for row in run.rows.all()] == [2, 4]
    assert run.counts == {"new": 2}


def test_correcting_a_cell_reads_only_that_row_again(cast, jiangsu):
    rows = [good_row(1), good_row(2, 办公电话=""), good_row(3, **{"专职人员（人）": "许多"})]
    run = checked(workbook({"平台": table(rows)}), jiangsu, cast.jiangsu_clerk)
    wrong = run.rows.get(number=3)

    run, changed = fix_cells(
        run=run,
        edits={wrong.pk: {"platform/office_phone": "0510-88880018"}},
        version=run.version,
        by=cast.jiangsu_clerk,
    )

    assert changed == 1
    assert run.counts == {"new": 2, "error": 1}
    wrong.refresh_from_db()
    assert wrong.clean["platform"]["office_phone"] == "0510-88880018"


def test_a_wrong_correction_is_kept_with_its_new_problem(cast, jiangsu):
    run = checked(workbook({"平台": table([good_row(1, 办公电话="")])}), jiangsu, cast.jiangsu_clerk)
    row = run.rows.get()

    fix_cells(
        run=run,
        edits={row.pk: {"platform/office_phone": "13800000000"}},
        version=run.version,
        by=cast.jiangsu_clerk,
    )

    row.refresh_from_db()
    assert [(p["value"], p["code"]) for p in row.problems] == [("13800000000", "phone_mobile")]


def test_correcting_the_name_frees_the_row_that_repeated_it(cast, jiangsu):
    first, second = good_row(1, 办公电话=""), good_row(2)
    second |= {"平台名称": first["平台名称"], "统一社会信用代码": first["统一社会信用代码"]}
    run = checked(workbook({"平台": table([first, second])}), jiangsu, cast.jiangsu_clerk)
    duplicate = run.rows.get(outcome="duplicate")

    edits = {duplicate.pk: {"platform/name_zh": "示例·另一个平台"}}
    run, _changed = fix_cells(run=run, edits=edits, version=run.version, by=cast.jiangsu_clerk)

    assert run.counts == {"new": 1, "error": 1}


def test_two_people_correcting_at_once_do_not_overwrite_each_other(cast, jiangsu):
    run = checked(workbook({"平台": table([good_row(1, 办公电话="")])}), jiangsu, cast.jiangsu_clerk)
    row, seen = run.rows.get(), run.version
    fix_cells(
        run=run,
        edits={row.pk: {"platform/office_phone": "0510-88880018"}},
        version=seen,
        by=cast.jiangsu_clerk,
    )
    row.refresh_from_db()
    run.refresh_from_db()
    run2 = checked(
        workbook({"平台": table([good_row(1, 办公电话="", 建设模式="x")])}), jiangsu, cast.jiangsu_clerk
    )
    row2, seen2 = run2.rows.get(), run2.version
    fix_cells(
        run=run2,
        edits={row2.pk: {"platform/office_phone": "0510-88880018"}},
        version=seen2,
        by=cast.jiangsu_clerk,
    )

    with pytest.raises(Conflict):
        fix_cells(
            run=run2,
            edits={row2.pk: {"platform/construction_mode": "联合"}},
            version=seen2,
            by=cast.jiangsu_clerk,
        )


def test_the_same_file_again_is_recognised(cast, jiangsu):
    content = write_template()
    first = uploaded(content, jiangsu, cast.jiangsu_clerk)

    second = uploaded(content, jiangsu, cast.jiangsu_clerk, name="另一个名字.xlsx")

    assert second == first
    assert ImportRun.objects.count() == 1


def test_a_file_over_the_limit_is_refused_before_it_is_kept(cast, jiangsu, settings, tmp_path):
    settings.IMPORT_MAX_BYTES = 1024 * 1024

    with pytest.raises(Invalid, match="最多 1 MiB"):
        uploaded(b"x" * (1024 * 1024 + 1), jiangsu, cast.jiangsu_clerk)

    assert not list(tmp_path.rglob("*.xlsx"))


def test_another_authority_s_clerk_finds_no_import_here(cast, jiangsu):
    run = uploaded(write_template(), jiangsu, cast.jiangsu_clerk)

    with pytest.raises(NotFound):
        actions.cancel(run=run, by=cast.ningbo_clerk)


def test_a_cancelled_import_keeps_no_rows(cast, jiangsu):
    run = checked(workbook({"平台": table([good_row(1)])}), jiangsu, cast.jiangsu_clerk)

    actions.cancel(run=run, by=cast.jiangsu_clerk)

    run.refresh_from_db()
    assert run.status == ImportStatus.CANCELLED
    assert not run.rows.exists()
    assert not Operator.objects.filter(uscc=uscc(700001)).exists()


def refused(content: bytes, cast, name: str = "平台登记表.xlsx") -> str:
    run = checked(content, cast.jiangsu, cast.jiangsu_clerk, name)
    assert run.status == ImportStatus.REFUSED
    assert not run.rows.exists()
    return run.refusal


def test_headings_that_are_missing_doubled_or_from_an_old_template_are_named(cast, jiangsu):
    columns = headings()
    without = table([good_row(1)], [name for name in columns if name != "办公电话*"])
    doubled = table([good_row(1)], [*columns, "办 公 电 话＊"])
    old = {"平台": table([good_row(1)]), "说明": [["模板版本", "2020-1"]]}

    assert "缺少：办公电话" in refused(workbook({"平台": without}), cast)
    assert "有两列“办公电话”" in refused(workbook({"平台": doubled}), cast)
    assert "2020-1 版模板" in refused(workbook(old), cast)
    assert "没有找到名为“平台”的工作表" in refused(workbook({"甲": [["x"]], "乙": [["x"]]}), cast)
    assert "没有数据" in refused(write_template(), cast)


def test_values_the_spreadsheet_program_changed_are_flagged_and_never_repaired_silently(cast, jiangsu):
    def prepare(book, sheets):
        at = {name.rstrip("*"): index for index, name in enumerate(headings())}
        put = sheets["平台"]
        put.write_formula(1, at["专职人员（人）"], "=10+20", value=30)
        put.write_number(1, at["本科或中级以上占比（%）"], 0.35, book.add_format({"num_format": "0%"}))
        put.write_number(1, at["办公电话"], 51088880000)
        put.write_datetime(
            1,
            at["平台所在地址"],
            datetime.date(2026, 3, 1),
            book.add_format({"num_format": "yyyy-mm-dd"}),
        )
        put.write_number(1, at["建成日期"], 45000)

    run = checked(workbook({"平台": table([good_row(1)])}, prepare), jiangsu, cast.jiangsu_clerk)

    assert sorted(problem["code"] for problem in run.rows.get().problems) == [
        "date_in_text",
        "formula",
        "not_a_date",
        "numeric_code",
        "percent_format",
    ]


def test_a_text_file_is_read_and_its_encoding_shown(cast, jiangsu):
    lines = "\n".join(
        ",".join(str(cell or "") for cell in cells) for cells in table([good_row(1), good_row(2)])
    )

    run = checked(lines.encode("gb18030"), jiangsu, cast.jiangsu_clerk, name="平台.csv")

    assert run.counts == {"new": 2}, run.refusal
    assert run.columns[0]["encoding"] == "GB18030"
    assert "缺少" in refused(lines.encode("big5", "replace"), cast, name="旧.csv")
