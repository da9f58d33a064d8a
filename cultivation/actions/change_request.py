"""变更申请: a listed platform changes its name, operator or place, merges or ends. Two persons ask, the ministry decides.

``before`` and ``after`` are the facts that change, as text a person reads and keys the register knows. What is agreed to is
carried out here, in the same act: a former name stays searchable, a platform that ends leaves a tombstone.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from cultivation.actions import platform_end, platform_merge
from cultivation.aftercare_transitions import CHANGE_REQUEST
from cultivation.audiences import tell
from cultivation.choices import ChangeRequestKind as K
from cultivation.choices import RequestStatus
from cultivation.models import ChangeRequest
from platforms.access import Permission, require
from platforms.actions.document import store
from platforms.actions.verb import lock, verb
from platforms.choices import PlatformStatus
from platforms.errors import Conflict, IllegalStep, Invalid, NotPermitted, Problem, Problems
from platforms.models import Document, FormerName, Operator, Platform, Region, User
from platforms.publish import publish
from platforms.text import clean_text
from platforms.uploads import Upload
from platforms.validators import clean_uscc
from platforms.words import gettext_lazy as _
from platforms.words import words_of

#: What ``after`` holds for each kind, in the order in which it is shown.
FACTS: dict[str, tuple[str, ...]] = {
    K.NAME: ("name_zh", "name_en"),
    K.OPERATOR: ("uscc", "operator_zh"),
    K.MOVE: ("region", "city", "address"),
    K.MERGER: ("into",),
    K.CANCELLATION: (),
}
MOST_FILES = 10
OPEN = (RequestStatus.PREPARED, RequestStatus.SUBMITTED, RequestStatus.RETURNED)


@verb("change_request.prepare")
def prepare(
    *,
    platform: Platform,
    kind: str,
    after: dict[str, Any],
    reason: str,
    evidence_note: str,
    by: User,
    effective_on: datetime.date | None = None,
    evidence: Iterable[Document] = (),
    uploads: Sequence[Upload] = (),
) -> ChangeRequest:
    """Ask for a change; the approver of the same authority sends it on."""
    require(by, Permission.SUBMISSION_PREPARE, platform)
    platform = lock(platform)
    if platform.status != PlatformStatus.ACTIVE:
        raise IllegalStep(
            _("“%(platform)s”现在是“%(state)s”，不能变更。")
            % {"platform": platform, "state": platform.get_status_display()}
        )
    if ChangeRequest.objects.filter(platform=platform, status__in=OPEN).exists():
        raise Conflict(_("“%(platform)s”已有一份没有办完的变更申请。") % {"platform": platform})
    request = ChangeRequest(platform=platform, kind=kind, prepared_by=by)
    _write(request, after, reason, evidence_note, effective_on)
    request.save(force_insert=True)
    _attach(request, evidence, uploads, by)
    _tell(request, "revise", by, _("“%(platform)s”的变更申请（%(kind)s）等待审核。"))
    return request


@verb("change_request.revise")
def revise(
    *,
    change_request: ChangeRequest,
    after: dict[str, Any],
    reason: str,
    evidence_note: str,
    by: User,
    effective_on: datetime.date | None = None,
    evidence: Iterable[Document] = (),
    uploads: Sequence[Upload] = (),
) -> ChangeRequest:
    """Correct what came back and hand it to the approver again."""
    request = lock(change_request)
    CHANGE_REQUEST.check(request, "revise", by=by)
    _write(request, after, reason, evidence_note, effective_on)
    changed = {
        name: getattr(request, name)
        for name in ("before", "after", "reason", "evidence_note", "effective_on")
    }
    CHANGE_REQUEST.move(
        request, "revise", by=by, **changed, prepared_at=timezone.now(), prepared_by=by,
        submitted_at=None, submitted_by=None, return_reason="",
    )  # fmt: skip
    _attach(request, evidence, uploads, by)
    _tell(request, "revise", by, _("“%(platform)s”的变更申请（%(kind)s）已补正，等待审核。"))
    return request


@verb("change_request.add_evidence")
def add_evidence(*, change_request: ChangeRequest, upload: Upload, by: User) -> ChangeRequest:
    """Add a file to what has not been sent up."""
    request = lock(change_request)
    require(by, Permission.SUBMISSION_PREPARE, request)
    if request.status not in (RequestStatus.PREPARED, RequestStatus.RETURNED):
        raise IllegalStep(
            _("变更申请现在是“%(state)s”，不能再添加文件。") % {"state": request.get_status_display()}
        )
    _attach(request, request.evidence.all(), [upload], by)
    return request


@verb("change_request.submit")
def submit(*, change_request: ChangeRequest, by: User) -> ChangeRequest:
    """Approve and send to the ministry. Nobody approves what they prepared themselves."""
    request = lock(change_request)
    CHANGE_REQUEST.check(request, "submit", by=by)
    if request.prepared_by_id == by.pk:
        raise NotPermitted(sentence=_("变更申请由您填报，须由另一人审核。"))
    CHANGE_REQUEST.move(request, "submit", by=by)
    request.evidence.filter(sent_at=None).update(sent_at=timezone.now())
    _tell(request, "submit", by, _("%(authority)s申请变更“%(platform)s”（%(kind)s）。"), ministry=True)
    return request


@verb("change_request.send_back")
def send_back(*, change_request: ChangeRequest, by: User, reason: str) -> ChangeRequest:
    """The approver returns it to the author."""
    return _give_back(change_request, "send_back", by, reason)


@verb("change_request.withdraw")
def withdraw(*, change_request: ChangeRequest, by: User) -> ChangeRequest:
    """Call it off before it has been sent on."""
    request = lock(change_request)
    return CHANGE_REQUEST.move(request, "withdraw", by=by)


@verb("change_request.return")
def return_(*, change_request: ChangeRequest, by: User, reason: str) -> ChangeRequest:
    """The ministry asks for corrections or better evidence."""
    return _give_back(change_request, "return", by, reason)


@verb("change_request.reject")
def reject(*, change_request: ChangeRequest, by: User, reason: str) -> ChangeRequest:
    """Refuse for good, with the reason."""
    request = lock(change_request)
    CHANGE_REQUEST.move(request, "reject", by=by, reason=reason, decision_reason=reason.strip())
    _tell(request, "reject", by, _("“%(platform)s”的变更申请（%(kind)s）未获同意：%(reason)s"), reason=reason)
    return request


@verb("change_request.accept")
def accept(*, change_request: ChangeRequest, by: User, reason: str = "") -> ChangeRequest:
    """Agree and carry it out: the register, the public record and the history say so from this moment."""
    request = lock(change_request)
    CHANGE_REQUEST.check(request, "accept", by=by, reason=reason)
    platform = lock(request.platform)
    if platform.status != PlatformStatus.ACTIVE:
        raise IllegalStep(
            _("“%(platform)s”现在是“%(state)s”，不能变更。")
            % {"platform": platform, "state": platform.get_status_display()}
        )
    now = {name: value["text"] for name, value in facts_of(platform, request.kind).items()}
    asked = {name: value["text"] for name, value in request.before.items()}
    if now != asked:
        raise Conflict(_("申请之后平台记录已经变动，请退回推荐单位核对。"))
    CARRIED_OUT[request.kind](request, platform, by)
    CHANGE_REQUEST.move(request, "accept", by=by, reason=reason, decision_reason=reason.strip())
    _tell(request, "accept", by, _("“%(platform)s”的变更申请（%(kind)s）已获同意。"))
    return request


def facts_of(platform: Platform, kind: str) -> dict[str, dict[str, str]]:
    """What the register says now about the facts of this kind: name → ``{"value", "text"}``."""
    operator = platform.operator
    known: dict[str, tuple[Any, Any]] = {
        "name_zh": (platform.name_zh, platform.name_zh),
        "name_en": (platform.name_en, platform.name_en),
        "uscc": (operator.uscc if operator else "", operator.uscc if operator else ""),
        "operator_zh": (operator.name_zh, operator.name_zh) if operator else ("", ""),
        "region": (platform.region_id, platform.region),
        "city": (platform.city_id, platform.city or ""),
        "address": (platform.address, platform.address),
        "into": ("", ""),
    }
    return {
        name: {"value": str(known[name][0] or ""), "text": str(known[name][1] or "")} for name in FACTS[kind]
    }


def _write(
    request: ChangeRequest,
    after: dict[str, Any],
    reason: str,
    evidence_note: str,
    effective_on: datetime.date | None,
) -> None:
    problems = Problems()
    if request.kind not in FACTS:
        raise Invalid([Problem("kind", "unknown_choice", _("没有这类变更。"))])
    if not reason.strip():
        problems.add("reason", "required", _("请写明原因。"))
    if not evidence_note.strip():
        problems.add("evidence_note", "required", _("请写明证明材料的名称和文号。"))
    request.before = facts_of(request.platform, request.kind)
    request.after = _read(request, after, problems)
    if (
        request.kind != K.CANCELLATION
        and not problems.found
        and _values(request.before) == _values(request.after)
    ):
        problems.add(FACTS[request.kind][0], "same", _("与现有记录相同，没有变更。"))
    problems.raise_if_any()
    request.reason, request.evidence_note = reason.strip(), evidence_note.strip()
    request.effective_on = effective_on


def _values(facts: dict[str, dict[str, str]]) -> dict[str, str]:
    return {name: fact["value"] for name, fact in facts.items()}


def _read(request: ChangeRequest, given: dict[str, Any], problems: Problems) -> dict[str, dict[str, str]]:
    """The facts as asked for, each read by its own rule; wrong ones are named and left as typed."""
    found = {}
    for name in FACTS[request.kind]:
        typed = str(given.get(name) or "").strip()
        try:
            found[name] = READERS[name](typed, request, given)
        except ValidationError as error:
            problems.add(name, error.code or "invalid", words_of(error))
            found[name] = {"value": typed, "text": typed}
    return found


def _required(text: str, most: int) -> dict[str, str]:
    if not text:
        raise ValidationError(_("必填。"), code="required")  # type: ignore[arg-type]
    clean = clean_text(text, max_length=most)
    return {"value": clean, "text": clean}


def _optional(text: str, most: int) -> dict[str, str]:
    clean = clean_text(text, max_length=most) if text else ""
    return {"value": clean, "text": clean}


def _code(text: str) -> dict[str, str]:
    code = clean_uscc(_required(text, 40)["value"])
    return {"value": code, "text": code}


def _province(text: str) -> dict[str, str]:
    return _region(Region.objects.filter(pk=text[:6], parent=None).first())


def _city(text: str, province: str) -> dict[str, str]:
    """A city of the province that is asked for; none where the province has no cities of its own."""
    if not text:
        return {"value": "", "text": ""}
    return _region(Region.objects.filter(pk=text[:6], parent=province[:6]).first())


def _region(row: Region | None) -> dict[str, str]:
    if row is None:
        raise ValidationError(_("没有这个地区。"), code="unknown_choice")  # type: ignore[arg-type]
    return {"value": row.pk, "text": row.name_zh}


def _survivor(text: str, request: ChangeRequest) -> dict[str, str]:
    """The platform that goes on, of the same authority: a merger across authorities is the ministry's own affair."""
    rows = Platform.objects.active().filter(authority=request.platform.authority_id)
    row = rows.filter(code__iexact=text[:16]).exclude(pk=request.platform_id).first() if text else None
    if row is None:
        raise ValidationError(_("没有找到本单位的这个平台编号。"), code="unknown_choice")  # type: ignore[arg-type]
    return {"value": row.code, "text": f"{row.name_zh}（{row.code}）"}


