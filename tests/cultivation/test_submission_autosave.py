"""A draft is kept while it is typed: right and wrong values, in one attempt or many, and never over somebody else's words."""

import pytest

from cultivation.actions import submission as verbs
from cultivation.models import Submission
from platforms.errors import Invalid
from tests.cultivation.submissions import drafted, prepared, reference_data, submitted
from tests.cultivation.test_submission_pages import HOME, typed
from tests.factories import valid_payload

pytestmark = pytest.mark.django_db
KEY = "0123456789abcdef0123456789abcdef"


def keep(client, submission, section: str, **values):
    """The script sends the page with these values changed."""
    data = typed(section, submission.payload) | {"version": str(submission.version)} | values
    return client.post(f"{HOME}{submission.number}/sections/{section}/autosave/", data)


def test_what_is_typed_is_kept_and_the_page_learns_the_new_version(cast, signed_in):
    submission = drafted(cast)
    answer = keep(signed_in(cast.jiangsu_clerk), submission, "capability", **{"platform-staff_total": "31"})

    assert answer.json()["version"] == 2
    assert answer.json()["sentence"].startswith("已自动保存")
    assert Submission.objects.get().payload["platform"]["staff_total"] == 31


def test_a_wrong_value_is_kept_beside_the_record_and_shown_again_with_its_problem(cast, signed_in):
    submission, clerk = drafted(cast), signed_in(cast.jiangsu_clerk)
    wrong = {"platform-staff_total": "三十一", "platform-floor_area_m2": "4000"}
    answer = keep(clerk, submission, "capability", **wrong)

    submission = Submission.objects.get()
    assert "1 处填写有误" in answer.json()["sentence"]
    assert submission.payload["platform"]["floor_area_m2"] == 4000
    assert submission.unfinished == {"platform/staff_total": "三十一"}
    page = clerk.get(f"{HOME}{submission.number}/sections/capability/")
    assert page.status_code == 200
    assert 'value="三十一"' in page.text
    assert page.context["form"].errors.keys() == {"platform-staff_total"}


def test_a_draft_with_a_wrong_value_is_not_handed_over(cast, signed_in):
    submission = drafted(cast)
    keep(signed_in(cast.jiangsu_clerk), submission, "capability", **{"platform-staff_total": "三十一"})

    with pytest.raises(Invalid) as refusal:
        verbs.prepare(submission=Submission.objects.get(), by=cast.jiangsu_clerk)
    assert [problem.pointer for problem in refusal.value.problems] == ["platform/staff_total"]


def test_a_corrected_value_goes_into_the_record(cast, signed_in):
    submission, clerk = drafted(cast), signed_in(cast.jiangsu_clerk)
    keep(clerk, submission, "capability", **{"platform-staff_total": "三十一"})
    keep(clerk, Submission.objects.get(), "capability", **{"platform-staff_total": "31"})

    submission = Submission.objects.get()
    assert submission.unfinished == {}
    assert submission.payload["platform"]["staff_total"] == 31


def test_a_wrong_cell_is_kept_in_its_row_and_a_nul_is_not_stored(cast, signed_in):
    submission, clerk = drafted(cast), signed_in(cast.jiangsu_clerk)
    cells = {"equipment-rows": "3", "equipment-2-name_zh": "炉\x00", "equipment-2-quantity": "八"}
    keep(clerk, submission, "equipment", **cells)

    submission = Submission.objects.get()
    assert submission.unfinished == {"equipment/1/name_zh": "炉\ufffd", "equipment/1/quantity": "八"}
    page = clerk.get(f"{HOME}{submission.number}/sections/equipment/")
    assert page.context["form"].errors.keys() == {"equipment-1-name_zh", "equipment-1-quantity"}


@pytest.mark.parametrize("rows", ["", "x", "-1", "1.5", "९", "501", "9" * 5000, "1\x00"])
@pytest.mark.parametrize("tail", ["", "autosave/"])
def test_an_unreadable_number_of_rows_removes_none(cast, signed_in, rows, tail):
    submission = drafted(cast)
    data = typed("equipment", submission.payload) | {"version": "1", "equipment-rows": rows}
    page = signed_in(cast.jiangsu_clerk).post(f"{HOME}{submission.number}/sections/equipment/{tail}", data)

    assert page.status_code == 400
    assert "设备清单" in page.text
    assert len(Submission.objects.get().payload["equipment"]) == 1


