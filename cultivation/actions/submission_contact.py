"""联系人 of a platform: a person, who is published only after consenting, on the text that was shown."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from cultivation.actions.submission import lock_for_writing
from cultivation.models import Submission
from platforms.actions.verb import verb
from platforms.errors import Conflict, Invalid, Problem
from platforms.models import Contact, Platform, User
from platforms.text import clean_text
from platforms.validators import clean_email
from platforms.words import gettext_lazy as _
from platforms.words import words_of

#: Which wording of the consent was shown (templates/workspace/submission/contact.html); changes with its words.
CONSENT_TEXT = "2026-11"
KEYS = {"name": 60, "duty": 60, "phone": 40, "email": 254}


def contact_of(submission: Submission) -> dict[str, Any]:
    """The contact as the draft has it; a change that says nothing about it starts from the platform's."""
    if submission.contact or submission.platform is None:
        return submission.contact
    present = submission.platform.contacts.order_by("id").first()
    if present is None:
        return {}
    published = present.consented_at is not None and present.consent_withdrawn_at is None
    return {key: getattr(present, key) for key in KEYS} | {"consent": published}


@verb("submission.set_contact")
def set_contact(
    *,
    submission: Submission,
    values: Mapping[str, str],
    consent: bool,
    by: User,
    expected: Mapping[str, Any] | None = None,
) -> Submission:
    """Name a person to call. ``consent``: the person has agreed to being published in the words of ``CONSENT_TEXT``.

    ``expected`` is the contact that the page showed; when it is another by now, nothing is overwritten.
    """
    submission = lock_for_writing(submission, by)
    if expected is not None and dict(expected) != shown(contact_of(submission)):
        raise Conflict(_("其他人先修改了联系人，没有保存。请重新打开本页核对。"))
    clean, problems = _clean(values)
    if consent and not clean.get("name"):
        problems.append(Problem("name", "required", _("同意公开时须填写联系人姓名。")))
    if problems:
        raise Invalid(problems)
    facts: dict[str, Any] = {**clean, "consent": consent}
    if consent:
        agreed = {"consented_by": by.username, "text_version": CONSENT_TEXT}
        same = shown(submission.contact) == shown(facts)
        at = submission.contact.get("consented_at") if same else None
        facts |= agreed | {"consented_at": at or timezone.now().isoformat()}
    submission.contact = facts
    submission.updated_at = timezone.now()
    submission.save(update_fields=["contact", "updated_at"])
    return submission


def shown(contact: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a contact that a page shows."""
    return {**{key: contact.get(key, "") for key in KEYS}, "consent": bool(contact.get("consent"))}


def _clean(values: Mapping[str, str]) -> tuple[dict[str, str], list[Problem]]:
    clean, problems = {}, []
    for key, longest in KEYS.items():
        given = str(values.get(key) or "").strip()
        try:
            text = clean_text(given, max_length=longest)
            clean[key] = clean_email(text) if key == "email" and text else text
        except ValidationError as error:
            problems.append(Problem(key, error.code or "invalid", words_of(error)))
    return clean, problems


def write_contact(platform: Platform, submission: Submission) -> None:
    """On acceptance: the person of the submission becomes the platform's. Part of the verb that accepts."""
    given = submission.contact
    if not given:
        return
    person = platform.contacts.order_by("id").first() or Contact(platform=platform)
    other = person.name != given.get("name", "")
    for key in KEYS:
        setattr(person, key, given.get(key, ""))
    consented = person.consented_at is not None and person.consent_withdrawn_at is None
    if given.get("consent"):
        person.consented_at = datetime.datetime.fromisoformat(given["consented_at"])
        person.consented_by = User.objects.get(username=given["consented_by"])
        person.consent_text_version, person.consent_withdrawn_at = given["text_version"], None
    elif other:
        person.consented_at = person.consented_by = person.consent_withdrawn_at = None
        person.consent_text_version = ""
    elif consented:
        person.consent_withdrawn_at = timezone.now()
    if not any(getattr(person, key) for key in KEYS):
        if person.pk:
            person.delete()
        return
    person.save()
