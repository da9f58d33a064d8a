"""A submission as a page shows it: sections, task list, differences to the register, what happened so far."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from cultivation.actions.submission_pins import unlocked
from cultivation.choices import SubmissionKind, SubmissionStatus
from cultivation.forms.submission import SectionForm, describe, name_of, section_fields
from cultivation.models import Submission
from cultivation.models.submission import written
from cultivation.transitions import SUBMISSION
from cultivation.views.timeline import happened
from platforms import record
from platforms.models import Authority, Operator, Platform
from platforms.validators import clean_uscc
from platforms.words import words_of

#: State of a submission → drawing of ``components/state.html``.
DRAWINGS = {
    "draft": "draft",
    "filling": "in_progress",
    "city_review": "pending",
    "prepared": "pending",
    "submitted": "recommended",
    "returned": "returned",
    "accepted": "selected",
    "rejected": "not_selected",
    "withdrawn": "withdrawn",
}


def shown(item: record.Field, value: Any, lookups: record.Lookups) -> str:
    """A stored value as a person reads it."""
    if value is None or value == "":
        return ""
    if item.kind == "boolean":
        return _("是") if value else _("否")
    if item.kind == "choice":
        return dict(item.choices).get(str(value), str(value))
    if item.kind == "reference":
        return lookups.named(str(value))
    return str(value)


def sections(
    submission: Submission, lookups: record.Lookups, *, base: str = "", only: str = ""
) -> list[dict[str, Any]]:
    """The record by section: ``{"key", "title", "url", "facts", "tables"}``. ``base`` adds links for changing."""
    payload = submission.as_written
    return [
        {
            "key": key,
            "title": title,
            "url": f"{base}sections/{key}/" if base else "",
            "facts": _facts(submission, payload, key, lookups, base),
            "tables": _tables(payload, key, lookups),
        }
        for key, title in record.SECTIONS.items()
        if not only or key == only
    ]


def _facts(
    submission: Submission, payload: dict[str, Any], section: str, lookups: record.Lookups, base: str
) -> list[dict[str, Any]]:
    return [
        {
            "name": item.label,
            "value": shown(item, payload.get(item.aggregate, {}).get(item.key), lookups),
            "change_url": f"{base}sections/{section}/#id_{name_of(item.path)}"
            if base and unlocked(submission, item.path)
            else "",
        }
        for item in section_fields(section)
        if item.aggregate in record.SINGLES
    ]


def _tables(payload: dict[str, Any], section: str, lookups: record.Lookups) -> list[dict[str, Any]]:
    found = []
    for aggregate in dict.fromkeys(item.aggregate for item in section_fields(section)):
        rows = payload.get(aggregate) or []
        if aggregate in record.SINGLES:
            continue
        used = [
            item
            for item in record.fields_of(aggregate)
            if any(row.get(item.key) not in (None, "") for row in rows)
        ]
        found.append(
            {
                "caption": record.LIST_LABELS[aggregate],
                "columns": [{"label": item.label} for item in used],
                "rows": [[shown(item, row.get(item.key), lookups) for item in used] for row in rows],
            }
        )
    return found


def tasks(
    submission: Submission, lookups: record.Lookups, *, base: str, current: str = ""
) -> tuple[list[dict[str, Any]], int]:
    """The task list of the eight sections and how many are complete."""
    problems = record.check(submission.as_written, lookups).problems
    missing = {_section_of(problem.pointer) for problem in problems}
    pinned = {_section_of(pin["field"]) for pin in submission.returned_fields}
    entries = []
    for number, (key, title) in enumerate(record.SECTIONS.items(), start=1):
        filled = _filled(submission, key)
        state = "needs_correction" if key in pinned else "done"
        if key not in pinned and (key in missing or not filled):
            state = "in_progress" if filled else "not_started"
        entries.append(
            {
                "label": f"{number} {title}",
                "url": f"{base}sections/{key}/",
                "state": state,
                "word": "",
                "current": key == current,
            }
        )
    return entries, sum(entry["state"] == "done" for entry in entries)


def _filled(submission: Submission, section: str) -> bool:
    for item in section_fields(section):
        held = submission.payload.get(item.aggregate)
        if isinstance(held, list):
            if held:
                return True
        elif held and held.get(item.key) not in (None, "", False):
            return True
    return False


def _section_of(pointer: str) -> str:
    parts = pointer.split("/")
    for item in record.FIELDS:
        if item.aggregate == parts[0] and (len(parts) == 1 or item.key == parts[-1]):
            return item.section
    return ""


def problem_list(submission: Submission, lookups: record.Lookups, base: str) -> list[dict[str, str]]:
    """What still keeps the draft from being handed over, with the address of each place."""
    return [
        {
            "href": f"{base}sections/{_section_of(problem.pointer)}/#id_{name_of(problem.pointer)}",
            "text": describe(problem),
        }
        for problem in record.check(submission.as_written, lookups).problems
    ]


def show_registered(form: SectionForm, submission: Submission, section: str, lookups: record.Lookups) -> None:
    """Of a change: say beside each place of this section what the register says. Nothing for a new platform."""
    if submission.kind != SubmissionKind.CHANGE:
        return
    before, fields = _registered(submission), section_fields(section)
    form.show_beside(
        {
            item.path: shown(item, before[item.aggregate].get(item.key), lookups)
            for item in fields
            if item.aggregate in record.SINGLES
        }
    )

    def words(aggregate: str, row: dict[str, Any], item: record.Field | None) -> str:
        if item is not None:
            return shown(item, row.get(item.key), lookups)
        return row_words(aggregate, row, None, lookups)

    lists = {item.aggregate for item in fields if item.aggregate in record.LISTS}
    form.show_rows_beside({aggregate: before.get(aggregate) or [] for aggregate in lists}, words)


def changes(submission: Submission, lookups: record.Lookups, *, base: str = "") -> list[dict[str, Any]]:
    """What accepting would change in the register, for ``components/diff.html``. ``base`` adds where each is written."""
    before = _registered(submission)
    after = submission.payload
    if submission.kind == SubmissionKind.NEW:
        if not before:
            return []
        after = {"operator": submission.payload.get("operator", {})}
    return [
        change_of(difference, lookups) | {"url": place_of(submission, difference["field"], base)}
        for difference in record.differences(before, after)
    ]


def place_of(submission: Submission, path: str, base: str) -> str:
    """The page and control on which a place is written, empty where nobody may write there now."""
    if not base or not unlocked(submission, path):
        return ""
    aggregate = path.partition("/")[0]
    anchor = f"{aggregate}-h" if aggregate in record.LISTS else f"id_{name_of(path)}"
    return f"{base}sections/{_section_of(aggregate if aggregate in record.LISTS else path)}/#{anchor}"


def _registered(submission: Submission) -> dict[str, Any]:
    """The register's side: the platform as it is, or for a new one its operator if that is known."""
    if submission.kind == SubmissionKind.CHANGE:
        return record.payload_of(Platform.objects.with_everything().get(pk=submission.platform_id))
    uscc = submission.payload.get("operator", {}).get("uscc")
    operator = Operator.objects.filter(uscc=uscc).first() if uscc else None
    return {"operator": record.values_of(operator, "operator")} if operator else {}


