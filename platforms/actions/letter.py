"""来信: anyone writes to platforms or about a record; the platform or its authority answers; how fast is a public figure.

Two spam guards stand before this verb (``platforms.views.limits``, ``platforms.forms.letter``); here a letter is only checked
for what it says. What it says is forgotten after the retention period (``platforms.pruning``).
"""

from __future__ import annotations

import datetime
import math
import statistics
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from platforms import receipts
from platforms.access import Role
from platforms.actions.verb import lock, verb
from platforms.choices import LetterKind, PlatformStatus
from platforms.errors import Invalid, Problem, Problems
from platforms.models import Delivery, Letter, Membership, Platform, User
from platforms.notifications import authority_people, notify
from platforms.publish import publish
from platforms.transitions import DELIVERY
from platforms.words import gettext_lazy as _

MOST_PLATFORMS = 4
#: Below this many answers a figure would tell of single letters.
LEAST_ANSWERS = 5
PREFIX = {LetterKind.ENQUIRY: "ZX", LetterKind.ERROR: "JC"}
PURPOSE = "letter.query"


@dataclass(frozen=True)
class Receipt:
    """What the writer is given: the only way back to the letter."""

    letter: Letter
    query_code: str


@verb("letter.send")
def send(
    *,
    kind: str,
    codes: list[str],
    nonce: str,
    need: str,
    name: str = "",
    contact: str = "",
    amount: str = "",
    wanted_by: datetime.date | None = None,
    about: str = "",
    by: User | None = None,
) -> Receipt:
    """Take a letter in and lay it before each platform. The same ``nonce`` again returns the receipt of the first time.

    Raises ``Invalid`` with every problem at once.
    """
    known = Letter.objects.filter(nonce=nonce).first() if len(nonce) >= receipts.NONCE_LEAST else None
    if known is not None:
        return Receipt(known, receipts.query_code(PURPOSE, nonce))
    platforms = _addressed(codes)
    values = _checked(kind, nonce, need, name, contact, amount, about)
    if kind == LetterKind.ENQUIRY:
        _require_readers(platforms)
    now = timezone.now()
    receipt, code = receipts.new_receipt(PREFIX[LetterKind(kind)], now), receipts.query_code(PURPOSE, nonce)
    letter = Letter.objects.create(
        **values, nonce=nonce, receipt=receipt, query_code=receipts.hashed(receipt, code), wanted_by=wanted_by,
        sent_at=now,
    )  # fmt: skip
    for platform in platforms:
        delivery = Delivery.objects.create(letter=letter, platform=platform)
        _tell(delivery)
    return Receipt(letter, code)


def find(receipt: str, query_code: str) -> Letter | None:
    """The letter of a receipt, for whoever knows its query code."""
    letter = Letter.objects.filter(receipt=receipt.strip().upper()).first()
    return letter if receipts.opens(letter.query_code if letter else "", receipt, query_code) else None


def receipt_of(nonce: str) -> Receipt | None:
    """The receipt of a form that was sent, for the page that follows it."""
    letter = Letter.objects.filter(nonce=nonce).first()
    return Receipt(letter, receipts.query_code(PURPOSE, nonce)) if letter else None


@verb("delivery.answer")
def answer(*, delivery: Delivery, reply: str, by: User) -> Delivery:
    """Answer for one platform; of an enquiry the time it took becomes part of the platform's public figure."""
    return _close(delivery, "answer", reply, by)


@verb("delivery.decline")
def decline(*, delivery: Delivery, reason: str, by: User) -> Delivery:
    """Say that nothing will come of it, and why."""
    return _close(delivery, "decline", reason, by)


def _close(delivery: Delivery, step: str, reply: str, by: User) -> Delivery:
    DELIVERY.check(delivery, step, by=by, reason="-")
    platform = lock(delivery.platform)
    delivery = lock(delivery)
    problems = Problems()
    text = problems.text("reply", reply, longest=2000, missing=_("请写明答复。"), multiline=True)
    problems.raise_if_any()
    DELIVERY.move(delivery, step, by=by, reason="-", reply=text)
    if delivery.letter.kind == LetterKind.ENQUIRY:
        _measure(platform)
    return delivery


