"""What every write has in common: one transaction, one history context, one retry rule, one language for refusals."""

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil
import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, OperationalError, models, transaction
from django.utils import translation
from django.utils.module_loading import module_has_submodule

from platforms import history
from platforms.errors import Busy, Conflict, Invalid, Problem
from platforms.models import Authority, User
from platforms.words import gettext_lazy as _

#: Every verb by name, e.g. ``submission.submit``; documentation and tests read this.
VERBS: dict[str, Callable[..., Any]] = {}

M = TypeVar("M", bound=models.Model)

DEADLOCK, SERIALIZATION_FAILURE, LOCK_TIMEOUT, STATEMENT_TIMEOUT = "40P01", "40001", "55P03", "57014"
ATTEMPTS = 3
RECORD_LANGUAGE = "zh-hans"


def verb(name: str):
    """Register a write under ``noun.verb`` and run it as one act, in the language of the record.

    What an act writes into records, messages and public documents is Chinese, whoever acts on whichever page; what it
    refuses is worded when it is read (``platforms.words``).

    The function takes keyword arguments only, among them ``by`` (a user, or ``None`` for the registry itself) and often
    ``reason``. Deadlocks and serialisation failures are tried again; what the database refuses comes back as a
    ``DomainError`` with the constraint's own sentence.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def act(**arguments: Any) -> Any:
            return _run(name, function, arguments)

        parameters = inspect.signature(function).parameters.values()
        if any(parameter.kind is not inspect.Parameter.KEYWORD_ONLY for parameter in parameters):
            raise TypeError(f"{name}: a verb takes keyword arguments only")
        VERBS[name] = act
        return act

    return decorate


def load_verbs() -> dict[str, Callable[..., Any]]:
    """All verbs: a verb registers when its module is imported, so everything that lists verbs imports them first."""
    for config in apps.get_app_configs():
        if module_has_submodule(config.module, "actions"):
            package = importlib.import_module(f"{config.name}.actions")
            for module in pkgutil.iter_modules(getattr(package, "__path__", ()), f"{package.__name__}."):
                importlib.import_module(module.name)
    return VERBS


def _run(name: str, function: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    nested = transaction.get_connection().in_atomic_block
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with (
                transaction.atomic(),
                translation.override(RECORD_LANGUAGE),
                history.context(
                    verb=name,
                    by=arguments.get("by"),
                    reason=str(arguments.get("reason") or ""),
                    authority=_authority_of(arguments),
                ),
            ):
                return function(**arguments)
        except IntegrityError as error:
            raise refusal(error) from error
        except ValidationError as error:
            raise Invalid([Problem("", "invalid", sentence) for sentence in error.messages]) from error
        except (DataError, UnicodeEncodeError) as error:
            # A NUL or half a character that no form has looked at, or a value that no column holds.
            raise Invalid(
                [
                    Problem(
                        "",
                        "unreadable",
                        _("提交的内容含有不能保存的字符，或超出了允许的长度。未保存任何内容。"),
                    )
                ]
            ) from error
        except OperationalError as error:
            state = _sqlstate(error)
            if state in (LOCK_TIMEOUT, STATEMENT_TIMEOUT):
                raise Busy(_("有其他人正在处理这条记录，请稍后再试。未保存任何内容。")) from error
            if nested or state not in (DEADLOCK, SERIALIZATION_FAILURE):
                raise
            if attempt == ATTEMPTS:
                raise Conflict(_("有其他人同时修改了相关记录，请重试。未保存任何内容。")) from error
            time.sleep(0.05 * attempt)
    raise AssertionError("unreachable")


def _authority_of(arguments: dict[str, Any]) -> str:
    """The authority whose record is acted on: of the first record among the arguments, or that record itself."""
    for value in arguments.values():
        if isinstance(value, Authority):
            return value.pk
        if isinstance(value, models.Model) and not isinstance(value, User):
            return getattr(value, "authority_id", None) or ""
    return ""


def _sqlstate(error: Exception) -> str:
    return getattr(error.__cause__, "sqlstate", "") or ""


def refusal(error: IntegrityError) -> Conflict | Invalid:
    """The sentence of the violated constraint. Uniqueness means that someone else was first, everything else is bad input."""
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""
    message = constraint_messages().get(name)
    if _sqlstate(error) == "23505":
        return Conflict(message or _("同样的记录已经存在，请刷新后再试。"))
    return Invalid([Problem("", name or "constraint", message or _("数据不符合要求，未保存。"))])


@functools.cache
def constraint_messages() -> dict[str, Any]:
    """Constraint name → the sentence it was declared with."""
    return {
        constraint.name: constraint.violation_error_message
        for model in apps.get_models()
        for constraint in model._meta.constraints
    }


def lock(obj: M) -> M:
    """The record as it is now, locked until the end of the act."""
    return type(obj)._default_manager.select_for_update(of=("self",)).get(pk=obj.pk)


def expect_version(obj: Any, version: int | None) -> None:
    """Raise when the person worked on another version of the record than the one that is stored."""
    if version is not None and obj.version != version:
        raise Conflict(_("这条记录已被其他人修改，请核对后再保存。您填写的内容没有丢失。"))
