"""State machines as tables, and the one engine that moves records through them.

A move is a compare-and-set on the row: of several people who press the same button at the same moment exactly one succeeds
and the others learn that the state has changed. Buttons, guards, API verbs, documentation and tests read these tables.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import Model, QuerySet, TextChoices
from django.utils import timezone
from django.utils.functional import Promise

from platforms.access import Permission, reach, require
from platforms.choices import DeliveryStatus, ImportStatus, PlatformStatus, PushStatus, WebhookStatus
from platforms.errors import Conflict, IllegalStep, Invalid, Problem
from platforms.words import gettext_lazy as _

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Transition:
    """One row of a table: from ``sources`` by ``verb`` to ``target``, for holders of ``permission``.

    ``notify`` names the audience of ``platforms.notifications`` that is told. ``system`` moves are made by the registry
    itself (a job, a clock) and have no button.
    """

    verb: str
    sources: tuple[str, ...]
    target: str
    permission: str
    label: str | Promise
    needs_reason: bool = False
    notify: tuple[str, ...] = ()
    system: bool = False


@dataclass(frozen=True)
class StateMachine:
    """All the states and moves of one noun. ``stamps`` maps a verb to the ``<event>_at``/``<event>_by`` pair it fills."""

    noun: str
    states: type[TextChoices]
    transitions: tuple[Transition, ...]
    field: str = "status"
    stamps: Mapping[str, str] = dataclasses.field(default_factory=dict)
    #: The state as a refusal may say it to this person, where that is not the stored one.
    seen: Callable[[Any, Any], str] | None = None

    def find(self, verb: str) -> Transition:
        return next(transition for transition in self.transitions if transition.verb == verb)

    def available(self, obj: Model, user) -> list[Transition]:
        """The moves this person may make with this record now, in table order."""
        state, mine = getattr(obj, self.field), reach(user)
        return [
            transition
            for transition in self.transitions
            if not transition.system and state in transition.sources and mine.may(transition.permission, obj)
        ]

    def check(self, obj: Model, verb: str, *, by=None, reason: str = "") -> Transition:
        """Raise unless the move is allowed: right, state and reason, in that order. Changes nothing."""
        transition = self.find(verb)
        if not transition.system:
            require(by, transition.permission, obj)
        if getattr(obj, self.field) not in transition.sources:
            raise IllegalStep(self.refusal(obj, transition, by))
        if transition.needs_reason and not reason.strip():
            raise Invalid([Problem("reason", "required", _("请写明原因。"))])
        return transition

    def move(self, obj: M, verb: str, *, by=None, reason: str = "", **changes) -> M:
        """Make the move: compare-and-set the state, fill the stamp, store ``changes``; the object is brought up to date."""
        transition = self.check(obj, verb, by=by, reason=reason)
        changes = self._written(transition, by, reason, changes)
        moved = (
            type(obj)
            ._base_manager.filter(pk=obj.pk, **{f"{self.field}__in": transition.sources})
            .update(**changes)
        )
        if not moved:
            obj.refresh_from_db(fields=[self.field])
            raise IllegalStep(self.refusal(obj, transition, by))
        for name, value in changes.items():
            setattr(obj, name, value)
        return obj

    def move_many(self, objs: Sequence[M], verb: str, *, by=None, reason: str = "", **changes) -> None:
        """The same move for many, each of which ``check`` has let through under lock: one statement, all or none.

        ``changes`` may be expressions; the objects are told their new state only.
        """
        transition = self.find(verb)
        rows = type(objs[0])._base_manager.filter(
            pk__in=[obj.pk for obj in objs], **{f"{self.field}__in": transition.sources}
        )
        if rows.update(**self._written(transition, by, reason, changes)) != len(objs):
            raise Conflict(_("有其他人同时修改了相关记录，请重试。未保存任何内容。"))
        for obj in objs:
            setattr(obj, self.field, transition.target)

    def move_all(self, rows: QuerySet, verb: str, *, by, reason: str = "", **changes) -> int:
        """Make the move with every record of ``rows`` that is in its sources and within this person's reach, in one statement.

        Returns how many moved. For a set that a person has confirmed as a whole, such as an import; ``changes`` may be expressions.
        """
        transition = self.find(verb)
        mine = rows if transition.system else reach(by).rows(rows, transition.permission)
        found = mine.filter(**{f"{self.field}__in": transition.sources})
        return found.update(**self._written(transition, by, reason, changes))

    def _written(self, transition: Transition, by, reason: str, changes: dict[str, Any]) -> dict[str, Any]:
        """The columns that a move of many writes: the new state, who and when, and what the verb adds."""
        if transition.needs_reason and not reason.strip():
            raise Invalid([Problem("reason", "required", _("请写明原因。"))])
        stamp = self.stamps.get(transition.verb)
        stamps = {f"{stamp}_at": timezone.now(), f"{stamp}_by": by} if stamp else {}
        return {self.field: transition.target, **stamps, **changes}

    def refusal(self, obj: Model, transition: Transition, by=None) -> Promise:
        state = self.seen(obj, by) if self.seen and not transition.system else getattr(obj, self.field)
        return _("“%(record)s”现在是“%(state)s”，不能“%(verb)s”。") % {
            "record": obj,
            "state": self.label(state),
            "verb": transition.label,
        }

    def label(self, state: str) -> str:
        return str(dict(self.states.choices).get(state, state))

    def rows(self) -> Iterable[tuple[str, Transition]]:
        """Every (state, transition) pair that is allowed, for documentation and tests."""
        for transition in self.transitions:
            for source in transition.sources:
                yield source, transition


PLATFORM = StateMachine(
    noun="platform",
    states=PlatformStatus,
    transitions=(
        Transition(
            "withdraw",
            (PlatformStatus.ACTIVE,),
            PlatformStatus.WITHDRAWN,
            Permission.PLATFORM_END,
            _("撤销"),
            needs_reason=True,
            notify=("authority",),
        ),
        Transition(
            "merge",
            (PlatformStatus.ACTIVE,),
            PlatformStatus.MERGED,
            Permission.PLATFORM_END,
            _("并入其他平台"),
            needs_reason=True,
            notify=("authority",),
        ),
        Transition(
            "split",
            (PlatformStatus.ACTIVE,),
            PlatformStatus.SPLIT,
            Permission.PLATFORM_END,
            _("拆分"),
            needs_reason=True,
            notify=("authority",),
        ),
        Transition(
            "unmerge",
            (PlatformStatus.MERGED,),
            PlatformStatus.ACTIVE,
            Permission.PLATFORM_END,
            _("撤销合并"),
            needs_reason=True,
            notify=("authority",),
        ),
        Transition(
            "restore",
            (PlatformStatus.WITHDRAWN,),
            PlatformStatus.ACTIVE,
            Permission.PLATFORM_END,
            _("恢复"),
            needs_reason=True,
            notify=("authority",),
        ),
    ),
)

IMPORT_RUN = StateMachine(
    noun="import_run",
    states=ImportStatus,
    transitions=(
        Transition(
            "start_check",
            (ImportStatus.RECEIVED,),
            ImportStatus.CHECKING,
            Permission.IMPORT_RUN,
            _("开始校验"),
            system=True,
        ),
        Transition(
            "finish_check",
            (ImportStatus.RECEIVED, ImportStatus.CHECKING, ImportStatus.CHECKED),
            ImportStatus.CHECKED,
            Permission.IMPORT_RUN,
            _("校验完成"),
            system=True,
        ),
        Transition(
            "refuse",
            (ImportStatus.RECEIVED, ImportStatus.CHECKING),
            ImportStatus.REFUSED,
            Permission.IMPORT_RUN,
            _("拒收文件"),
            needs_reason=True,
            system=True,
        ),
        Transition(
            "assign_columns",
            (ImportStatus.CHECKED, ImportStatus.REFUSED),
            ImportStatus.RECEIVED,
            Permission.IMPORT_RUN,
            _("重新指定各列"),
        ),
        Transition(
            "confirm", (ImportStatus.CHECKED,), ImportStatus.WRITING, Permission.IMPORT_RUN, _("确认写入")
        ),
        Transition(
            "resume", (ImportStatus.WRITING,), ImportStatus.WRITING, Permission.IMPORT_RUN, _("继续写入")
        ),
        Transition(
            "finish",
            (ImportStatus.WRITING,),
            ImportStatus.DONE,
            Permission.IMPORT_RUN,
            _("写入完成"),
            system=True,
            notify=("author",),
        ),
        Transition(
            "give_up",
            (ImportStatus.WRITING,),
            ImportStatus.STOPPED,
            Permission.IMPORT_RUN,
            _("不再写入其余的行"),
        ),
        Transition(
            "undo",
            (ImportStatus.DONE, ImportStatus.STOPPED),
            ImportStatus.UNDONE,
            Permission.IMPORT_RUN,
            _("撤销导入"),
        ),
        Transition(
            "cancel",
            (ImportStatus.RECEIVED, ImportStatus.CHECKING, ImportStatus.CHECKED),
            ImportStatus.CANCELLED,
            Permission.IMPORT_RUN,
            _("取消导入"),
        ),
    ),
    stamps={"confirm": "confirmed"},
)

DELIVERY = StateMachine(
    noun="delivery",
    states=DeliveryStatus,
    transitions=(
        Transition(
            "answer",
            (DeliveryStatus.WAITING,),
            DeliveryStatus.ANSWERED,
            Permission.LETTER_ANSWER,
            _("答复来信"),
        ),
        Transition(
            "decline",
            (DeliveryStatus.WAITING,),
            DeliveryStatus.DECLINED,
            Permission.LETTER_ANSWER,
            _("不予办理"),
            needs_reason=True,
        ),
    ),
    stamps={"answer": "answered", "decline": "answered"},
)

WEBHOOK = StateMachine(
    noun="webhook",
    states=WebhookStatus,
    transitions=(
        Transition(
            "pause", (WebhookStatus.ACTIVE,), WebhookStatus.PAUSED, Permission.WEBHOOKS_OWN, _("暂停推送")
        ),
        Transition(
            "resume",
            (WebhookStatus.PAUSED, WebhookStatus.STOPPED),
            WebhookStatus.ACTIVE,
            Permission.WEBHOOKS_OWN,
            _("恢复推送"),
        ),
        Transition(
            "stop",
            (WebhookStatus.ACTIVE,),
            WebhookStatus.STOPPED,
            Permission.WEBHOOKS_OWN,
            _("因多次失败停止"),
            system=True,
            notify=("author",),
        ),
        Transition(
            "end",
            (WebhookStatus.ACTIVE, WebhookStatus.PAUSED, WebhookStatus.STOPPED),
            WebhookStatus.ENDED,
            Permission.WEBHOOKS_OWN,
            _("取消推送"),
        ),
    ),
)

PUSH = StateMachine(
    noun="push",
    states=PushStatus,
    transitions=(
        Transition(
            "deliver",
            (PushStatus.PENDING,),
            PushStatus.DELIVERED,
            Permission.WEBHOOKS_OWN,
            _("送达"),
            system=True,
        ),
        Transition(
            "give_up",
            (PushStatus.PENDING,),
            PushStatus.GIVEN_UP,
            Permission.WEBHOOKS_OWN,
            _("不再尝试"),
            system=True,
        ),
        Transition(
            "replay",
            (PushStatus.DELIVERED, PushStatus.GIVEN_UP),
            PushStatus.PENDING,
            Permission.WEBHOOKS_OWN,
            _("重新投递"),
        ),
    ),
)

MACHINES = (PLATFORM, IMPORT_RUN, DELIVERY, WEBHOOK, PUSH)