def _measure(platform: Platform) -> None:
    """Bring the figure of a platform up to date and publish it when it is one."""
    taken = [
        (answered - sent).total_seconds() / 86_400
        for sent, answered in Delivery.objects.filter(
            platform=platform, letter__kind=LetterKind.ENQUIRY, answered_at__isnull=False
        ).values_list("letter__sent_at", "answered_at")
        if answered is not None
    ]
    platform.enquiries_answered = len(taken)
    platform.answer_days = math.ceil(statistics.median(taken)) if len(taken) >= LEAST_ANSWERS else None
    platform.save(update_fields=["enquiries_answered", "answer_days"])
    if platform.answer_days is not None:
        publish(platform)


def _addressed(codes: list[str]) -> list[Platform]:
    wanted = list(dict.fromkeys(codes))
    if not wanted:
        raise Invalid([Problem("codes", "required", _("请选择至少一个平台。"))])
    if len(wanted) > MOST_PLATFORMS:
        raise Invalid([Problem("codes", "many", _("一次最多写给 %(n)s 个平台。") % {"n": MOST_PLATFORMS})])
    active = Platform.objects.filter(code__in=wanted, status=PlatformStatus.ACTIVE)
    found = list(active.select_related("authority", "operator").order_by("code"))
    if len(found) != len(wanted):
        raise Invalid([Problem("codes", "unknown", _("有的平台已不在名录中，请重新选择。"))])
    return found


def _require_readers(platforms: list[Platform]) -> None:
    """A platform told from a public source may have nobody here; an enquiry to it would wait without end."""
    problems = Problems()
    for platform in platforms:
        if platform.source_zh and not (_operators(platform) or authority_people(platform.authority)):
            text = _(
                "“%(platform)s”的信息引自公开资料，本站还没有人收它的咨询，请按平台页面的资料来源和公开联系方式联系。"
            )
            problems.add("codes", "unattended", text % {"platform": platform})
    problems.raise_if_any()


def _checked(
    kind: str, nonce: str, need: str, name: str, contact: str, amount: str, about: str
) -> dict[str, Any]:
    problems = Problems()
    if kind not in LetterKind.values:
        problems.add("kind", "choice", _("请选择来信类别。"))
    if not receipts.NONCE_LEAST <= len(nonce) <= 40:
        problems.add("nonce", "nonce", _("这个页面已经过期，请核对后再提交一次。"))
    missing = _("请写清您的需求。") if kind == LetterKind.ENQUIRY else _("请写明哪里有误。")
    values = {
        "kind": kind,
        "need": problems.text("need", need, longest=2000, missing=missing, multiline=True),
        "party_name": problems.text("name", name, longest=120),
        "party_contact": problems.text("contact", contact, longest=160, missing=_("请留下电话或邮箱，以便答复。") if kind == LetterKind.ENQUIRY else "",
        ),
        "amount": problems.text("amount", amount, longest=80),
        "about": problems.text("about", about, longest=80),
    }  # fmt: skip
    problems.raise_if_any()
    return values


def _tell(delivery: Delivery) -> None:
    """An enquiry is for the operator's own people, and for the authority where the operator has none; an error for both."""
    platform, letter = delivery.platform, delivery.letter
    notify(
        readers(delivery, with_authority=letter.kind == LetterKind.ERROR),
        kind="letter.sent",
        text=(
            _("“%(platform)s”收到%(kind)s %(receipt)s。")
            % {"platform": platform, "kind": letter.get_kind_display(), "receipt": letter.receipt}
        ),
        url=f"/desk/letters/{delivery.pk}/",
        key=f"delivery:{delivery.pk}",
    )


def readers(delivery: Delivery, *, with_authority: bool) -> list[User]:
    """Who answers: the operator's own people; its authority where there are none, or where it is to know as well."""
    people = _operators(delivery.platform)
    if with_authority or not people:
        people = [*people, *authority_people(delivery.platform.authority)]
    return people


def _operators(platform: Platform) -> list[User]:
    if platform.operator_id is None:
        return []
    holders = Membership.objects.in_force().filter(
        role=Role.OPERATOR, operator=platform.operator_id, user__is_active=True
    )
    return list(User.objects.filter(pk__in=holders.values("user_id")))
