"""State machines as tables, and the one engine that moves records through them.

A move is a compare-and-set on the row: of several people who press the same button at the same moment exactly one succeeds
and the others learn that the state has changed. Buttons, guards, API verbs, documentation and tests read these tables.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import Model, QuerySet, TextChoices
from django.utils import timezone
from django.utils.functional import Promise

from platforms.access import Permission, reach, require
from platforms.choices import ImportStatus, PlatformStatus
from platforms.errors import IllegalStep, Invalid, Problem
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
        changes[self.field] = transition.target
        stamp = self.stamps.get(verb)
        if stamp:
            changes[f"{stamp}_at"] = timezone.now()
            changes[f"{stamp}_by"] = by
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

    def move_all(self, rows: QuerySet, verb: str, *, by, reason: str = "", **changes) -> int:
        """Make the move with every record of ``rows`` that is in its sources and within this person's reach, in one statement.

        Returns how many moved. For a set that a person has confirmed as a whole, such as an import; ``changes`` may be expressions.
        """
        transition = self.find(verb)
        if transition.needs_reason and not reason.strip():
            raise Invalid([Problem("reason", "required", _("请写明原因。"))])
        changes[self.field] = transition.target
        stamp = self.stamps.get(verb)
        if stamp:
            changes |= {f"{stamp}_at": timezone.now(), f"{stamp}_by": by}
        mine = rows if transition.system else reach(by).rows(rows, transition.permission)
        return mine.filter(**{f"{self.field}__in": transition.sources}).update(**changes)

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
            "restore",
            (PlatformStatus.WITHDRAWN, PlatformStatus.MERGED),
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

MACHINES = (PLATFORM, IMPORT_RUN)
