"""Who sees and edits which model in the admin: one table over the permissions of ``access``."""

from __future__ import annotations

from dataclasses import dataclass

from platforms.access import P, reach


@dataclass(frozen=True)
class AdminRight:
    """Who looks at a model in the admin and who changes it there. ``edit`` empty: nobody does, the verbs do."""

    view: tuple[str, ...]
    edit: str = ""


_REFERENCE = AdminRight(view=(P.REFERENCE_EDIT,), edit=P.REFERENCE_EDIT)
_PEOPLE = AdminRight(view=(P.ROLES_GRANT,), edit=P.ROLES_GRANT)
_LOG = AdminRight(view=(P.AUDIT_VIEW,))

#: The admin's own table: ``app.model`` → right. A model that is not named is in nobody's admin; which rows a person sees is
#: the answer of ``reach``. Business records are inspected and moved by verbs, never edited. Histories follow ``_LOG``.
ADMIN: dict[str, AdminRight] = {
    **dict.fromkeys(
        (
            "platforms.region", "platforms.authority", "platforms.taxonomyedition", "platforms.area",
            "platforms.direction", "platforms.directionmapping", "platforms.synonym", "cultivation.policy", "cultivation.standard",
            "cultivation.publishedstatistic", "cultivation.holidayarrangement",
        ),
        _REFERENCE,
    ),
    **dict.fromkeys(("platforms.user", "platforms.membership"), _PEOPLE),
    "platforms.apiclient": AdminRight(view=(P.ROLES_GRANT,)),
    "platforms.notification": _LOG,
    "platforms.job": AdminRight(view=(P.AUDIT_VIEW, P.SYSTEM_OPERATE)),
    "admin.logentry": _LOG,
    **dict.fromkeys(("axes.accessattempt", "axes.accesslog", "axes.accessfailurelog"), _LOG),
    "platforms.platform": AdminRight(view=(P.PLATFORM_VIEW,)),
    "platforms.operator": AdminRight(view=(P.PLATFORM_VIEW,)),
    "platforms.importrun": AdminRight(view=(P.IMPORT_RUN,)),
    "cultivation.submission": AdminRight(view=(P.SUBMISSION_VIEW,)),
    "cultivation.batch": AdminRight(view=(P.BATCH_VIEW,)),
    "cultivation.application": AdminRight(view=(P.APPLICATION_VIEW,)),
    "cultivation.panel": AdminRight(view=(P.REVIEW_ASSIGN,)),
    "cultivation.notice": AdminRight(view=(P.NOTICE_PREPARE, P.NOTICE_PUBLISH)),
    "cultivation.objection": AdminRight(view=(P.OBJECTION_VIEW,)),
    "cultivation.decision": AdminRight(view=(P.DECISION_VIEW,)),
    "cultivation.designation": AdminRight(view=(P.PLATFORM_VIEW,)),
}  # fmt: skip


def admin_right(model: str) -> AdminRight:
    """The right for ``app.model``; history tables (``…event``) are the auditor's."""
    nobody = AdminRight(view=())
    return ADMIN.get(model) or (_LOG if model.endswith("event") else nobody)


def admin_may(user, perm: str) -> bool:
    """Django admin's question ``app.verb_model``, answered from ``ADMIN``."""
    mine = reach(user)
    if not mine.may(P.USE_ADMIN):
        return False
    app, _dot, codename = perm.partition(".")
    verb, _underscore, model = codename.partition("_")
    right = admin_right(f"{app}.{model}")
    if verb == "view":
        return any(mine.may(permission) for permission in right.view)
    return bool(right.edit) and mine.may(right.edit)
