"""利益冲突: why an expert must not review an application, as rules with a name and a sentence.

The ties are institutional (unit, code, mail domain) and declared; an expert who only shares the region is not in conflict.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from cultivation.models import Application, ConflictDeclaration, Reviewer
from platforms.text import clean_text

#: Mail domains that belong to no institution and therefore tie nobody to anybody.
PUBLIC_MAIL = {
    "163.com",
    "126.com",
    "qq.com",
    "sina.com",
    "sohu.com",
    "gmail.com",
    "outlook.com",
    "foxmail.com",
    "139.com",
}


@dataclass(frozen=True)
class ConflictFound:
    """``rule`` is stable (``same_code``, ``same_unit``, ``declared``, ``same_domain``); ``sentence`` is for people."""

    rule: str
    sentence: str


def conflicts(reviewer: Reviewer, application: Application) -> list[ConflictFound]:
    """Every reason that keeps this expert from this application; empty when there is none."""
    operator = application.platform.operator
    found = []
    if operator is not None:
        if reviewer.organisation_uscc and reviewer.organisation_uscc == operator.uscc:
            found.append(ConflictFound("same_code", _("专家所在单位就是建设单位。")))
        if _same_unit(reviewer.organisation, operator.name_zh) or _same_unit(
            reviewer.organisation, application.platform.co_builders
        ):
            found.append(ConflictFound("same_unit", _("专家所在单位是建设单位或共建单位。")))
        if ConflictDeclaration.objects.filter(reviewer=reviewer, operator=operator).exists():
            found.append(ConflictFound("declared", _("专家与建设单位有已申报的利益关系。")))
    if _shared_domain(reviewer.user.email, application.platform.office_email):
        found.append(ConflictFound("same_domain", _("专家与平台使用同一单位的邮箱。")))
    return found


def _same_unit(organisation: str, names: str) -> bool:
    """Whether one of the units in ``names`` (separated by ；、) is the expert's."""
    unit = clean_text(organisation)
    return bool(unit) and unit in {part.strip() for part in names.replace("、", "；").split("；")}


def _shared_domain(first: str, second: str) -> bool:
    domain = first.rpartition("@")[2].lower()
    return bool(domain) and domain not in PUBLIC_MAIL and domain == second.rpartition("@")[2].lower()
