"""Two people in one section: the second chooses place by place, and nothing is overwritten unseen."""

import pytest

from cultivation.models import Submission
from tests.cultivation.submissions import drafted
from tests.cultivation.test_submission_pages import HOME, typed
from tests.factories import AuthorityFactory, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def colleague(cast, signed_in):
    return signed_in(person("authority_clerk", authority=cast.jiangsu, username="js-2", name="示例李某"))


def save(client, submission, section="capability", **values):
    data = typed(section, submission.payload) | {"version": "1"} | values
    return client.post(f"{HOME}{submission.number}/sections/{section}/", data)


def answers(page, **choices) -> dict[str, str]:
    """What the browser sends from the page to choose on."""
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(page.text, "html.parser")
    [form] = [form for form in soup.find_all("form") if form.find("input", {"name": "merge"})]
    sent = {item["name"]: item.get("value", "") for item in form.find_all("input", {"type": "hidden"})}
    for radio in form.find_all("input", {"type": "radio"}):
        if radio.has_attr("checked"):
            sent[radio["name"]] = radio["value"]
    return sent | {f"keep-{path}": side for path, side in choices.items()}


def platform_of(submission) -> dict:
    return Submission.objects.get(pk=submission.pk).payload["platform"]


def test_the_second_sees_both_values_and_what_was_chosen_is_stored(cast, signed_in, colleague):
    submission, clerk = drafted(cast), signed_in(cast.jiangsu_clerk)
    save(colleague, submission, **{"platform-staff_total": "31", "platform-floor_area_m2": "4000"})
    page = save(clerk, submission, **{"platform-staff_total": "32", "platform-equipment_value_wan": "1300"})

    assert page.status_code == 409
    assert "示例李某 先保存了这一部分" in page.text
    assert [(e["path"], e["theirs"], e["mine"], e["keep"]) for e in page.context["entries"]] == [
        ("platform/floor_area_m2", "4000", "3000", "theirs"),
        ("platform/equipment_value_wan", "1200", "1300", "mine"),
        ("platform/staff_total", "31", "32", ""),
    ]
    assert platform_of(submission)["staff_total"] == 31

    address = f"{HOME}{submission.number}/sections/capability/"
    done = clerk.post(address, answers(page, **{"platform/staff_total": "mine"}))
    assert done.status_code == 302
    stored = platform_of(submission)
    assert (stored["staff_total"], stored["floor_area_m2"], stored["equipment_value_wan"]) == (
        32,
        4000,
        "1300",
    )


def test_without_a_choice_where_both_changed_nothing_is_stored(cast, signed_in, colleague):
    submission, clerk = drafted(cast), signed_in(cast.jiangsu_clerk)
    save(colleague, submission, **{"platform-staff_total": "31"})
    page = save(clerk, submission, **{"platform-staff_total": "32"})
    again = clerk.post(f"{HOME}{submission.number}/sections/capability/", answers(page))

    assert again.status_code == 409
    assert "请选择：专职人员（人）" in again.text
    assert platform_of(submission)["staff_total"] == 31


def test_a_third_save_in_between_asks_again(cast, signed_in, colleague):
    submission, clerk = drafted(cast), signed_in(cast.jiangsu_clerk)
    save(colleague, submission, **{"platform-staff_total": "31"})
    page = save(clerk, submission, **{"platform-staff_total": "32"})
    save(colleague, submission, **{"platform-staff_total": "33", "version": "2"})
    address = f"{HOME}{submission.number}/sections/capability/"
    again = clerk.post(address, answers(page, **{"platform/staff_total": "mine"}))

    assert again.status_code == 409
    assert [(e["theirs"], e["mine"]) for e in again.context["entries"]] == [("33", "32")]
    assert platform_of(submission)["staff_total"] == 33
    assert clerk.post(address, answers(again, **{"platform/staff_total": "mine"})).status_code == 302
    assert platform_of(submission)["staff_total"] == 32


def test_rows_that_both_added_are_both_kept(cast, signed_in, colleague):
    submission, clerk = drafted(cast), signed_in(cast.jiangsu_clerk)
    row = {"equipment-rows": "2", "equipment-1-quantity": "1", "equipment-1-commissioned_year": "2024"}
    save(colleague, submission, "equipment", **row | {"equipment-1-name_zh": "釜"})
    page = save(clerk, submission, "equipment", **row | {"equipment-1-name_zh": "泵"})

    clerk.post(f"{HOME}{submission.number}/sections/equipment/", answers(page))
    stored = Submission.objects.get().payload["equipment"]
    assert [item["name_zh"] for item in stored] == ["气氛辊道窑", "釜", "泵"]


def test_a_wrong_value_that_was_chosen_is_refused_beside_its_field(cast, signed_in, colleague):
    submission, clerk = drafted(cast), signed_in(cast.jiangsu_clerk)
    save(colleague, submission, **{"platform-staff_total": "31"})
    page = save(clerk, submission, **{"platform-staff_total": "三十二"})
    address = f"{HOME}{submission.number}/sections/capability/"
    refused = clerk.post(address, answers(page, **{"platform/staff_total": "mine"}))

    assert refused.status_code == 400
    assert refused.context["form"].errors.keys() == {"platform-staff_total"}
    assert 'value="三十二"' in refused.text


def test_a_page_without_a_version_overwrites_nothing(cast, signed_in, colleague):
    submission, clerk = drafted(cast), signed_in(cast.jiangsu_clerk)
    save(colleague, submission, **{"platform-staff_total": "31"})
    page = save(clerk, submission, **{"platform-staff_total": "32", "version": "x"})

    assert page.status_code == 409
    assert platform_of(submission)["staff_total"] == 31


def test_another_section_saved_meanwhile_asks_nothing(cast, signed_in, colleague):
    submission, clerk = drafted(cast), signed_in(cast.jiangsu_clerk)
    save(colleague, submission, "contact", **{"platform-office_phone": "0510-88880001"})

    assert save(clerk, submission, **{"platform-staff_total": "32"}).status_code == 302
    stored = platform_of(submission)
    assert (stored["staff_total"], stored["office_phone"]) == (32, "0510-88880001")


def test_a_stranger_learns_nothing_of_it(cast, signed_in):
    submission = drafted(cast)
    stranger = person("authority_clerk", authority=AuthorityFactory(code="330200"), username="nb-2")

    assert save(signed_in(stranger), submission).status_code == 404