READERS: dict[str, Callable[[str, ChangeRequest, dict[str, Any]], dict[str, str]]] = {
    "name_zh": lambda text, request, given: _required(text, 120),
    "name_en": lambda text, request, given: _optional(text, 200),
    "uscc": lambda text, request, given: _code(text),
    "operator_zh": lambda text, request, given: _required(text, 200),
    "region": lambda text, request, given: _province(text),
    "city": lambda text, request, given: _city(text, str(given.get("region") or "")),
    "address": lambda text, request, given: _required(text, 200),
    "into": lambda text, request, given: _survivor(text, request),
}


# --- carrying it out --------------------------------------------------------------------------------


def _rename(request: ChangeRequest, platform: Platform, by: User) -> None:
    before, after = platform.name_zh, _values(request.after)
    _change(platform, name_zh=after["name_zh"], name_en=after["name_en"])
    if before != platform.name_zh:
        FormerName.objects.create(platform=platform, name_zh=before, until=_day(request))
    publish(platform)


def _change_operator(request: ChangeRequest, platform: Platform, by: User) -> None:
    """The operator of that code; a code the register already knows keeps the name it has there."""
    after = _values(request.after)
    operator, _created = Operator.objects.get_or_create(
        uscc=after["uscc"], defaults={"name_zh": after["operator_zh"], "demo": platform.demo}
    )
    _change(platform, operator=operator)
    publish(platform)


