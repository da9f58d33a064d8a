"""A person to call is published only after consenting, and no longer than that."""

import pytest

from cultivation.actions import submission as verbs
from cultivation.actions.submission_acceptance import accept
from cultivation.actions.submission_contact import set_contact
from cultivation.models import Submission
from platforms.errors import Conflict, Invalid
from platforms.models import Contact, PublicPlatform
from tests.cultivation.submissions import drafted
from tests.cultivation.test_submission_pages import HOME

pytestmark = pytest.mark.django_db
WANG = {"name": "示例王某", "duty": "主任", "phone": "13800000000", "email": ""}


def through(cast, submission) -> dict:
    """Accepted; returns the published contact."""
    submission.refresh_from_db()
    verbs.prepare(submission=submission, by=cast.jiangsu_clerk)
    verbs.submit(submission=submission, by=cast.jiangsu_approver)
    accepted = accept(submission=submission, by=cast.ministry_clerk)
    return PublicPlatform.objects.get(code=accepted.platform.code).document["contact"]


def test_with_consent_the_person_is_published_and_the_consent_recorded(cast):
    submission = drafted(cast)
    set_contact(submission=submission, values=WANG, consent=True, by=cast.jiangsu_clerk)

    assert through(cast, submission)["person"] == {"name": "示例王某", "duty": "主任", "phone": "13800000000"}
    contact = Contact.objects.get()
    assert (contact.consented_by, contact.consent_text_version) == (cast.jiangsu_clerk, "2026-11")


def test_without_consent_the_person_stays_inside(cast):
    submission = drafted(cast)
    set_contact(submission=submission, values=WANG, consent=False, by=cast.jiangsu_clerk)

    assert through(cast, submission)["person"] is None
    assert Contact.objects.get().name == "示例王某"


def test_withdrawing_the_consent_takes_the_person_down(cast):
    first = drafted(cast)
    set_contact(submission=first, values=WANG, consent=True, by=cast.jiangsu_clerk)
    through(cast, first)
    first.refresh_from_db()
    change = verbs.create_draft(
        authority=cast.jiangsu, by=cast.jiangsu_clerk, kind="change", platform=first.platform
    )
    set_contact(submission=change, values=WANG, consent=False, by=cast.jiangsu_clerk)

    assert through(cast, change)["person"] is None
    assert Contact.objects.get().consent_withdrawn_at is not None


def test_consent_needs_a_name(cast):
    with pytest.raises(Invalid) as refusal:
        set_contact(submission=drafted(cast), values={}, consent=True, by=cast.jiangsu_clerk)
    assert [problem.pointer for problem in refusal.value.problems] == ["name"]


def test_a_person_named_by_a_colleague_meanwhile_is_not_overwritten(cast):
    submission = drafted(cast)
    empty = {"name": "", "duty": "", "phone": "", "email": "", "consent": False}
    set_contact(submission=submission, values=WANG, consent=False, by=cast.jiangsu_clerk, expected=empty)

    with pytest.raises(Conflict):
        set_contact(submission=submission, values={}, consent=False, by=cast.jiangsu_clerk, expected=empty)
    assert Submission.objects.get().contact["name"] == "示例王某"


def test_the_page_saves_it_and_a_nul_is_refused(cast, signed_in):
    submission, clerk = drafted(cast), signed_in(cast.jiangsu_clerk)
    address = f"{HOME}{submission.number}/contact/"
    version = clerk.get(address).context["version"]

    assert clerk.post(address, {**WANG, "name": "a\x00b", "version": version}).status_code == 400
    script = clerk.post(address, {**WANG, "version": version}, headers={"accept": "application/json"})
    assert script.json()["sentence"].startswith("已自动保存")
    assert clerk.post(address, {**WANG, "duty": "副主任", "version": version}).status_code == 400
    again = clerk.post(address, {**WANG, "duty": "副主任", "version": script.json()["version"]})
    assert again.status_code == 302
    assert Submission.objects.get().contact["duty"] == "副主任"


def test_a_history_that_cannot_be_erased_holds_no_person(cast):
    submission = drafted(cast)
    set_contact(submission=submission, values=WANG, consent=True, by=cast.jiangsu_clerk)

    assert "contact" not in {field.name for field in submission.events.model._meta.get_fields()}
