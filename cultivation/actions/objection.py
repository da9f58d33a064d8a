"""异议: anyone may object in time; who objected is sealed; what is ruled reaches the list as a new version.

The receipt number and the query code are all the objector needs afterwards (``platforms.receipts``).
"""

from __future__ import annotations

import datetime
import hashlib
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction

from cultivation import arranged, calendar, clock
from cultivation.actions import notice as notices
from cultivation.choices import ApplicationStatus, NoticeStatus, ObjectionEffect, PartyKind
from cultivation.models import Application, IdentityReveal, Notice, Objection, ObjectionFile
from cultivation.publish import entries_of
from cultivation.transitions import APPLICATION, OBJECTION
from platforms import receipts
from platforms.access import Permission, Role, require
from platforms.actions.verb import lock, verb
from platforms.errors import IllegalStep, Invalid, NotFound, NotPermitted, Problem, Problems
from platforms.models import User
from platforms.notifications import authority_people, notify, people_with_role
from platforms.text import clean_text
from platforms.uploads import Upload
from platforms.words import gettext_lazy as _

MOST_FILES = 3
CORRECTABLE = ("name_zh", "name_en", "operator_zh", "direction_zh")


@dataclass(frozen=True)
class Receipt:
    """What the objector is given: the only way back to the case."""

    objection: Objection
    query_code: str


@verb("objection.lodge")
def lodge(
    *,
    notice_code: str,
    nonce: str,
    party: str,
    name: str,
    contact: str,
    reasons: str,
    platform_code: str = "",
    files: tuple[Upload, ...] = (),
    arrived_at: datetime.datetime | None = None,
    by: User | None = None,
) -> Receipt:
    """Take an objection in. It is in time by the moment the request arrived, not by when it is written.

    The same ``nonce`` again returns the receipt of the first time. Raises ``Invalid`` with every problem at once,
    ``IllegalStep`` outside the window, ``NotFound`` when there is no such public notice.
    """
    notice = Notice.objects.select_for_update(of=("self",)).filter(code=notice_code).first()
    if notice is None or notice.status == NoticeStatus.DRAFT:
        raise NotFound()
    known = (
        Objection.objects.filter(nonce=nonce, notice=notice).first()
        if len(nonce) >= receipts.NONCE_LEAST
        else None
    )
    if known is not None:
        return Receipt(known, query_code_of(nonce))
    arrived_at = arrived_at or clock.now()
    _require_in_time(notice, arrived_at)
    values = _checked(nonce, party, name, contact, reasons)
    application = _target(notice, platform_code)
    receipt = receipts.new_receipt("YY", arrived_at)
    objection = Objection.objects.create(
        **values,
        notice=notice,
        application=application,
        receipt=receipt,
        query_code=receipts.hashed(receipt, query_code_of(nonce)),
        lodged_at=arrived_at,
        answer_due_on=_answer_due(arrived_at),
    )
    for upload in files[:MOST_FILES]:
        _keep(objection, upload)
    notify(
        people_with_role(Role.MINISTRY_CLERK),
        kind="objection.lodged",
        text=(
            _("收到异议 %(receipt)s，答复期限 %(day)s。")
            % {"receipt": receipt, "day": objection.answer_due_on}
        ),
        url=f"/ministry/objections/{receipt}/",
        key=f"objection:{objection.pk}",
    )
    return Receipt(objection, query_code_of(nonce))


def _keep(objection: Objection, upload: Upload) -> None:
    """Under a name of our own; when the act comes to nothing, so does the file."""
    file = ObjectionFile(
        objection=objection,
        name=upload.name,
        size=len(upload.content),
        sha256=hashlib.sha256(upload.content).hexdigest(),
        media_type=upload.media_type,
    )
    file.stored_as.save(f"{uuid.uuid4().hex}.{upload.extension}", ContentFile(upload.content), save=False)
    try:
        with transaction.atomic():
            file.save(force_insert=True)
    except BaseException:
        file.stored_as.storage.delete(str(file.stored_as.name))
        raise


def find(receipt: str, query_code: str) -> Objection | None:
    """The case of a receipt, for whoever knows its query code."""
    objection = (
        Objection.objects.filter(receipt=receipt.strip().upper())
        .select_related("notice", "application__platform")
        .first()
    )
    stored = objection.query_code if objection else ""
    return objection if receipts.opens(stored, receipt, query_code) else None