def _move(request: ChangeRequest, platform: Platform, by: User) -> None:
    after = _values(request.after)
    _change(platform, region_id=after["region"], city_id=after["city"] or None, address=after["address"])
    publish(platform)


def _merge(request: ChangeRequest, platform: Platform, by: User) -> None:
    into = Platform.objects.get(code=_values(request.after)["into"])
    platform_merge.merge(platform=platform, into=into, by=by, reason=request.reason, on=_day(request))


def _cancel(request: ChangeRequest, platform: Platform, by: User) -> None:
    platform_end.withdraw(platform=platform, by=by, reason=request.reason, on=_day(request))


CARRIED_OUT: dict[str, Callable[[ChangeRequest, Platform, User], None]] = {
    K.NAME: _rename,
    K.OPERATOR: _change_operator,
    K.MOVE: _move,
    K.MERGER: _merge,
    K.CANCELLATION: _cancel,
}


def _change(platform: Platform, **values: Any) -> None:
    """Drafts written against the former record become stale with the version."""
    for name, value in values.items():
        setattr(platform, name, value)
    platform.version += 1
    platform.updated_at = timezone.now()
    platform.save(update_fields=[*values, "version", "updated_at"])


def _day(request: ChangeRequest) -> datetime.date:
    """The day it takes effect, never a later one than today: the register does not announce what has not happened."""
    today = timezone.localdate()
    return min(request.effective_on or today, today)