def test_another_page_of_the_draft_saved_by_a_colleague_is_no_obstacle(cast, signed_in):
    submission, clerk = drafted(cast), signed_in(cast.jiangsu_clerk)
    keep(clerk, submission, "contact", **{"platform-office_phone": "0510-88880001"})
    answer = keep(clerk, submission, "capability", **{"platform-staff_total": "31"})

    assert answer.status_code == 200
    platform = Submission.objects.get().payload["platform"]
    assert (platform["office_phone"], platform["staff_total"]) == ("0510-88880001", 31)


def test_the_same_page_saved_by_a_colleague_stops_it(cast, signed_in):
    submission, clerk = drafted(cast), signed_in(cast.jiangsu_clerk)
    keep(clerk, submission, "capability", **{"platform-floor_area_m2": "4000"})
    answer = keep(clerk, submission, "capability", **{"platform-staff_total": "31"})

    assert answer.status_code == 409
    assert answer.json()["conflict"] is True
    platform = Submission.objects.get().payload["platform"]
    assert (platform["floor_area_m2"], platform["staff_total"]) == (4000, 30)


def test_the_same_words_sent_again_change_nothing(cast, signed_in):
    submission, clerk = drafted(cast), signed_in(cast.jiangsu_clerk)
    keep(clerk, submission, "capability", **{"platform-staff_total": "31"})
    answer = keep(clerk, submission, "capability", **{"platform-staff_total": "31"})

    assert (answer.status_code, answer.json()["version"]) == (200, 2)


def test_the_first_words_of_a_new_platform_make_one_draft_however_often_they_are_sent(cast, signed_in):
    reference_data()
    clerk = signed_in(cast.jiangsu_clerk)
    answers = [
        clerk.post(f"{HOME}new/autosave/", {"start_key": KEY, "platform-name_zh": name}).json()
        for name in ("示例", "示例·新平台")
    ]

    submission = Submission.objects.get()
    assert submission.name_zh == "示例·新平台"
    assert {answer["address"] for answer in answers} == {f"{HOME}{submission.number}/sections/identity/"}
    assert clerk.post(f"{HOME}new/", {"start_key": KEY}).url == answers[0]["address"]


def test_nothing_typed_makes_no_draft(cast, signed_in):
    answer = signed_in(cast.jiangsu_clerk).post(f"{HOME}new/autosave/", {"start_key": KEY})

    assert answer.json() == {"version": "", "sentence": ""}
    assert not Submission.objects.exists()


def test_a_name_that_is_taken_keeps_the_other_words(cast, signed_in):
    first = drafted(cast)
    data = typed("identity", valid_payload()) | {"start_key": KEY}
    answer = signed_in(cast.jiangsu_clerk).post(f"{HOME}new/autosave/", data)

    submission = Submission.objects.exclude(pk=first.pk).get()
    assert "1 处填写有误" in answer.json()["sentence"]
    assert submission.unfinished == {"platform/name_zh": "示例·申报平台"}
    assert submission.payload["operator"] == first.payload["operator"]


def test_only_the_pinned_place_is_kept_after_a_return(cast, signed_in):
    from cultivation.actions.submission_acceptance import return_

    submission = submitted(cast)
    return_(submission=submission, by=cast.ministry_clerk, reason="核对", fields={"platform/staff_total": ""})
    values = {"platform-staff_total": "31", "platform-floor_area_m2": "9"}
    keep(signed_in(cast.jiangsu_clerk), Submission.objects.get(), "capability", **values)

    platform = Submission.objects.get().payload["platform"]
    assert (platform["staff_total"], platform["floor_area_m2"]) == (31, 3000)


def test_who_may_not_write_in_it_keeps_nothing(cast, signed_in):
    submission = drafted(cast)
    values = {"platform-staff_total": "31"}

    assert keep(signed_in(cast.ningbo_clerk), submission, "capability", **values).status_code == 404
    assert keep(signed_in(cast.jiangsu_approver), submission, "capability", **values).status_code == 403
    handed_over = prepared(cast, name="示例·另一平台", serial=7)
    assert keep(signed_in(cast.jiangsu_clerk), handed_over, "capability", **values).status_code == 409
    assert Submission.objects.get(pk=submission.pk).version == 1
