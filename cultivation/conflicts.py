"""利益冲突: why an expert must not review an application, as rules with a name and a sentence.

The ties are institutional (unit, code, mail domain) and declared; an expert who only shares the region is not in conflict.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from cultivation.models import Application, ConflictDeclaration, Reviewer
from platforms.models import Membership
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
    """``rule`` is stable (``same_code``, ``same_unit``, ``declared``, ``same_authority``, ``same_domain``); ``sentence`` is for people."""

    rule: str
    sentence: str


@dataclass(frozen=True)
class Ties:
    """What is on record about some experts, read at once: declared ties, and the offices and units in which they hold a role."""

    declared: frozenset[tuple[int, int]]
    offices: frozenset[tuple[int, str]]
    units: frozenset[tuple[int, int]]

    @classmethod
    def of(cls, reviewers: Iterable[Reviewer]) -> Ties:
        found = list(reviewers)
        held = Membership.objects.in_force().filter(user__in=[each.user_id for each in found])
        roles = list(held.values_list("user_id", "authority_id", "operator_id"))
        declared = ConflictDeclaration.objects.filter(reviewer__in=found)
        return cls(
            declared=frozenset(declared.values_list("reviewer_id", "operator_id")),
            offices=frozenset((user, office) for user, office, _unit in roles if office),
            units=frozenset((user, unit) for user, _office, unit in roles if unit),
        )


def conflicts(reviewer: Reviewer, application: Application, ties: Ties | None = None) -> list[ConflictFound]:
    """Every reason that keeps this expert from this application; empty when there is none.

    ``ties`` spares a question to the database for each pair, where many pairs are judged.
    """
    ties = ties or Ties.of([reviewer])
    operator = application.platform.operator
    found = []
    if operator is not None:
        if reviewer.organisation_uscc and reviewer.organisation_uscc == operator.uscc:
            found.append(ConflictFound("same_code", _("专家所在单位就是建设单位。")))
        if _same_unit(reviewer.organisation, operator.name_zh) or _same_unit(
            reviewer.organisation, application.platform.co_builders
        ):
            found.append(ConflictFound("same_unit", _("专家所在单位是建设单位或共建单位。")))
        if (reviewer.pk, operator.pk) in ties.declared or (reviewer.user_id, operator.pk) in ties.units:
            found.append(ConflictFound("declared", _("专家与建设单位有已申报的利益关系。")))
    if (reviewer.user_id, application.authority_id) in ties.offices:
        found.append(ConflictFound("same_authority", _("专家在推荐单位任职。")))
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