def _attach(
    request: ChangeRequest, evidence: Iterable[Document], uploads: Sequence[Upload], by: User
) -> None:
    """Files that the office has already, and new ones: its own until the request is sent up."""
    documents = list(evidence)
    authority = request.platform.authority
    if any(document.authority_id != authority.pk for document in documents):
        raise Invalid([Problem("evidence", "foreign", _("附件不属于本单位。"))])
    if len(documents) + len(uploads) > MOST_FILES:
        raise Invalid([Problem("uploads", "too_many", _("证明文件最多 10 个，请合并后再上传。"))])
    documents += [store(upload=upload, by=by, authority=authority, draft=True) for upload in uploads]
    request.evidence.set(documents)


def _give_back(change_request: ChangeRequest, name: str, by: User, reason: str) -> ChangeRequest:
    request = lock(change_request)
    CHANGE_REQUEST.move(request, name, by=by, reason=reason, return_reason=reason.strip())
    _tell(request, name, by, _("“%(platform)s”的变更申请（%(kind)s）被退回：%(reason)s"), reason=reason)
    return request


def _tell(
    request: ChangeRequest, name: str, by: User, text: Any, *, reason: str = "", ministry: bool = False
) -> None:
    platform = request.platform
    words = {
        "platform": platform,
        "kind": request.get_kind_display(),
        "authority": platform.authority.name_zh,
        "reason": reason.strip(),
    }
    here = f"/authorities/{platform.authority_id}/changes/{request.pk}/"
    url = f"/ministry/changes/{request.pk}/" if ministry else here
    tell(CHANGE_REQUEST.find(name), request, text=text % words, url=url, by=by)
