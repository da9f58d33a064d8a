"""Two browsers at one section of one draft: whoever comes second chooses place by place, with a script and without."""

from __future__ import annotations

import pytest

from cultivation.models import Submission
from tests.browser.filling import press, sign_in
from tests.cultivation.submissions import drafted
from tests.factories import person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def two_pages(browser, live_server, settings, cast):
    """``two_pages(script)`` opens the same section for two clerks of one office; returns the pages and the draft."""
    settings.ALLOWED_HOSTS = ["*"]
    person("authority_clerk", authority=cast.jiangsu, username="js-2", name="示例李某")
    submission, opened = drafted(cast), []

    def open_both(script: bool):
        pages = []
        for username in ("js-clerk", "js-2"):
            context = browser.new_context(java_script_enabled=script, locale="zh-CN")
            opened.append(context)
            page = sign_in(context, live_server.url, username)
            page.goto(
                f"{live_server.url}/authorities/320000/submissions/{submission.number}/sections/capability/"
            )
            pages.append(page)
        return (*pages, submission)

    yield open_both
    for context in opened:
        context.close()


def platform_of(submission) -> dict:
    return Submission.objects.get(pk=submission.pk).payload["platform"]


def test_without_a_script_the_second_chooses_before_anything_is_saved(two_pages):
    mine, theirs, submission = two_pages(script=False)
    theirs.fill("[name=platform-staff_total]", "31")
    theirs.fill("[name=platform-floor_area_m2]", "4000")
    press(theirs, "保存并继续")
    mine.fill("[name=platform-staff_total]", "32")
    mine.fill("[name=platform-staff_technical]", "21")
    press(mine, "保存并继续")

    assert mine.locator("h1").inner_text() == "核对两边的改动"
    assert "示例李某 先保存了这一部分" in mine.locator("main").inner_text()
    assert platform_of(submission)["staff_total"] == 31
    mine.check('[name="keep-platform/staff_total"][value=mine]')
    press(mine, "按所选保存")

    stored = platform_of(submission)
    assert (stored["staff_total"], stored["staff_technical"], stored["floor_area_m2"]) == (32, 21, 4000)


def test_with_a_script_nothing_is_overwritten_on_its_own_and_the_second_is_led_to_the_choice(two_pages):
    mine, theirs, submission = two_pages(script=True)
    theirs.fill("[name=platform-staff_total]", "31")
    theirs.locator("#said", has_text="已自动保存").wait_for()
    mine.fill("[name=platform-staff_total]", "32")
    mine.locator("#stale").wait_for(state="visible")

    assert platform_of(submission)["staff_total"] == 31
    assert mine.locator("[name=platform-staff_total]").input_value() == "32"
    press(mine, "核对并选择")
    assert mine.locator("h1").inner_text() == "核对两边的改动"
    mine.check('[name="keep-platform/staff_total"][value=theirs]')
    press(mine, "按所选保存")
    assert platform_of(submission)["staff_total"] == 31


def test_with_a_script_two_people_on_different_sections_do_not_meet(two_pages, live_server):
    mine, theirs, submission = two_pages(script=True)
    theirs.goto(theirs.url.replace("capability", "contact"))
    theirs.fill("[name=platform-office_phone]", "0510-88880009")
    theirs.locator("#said", has_text="已自动保存").wait_for()
    mine.fill("[name=platform-staff_total]", "32")
    mine.locator("#said", has_text="已自动保存").wait_for()

    stored = platform_of(submission)
    assert (stored["staff_total"], stored["office_phone"]) == (32, "0510-88880009")


def test_a_button_pressed_while_the_script_saves_does_not_meet_its_own_words(two_pages):
    mine, _theirs, submission = two_pages(script=True)
    for number in ("31", "32", "33"):
        mine.fill("[name=platform-staff_total]", number)
        mine.locator("[name=platform-staff_total]").dispatch_event("change")
    press(mine, "保存并返回核对")

    assert mine.url.endswith(f"/submissions/{submission.number}/")
    assert platform_of(submission)["staff_total"] == 33