def change_of(difference: dict[str, Any], lookups: record.Lookups) -> dict[str, Any]:
    aggregate, _slash, rest = difference["field"].partition("/")
    if not rest.isdigit():
        item = record.field(difference["field"])
        return {
            "label": item.label,
            "before": shown(item, difference["before"], lookups),
            "after": shown(item, difference["after"], lookups),
        }
    return {
        "label": _("%(list)s第 %(n)s 行") % {"list": record.LIST_LABELS[aggregate], "n": int(rest) + 1},
        "before": row_words(aggregate, difference["before"], difference["after"], lookups),
        "after": row_words(aggregate, difference["after"], difference["before"], lookups),
    }


def row_words(aggregate: str, row: dict | None, other: dict | None, lookups: record.Lookups) -> str:
    """The values of a row that differ from its other version; the whole row where there is no other."""
    if row is None:
        return ""
    return "；".join(
        f"{item.label} {shown(item, row.get(item.key), lookups) or '—'}"
        for item in record.fields_of(aggregate)
        if (other is None and row.get(item.key) not in (None, ""))
        or (other and row.get(item.key) != other.get(item.key))
    )


RETURNS = (
    "submission.return",
    "submission.send_back",
    "submission.ask_operator",
    "submission.city_return",
    "submission.city_return_operator",
)


def since_return(submission: Submission, lookups: record.Lookups) -> dict[str, Any] | None:
    """After a return: what it asked for, and what has been corrected since: ``{"reason", "pins", "changes"}``.

    ``pins`` are ``{"label", "reason", "changed"}``. A submission that never came back has ``None``.
    """
    states = (SubmissionStatus.RETURNED, SubmissionStatus.FILLING)
    events = submission.events.filter(status__in=states)  # type: ignore[attr-defined]
    event = events.filter(pgh_context__verb__in=RETURNS).order_by("-pgh_id").first()
    if event is None:
        return None
    found = record.differences(written(event.payload, event.unfinished), submission.as_written)
    changed = {difference["field"] for difference in found}
    changed |= {path.partition("/")[0] for path in changed if path.partition("/")[0] in record.LISTS}
    pins = [
        {
            "label": place_label(pin["field"]),
            "reason": pin["reason"],
            "changed": pin["field"] in changed,
        }
        for pin in event.returned_fields
    ]
    return {
        "reason": event.return_reason,
        "pins": pins,
        "changes": [change_of(difference, lookups) for difference in found],
    }


def place_label(path: str) -> str:
    """What a field or a list of the record is called."""
    return str(record.LIST_LABELS[path]) if path in record.LISTS else record.field(path).label


def with_operator(form: SectionForm, authority: Authority) -> tuple[dict[str, Any], dict[str, Any]]:
    """The first page with what the register knows of the operator, and its platforms: none is begun twice unawares.

    Values that were typed stay. What is not public about an operator is only known to the authorities of its platforms.
    """
    data = {name: form.data.get(name) for name in form.data}
    try:
        uscc = clean_uscc(str(data.get("operator-uscc", "")))
    except ValidationError as error:
        form.add_error("operator-uscc", error)
        return data, {"refusal": words_of(error)}
    operator = Operator.objects.filter(uscc=uscc).first()
    known: dict[str, Any] = {"uscc": uscc, "operator": operator, "own": [], "elsewhere": 0}
    if operator is None:
        return data, known
    platforms = list(
        Platform.objects.active().filter(operator=operator).only("code", "name_zh", "authority_id")
    )
    known["own"] = [platform for platform in platforms if platform.authority_id == authority.pk]
    known["elsewhere"] = len(platforms) - len(known["own"])
    for item in record.fields_of("operator"):
        name = f"operator-{item.key}"
        value = record.values_of(operator, "operator").get(item.key)
        if not data.get(name) and value and (item.publication == record.Publication.PUBLIC or known["own"]):
            data[name] = str(value)
    return data, known


def timeline(submission: Submission, *, for_ministry: bool) -> list[dict[str, Any]]:
    """What happened, oldest first, from the history. The ministry's people are named only to the ministry."""
    others = {
        "submission.create": _("起草"),
        "authority.set_city_review": SUBMISSION.find("release_from_city").label,
    }
    return happened(submission, SUBMISSION, others, for_ministry=for_ministry)