@verb("objection.handle")
def handle(*, objection: Objection, by: User) -> Objection:
    """Start working on a case."""
    objection = lock(objection)
    OBJECTION.move(objection, "handle", by=by)
    return objection


@verb("objection.reveal")
def reveal(*, objection: Objection, by: User, reason: str) -> IdentityReveal:
    """Open the objector's identity; who did it and why is recorded first."""
    require(by, Permission.OBJECTOR_REVEAL, objection)
    reason = clean_text(reason, multiline=True)
    if not reason:
        raise Invalid([Problem("reason", "required", _("请写明查看身份的原因。"))])
    return IdentityReveal.objects.create(objection=objection, revealed_by=by, reason=reason)


@verb("objection.dismiss")
def dismiss(*, objection: Objection, by: User, finding: str, reply: str) -> Objection:
    """Rule that the objection is not founded; the list stays."""
    objection = _ready_to_rule(objection, "dismiss", by)
    OBJECTION.move(
        objection, "dismiss", by=by, reason=finding, effect=ObjectionEffect.NONE, **_ruling(finding, reply)
    )
    notices.settle(batch=objection.notice.batch)
    return objection


@verb("objection.uphold")
def uphold(
    *,
    objection: Objection,
    by: User,
    finding: str,
    reply: str,
    effect: str,
    reason: str = "",
    corrected: dict[str, str] | None = None,
) -> Objection:
    """Rule that the objection is founded.

    ``effect`` is what happens to the list: ``none``, ``remove`` (the platform leaves it) or ``correct`` (``corrected`` has the
    new text by field). For the last two ``reason`` is published with the new version, so it must not name the objector.
    """
    objection = _ready_to_rule(objection, "uphold", by)
    notice = lock(objection.notice)
    note = _public_reason(objection, effect, reason)
    OBJECTION.move(objection, "uphold", by=by, reason=finding, effect=effect, **_ruling(finding, reply))
    if effect == ObjectionEffect.REMOVE:
        _remove(objection, notice, by, note)
    elif effect == ObjectionEffect.CORRECT:
        _correct(objection, notice, by, note, corrected or {})
    notices.settle(batch=notice.batch)
    return objection


@verb("objection.withdraw")
def withdraw(*, objection: Objection, by: User, reason: str) -> Objection:
    """Close a case because the objector asked to, on the record of the person who handles it."""
    # The batch first, as ruling and closing do: two acts that take them in another order could wait for each other.
    batch = lock(objection.notice.batch)
    objection = lock(objection)
    OBJECTION.move(objection, "withdraw", by=by, reason=reason)
    notices.settle(batch=batch)
    return objection


def query_code_of(nonce: str) -> str:
    return receipts.query_code("objection.query", nonce)


def _answer_due(arrived_at: datetime.datetime) -> datetime.date:
    following = calendar.beijing_date(arrived_at) + calendar.ONE_DAY
    return arranged.working_days(following, settings.OBJECTION_ANSWER_DAYS).last


def _require_in_time(notice: Notice, arrived_at: datetime.datetime) -> None:
    if arrived_at < calendar.start_of_day(notice.starts_on):  # type: ignore[arg-type]
        raise IllegalStep(_("公示还没有开始。"))
    if arrived_at >= notices.closes_at(notice):
        raise IllegalStep(_("异议期已于 %(day)s 24:00（北京时间）结束，不再受理。") % {"day": notice.ends_on})
    if notice.status != NoticeStatus.OPEN:
        raise IllegalStep(_("公示已经结束，不再受理异议。"))


def _checked(nonce: str, party: str, name: str, contact: str, reasons: str) -> dict[str, str]:
    problems = Problems()
    if not receipts.NONCE_LEAST <= len(nonce) <= 40:
        problems.add("nonce", "form", _("表单不完整，请重新打开后填写。"))
    if party not in PartyKind.values:
        problems.add("party", "choice", _("请选择个人或单位。"))
    values = {
        "nonce": nonce,
        "party": party,
        "party_name": problems.text("name", name, longest=120, missing=_("请填写真实姓名或单位名称。")),
        "party_contact": problems.text(
            "contact", contact, longest=160, missing=_("请填写联系方式，以便核实和答复。")
        ),
        "reasons": problems.text(
            "reasons", reasons, longest=4000, missing=_("请写明异议内容和理由。"), multiline=True
        ),
    }
    problems.raise_if_any()
    return values


