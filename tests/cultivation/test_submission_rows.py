"""Rows from a spreadsheet and what the register knows of an operator: filled in on the page, checked cell by cell, lost never."""

import pytest

from cultivation.models import Submission
from tests.cultivation.submissions import accepted, drafted
from tests.cultivation.test_submission_pages import HOME, typed
from tests.factories import OperatorFactory, PlatformFactory, uscc

pytestmark = pytest.mark.django_db
HEAD = "设备名称\t台数\t购置年份\t开放共享\n"


def paste(client, submission, text: str, at: str = "", section: str = "equipment"):
    data = typed(section, submission.payload) | {"version": "1", "paste": section, "paste_at": at}
    address = f"{HOME}{submission.number}/sections/{section}/"
    return client.post(address, data | {f"{section}-paste": text})


def rows(page, *keys: str) -> list[tuple]:
    form = page.context["form"]
    return [
        tuple(form[f"equipment-{n}-{key}"].value() for key in keys) for n in range(form.rows["equipment"])
    ]


def test_columns_are_found_by_their_headings_and_rows_go_below_those_there_are(cast, signed_in):
    page = paste(
        signed_in(cast.jiangsu_clerk), drafted(cast), f"{HEAD}烧结炉\t2\t2021\t是\n流延机\t1\t2020\t否\n"
    )

    assert rows(page, "name_zh", "quantity", "commissioned_year", "open_sharing") == [
        ("气氛辊道窑", "1", "2022", False),
        ("烧结炉", "2", "2021", True),
        ("流延机", "1", "2020", False),
    ]
    assert Submission.objects.get().version == 1


def test_without_headings_the_cells_go_in_from_the_cell_that_was_pasted_into(cast, signed_in):
    page = paste(
        signed_in(cast.jiangsu_clerk), drafted(cast), "QX-1\t示例厂\nQX-2\t示例厂", at="equipment-0-model"
    )

    assert rows(page, "name_zh", "model", "maker") == [
        ("气氛辊道窑", "QX-1", "示例厂"),
        (None, "QX-2", "示例厂"),
    ]


def test_a_cell_with_a_line_break_is_one_cell(cast, signed_in):
    page = paste(signed_in(cast.jiangsu_clerk), drafted(cast), '"炉\n（一期）"\tA\n')

    assert rows(page, "name_zh", "model")[1] == ("炉\n（一期）", "A")


def test_words_of_a_choice_become_the_choice_and_unknown_ones_stay_to_be_seen(cast, signed_in):
    text = "服务名称\t服务类型\t收费方式\n放大\t工艺验证\t按项目报价\n试产\t不知道\t按项目报价"
    page = paste(signed_in(cast.jiangsu_clerk), drafted(cast), text, section="services")

    form = page.context["form"]
    assert form["services-1-service_type"].value() == "process_verification"
    assert form["services-2-service_type"].value() == "不知道"
    assert '<option value="不知道" selected>不知道</option>' in page.text


def test_too_many_rows_are_refused_and_what_was_typed_stays(cast, signed_in):
    page = paste(signed_in(cast.jiangsu_clerk), drafted(cast), "炉\n" * 500)

    assert page.status_code == 400
    assert "最多 500 行，粘贴后会有 501 行" in page.text
    assert rows(page, "name_zh") == [("气氛辊道窑",)]


@pytest.mark.parametrize("text", ["", "\n \n", "\x00\t\x00", "a" * 200_000 + "\t"])
def test_nonsense_is_no_failure(cast, signed_in, text):
    assert paste(signed_in(cast.jiangsu_clerk), drafted(cast), text).status_code in (200, 400)


def lookup(client, **data):
    return client.post(f"{HOME}new/", {"lookup": "1"} | data)


def test_the_code_brings_the_operator_and_names_its_platforms(cast, signed_in):
    platform = accepted(cast).platform
    page = lookup(
        signed_in(cast.jiangsu_clerk),
        **{
            "operator-uscc": platform.operator.uscc,
            "operator-name_en": "Typed",
            "platform-name_zh": "示例·第二个",
        },
    )

    form = page.context["form"]
    assert form["operator-name_zh"].value() == platform.operator.name_zh
    assert form["operator-legal_form"].value() == "enterprise"
    assert (form["operator-name_en"].value(), form["platform-name_zh"].value()) == ("Typed", "示例·第二个")
    assert platform.code in page.text
    assert Submission.objects.filter(status="draft").count() == 0


def test_of_an_operator_elsewhere_only_public_facts_are_told(cast, signed_in):
    operator = OperatorFactory(uscc=uscc(4711), registered_on="2001-02-03")
    secret = PlatformFactory(operator=operator, authority=cast.ningbo, name_zh="示例·宁波平台")
    page = lookup(signed_in(cast.jiangsu_clerk), **{"operator-uscc": operator.uscc})

    assert page.context["form"]["operator-name_zh"].value() == operator.name_zh
    assert "2001-02-03" not in page.text
    assert secret.code not in page.text
    assert "另有 1 个该单位的平台在库" in page.text


def test_an_unknown_or_wrong_code_says_so(cast, signed_in):
    clerk = signed_in(cast.jiangsu_clerk)

    assert "名录中还没有这个建设单位" in lookup(clerk, **{"operator-uscc": uscc(4712)}).text
    assert lookup(clerk, **{"operator-uscc": "123"}).status_code == 200
