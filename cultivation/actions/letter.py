"""推荐函: record the letter that went out under the seal, with its scan."""

from __future__ import annotations

import datetime

from django.utils import timezone

from cultivation.models import Batch, RecommendationLetter
from platforms.access import Permission, require
from platforms.actions.document import store
from platforms.actions.verb import verb
from platforms.errors import Invalid, Problem
from platforms.models import Authority, User
from platforms.text import clean_text
from platforms.uploads import Upload
from platforms.words import gettext_lazy as _


@verb("letter.record")
def record_letter(
    *,
    authority: Authority,
    number: str,
    dated_on: datetime.date,
    by: User,
    batch: Batch | None = None,
    upload: Upload | None = None,
) -> RecommendationLetter:
    """Record one letter. A number is recorded once; a letter that replaces another has its own."""
    letter = RecommendationLetter(authority=authority, batch=batch, dated_on=dated_on, recorded_by=by)
    require(by, Permission.SUBMISSION_PREPARE, letter)
    if dated_on > timezone.localdate():
        raise Invalid([Problem("dated_on", "future", _("成文日期不能晚于今天。"))])
    letter.number = clean_text(number, max_length=60)
    if upload is not None:
        letter.document = store(upload=upload, by=by, authority=authority, title=letter.number)
    letter.save(force_insert=True)
    return letter