def _target(notice: Notice, platform_code: str) -> Application | None:
    if not platform_code:
        return None
    found = Application.objects.filter(batch=notice.batch, platform__code=platform_code)
    application = found.filter(platform__code__in=notice.release.entries.values("platform_code")).first()
    if application is None:
        raise Invalid([Problem("platform_code", "choice", _("公示名单中没有这个平台。"))])
    return application


def _ready_to_rule(objection: Objection, step: str, by: User) -> Objection:
    lock(objection.notice.batch)
    objection = lock(objection)
    # The reason of the move is the finding, checked with the other fields of the ruling.
    OBJECTION.check(objection, step, by=by, reason="-")
    if objection.handled_by_id == by.pk:
        raise NotPermitted(sentence=_("办理人不能裁定自己办理的异议，请另一位有权限的人裁定。"))
    return objection


def _ruling(finding: str, reply: str) -> dict[str, str]:
    problems = Problems()
    values = {
        "finding": problems.text(
            "finding", finding, longest=4000, missing=_("请写明核查情况。"), multiline=True
        ),
        "reply": problems.text("reply", reply, longest=4000, missing=_("请写明答复。"), multiline=True),
    }
    problems.raise_if_any()
    return values


def _named(objection: Objection) -> Application:
    if objection.application is None:
        raise Invalid([Problem("effect", "no_target", _("这份异议没有指明平台，不能移出或更正。"))])
    return objection.application


def _public_reason(objection: Objection, effect: str, reason: str) -> str:
    if effect not in ObjectionEffect.values:
        raise Invalid([Problem("effect", "choice", _("请选择对名单的影响。"))])
    if effect == ObjectionEffect.NONE:
        return ""
    _named(objection)
    problems = Problems()
    reason = problems.text(
        "reason", reason, longest=1000, missing=_("请写明随新版本公开的原因。"), multiline=True
    )
    if objection.party_name in reason or objection.party_contact in reason:
        problems.add("reason", "identity", _("公开的原因中不能出现异议人的姓名或联系方式。"))
    problems.raise_if_any()
    return reason


def _remove(objection: Objection, notice: Notice, by: User, reason: str) -> None:
    application = lock(_named(objection))
    APPLICATION.move(
        application, "remove", by=by, reason=reason, outcome_reason=reason, version=application.version + 1
    )
    code = application.platform.code
    kept = [entry for entry in entries_of(notice.release) if entry["platform_code"] != code]
    notices.revise(
        notice=notice,
        entries=kept,
        by=by,
        note_zh=str(
            _("移出“%(name)s”：%(reason)s") % {"name": application.platform.name_zh, "reason": reason}
        ),
    )
    notify(
        authority_people(application.authority),
        kind="application.remove",
        text=_("“%(name)s”经异议核查移出公示名单。") % {"name": application.platform.name_zh},
        url=f"/notices/{notice.code}/",
        key=f"removed:{application.pk}",
    )


def _correct(objection: Objection, notice: Notice, by: User, reason: str, corrected: dict[str, str]) -> None:
    application = lock(_named(objection))
    if application.status != ApplicationStatus.ON_NOTICE:
        raise IllegalStep(_("该平台已不在公示名单中。"))
    changes = {
        name: clean_text(text) for name, text in corrected.items() if name in CORRECTABLE and text.strip()
    }
    code = application.platform.code
    before = entries_of(notice.release)
    after = [entry | changes if entry["platform_code"] == code else entry for entry in before]
    if after == before:
        raise Invalid([Problem("corrected", "same", _("更正后的内容与原来相同。"))])
    notices.revise(
        notice=notice,
        entries=after,
        by=by,
        note_zh=str(
            _("更正“%(name)s”：%(reason)s") % {"name": application.platform.name_zh, "reason": reason}
        ),
    )


def receipt_of(notice_code: str, nonce: str) -> Receipt | None:
    """The receipt of a form that was sent, for the page that follows it."""
    objection = (
        Objection.objects.filter(notice__code=notice_code, nonce=nonce)
        .select_related("application__platform")
        .first()
    )
    return Receipt(objection, query_code_of(nonce)) if objection else None
