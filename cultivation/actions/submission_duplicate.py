"""One operator has one platform of a name: a submission that would make a second one learns where the first is."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from cultivation.models import Submission
from platforms.errors import UNDER_WAY, Invalid, Problem
from platforms.models import Authority, Platform
from platforms.words import gettext_lazy as _


def refuse_duplicate(submission: Submission) -> None:
    """One operator has one platform of a name. Another authority's records are not named, only that they exist."""
    uscc, name = submission.payload.get("operator", {}).get("uscc"), submission.name_zh
    if not uscc or not name:
        return
    platforms = Platform.objects.active().filter(operator__uscc=uscc, name_zh=name)
    submissions = Submission.objects.open().filter(name_zh=name, payload__operator__uscc=uscc)
    if submission.platform_id:
        platforms = platforms.exclude(pk=submission.platform_id)
    if submission.pk:
        submissions = submissions.exclude(pk=submission.pk)
    sentence = _where_it_is(submission.authority, platforms, submissions)
    if sentence:
        raise Invalid([Problem("platform/name_zh", "duplicate", str(sentence))])


def _where_it_is(
    authority: Authority, platforms: QuerySet[Platform], submissions: QuerySet[Submission]
) -> Any:
    platform = platforms.only("code", "authority_id").first()
    if platform is not None and platform.authority_id == authority.pk:
        return _("该建设单位的同名平台已在库，编号 %(code)s，请改为提出变更。") % {"code": platform.code}
    other = submissions.only("number", "authority_id").first()
    if other is not None and other.authority_id == authority.pk:
        return UNDER_WAY % {"number": other.number}
    if platform is not None or other is not None:
        return _("该建设单位的同名平台已由其他推荐单位登记或申报，请向部里核实。")
    return None
