"""What can be wrong with a request to the domain, in words a person can use.

Pages, API, imports and admin map these to the same sentence; ``registry.middleware.DomainErrors`` and
``platforms.api.problems`` choose the status code from ``status``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.utils.functional import Promise

from platforms.text import clean_text
from platforms.words import gettext_lazy as _
from platforms.words import in_readers_language


class DomainError(Exception):
    """Base of everything a verb may refuse. ``code`` is stable, ``sentence`` is for people."""

    status = 400
    code = "refused"

    def __init__(self, sentence: str | Promise = "") -> None:
        super().__init__(sentence)
        self.words = sentence

    def __str__(self) -> str:
        return self.sentence

    @property
    def sentence(self) -> str:
        """For the one who reads it now; ``words`` is the same before it has a language."""
        return in_readers_language(self.words)


class NotFound(DomainError):
    """The record does not exist, or must not be known to exist."""

    status = 404
    code = "not_found"

    def __init__(self) -> None:
        super().__init__(_("没有找到这条记录。"))


class NotPermitted(DomainError):
    """The record is within reach, the act is someone else's."""

    status = 403
    code = "not_permitted"

    def __init__(
        self, *, permission: str = "", roles: list[str] | None = None, sentence: str | Promise = ""
    ) -> None:
        self.roles = roles or []
        super().__init__(
            sentence
            or _("您没有“%(permission)s”的权限，此操作由%(roles)s办理。")
            % {"permission": permission, "roles": "、".join(self.roles)}
        )


class IllegalStep(DomainError):
    """The record is not in a state in which this can be done, or a precondition is not met."""

    status = 409
    code = "illegal_step"


class TooOften(DomainError):
    """The same address has sent too much; nothing was saved."""

    status = 429
    code = "too_often"


class Conflict(DomainError):
    """Someone else changed the record in the meantime; nothing was overwritten."""

    status = 409
    code = "conflict"


class Busy(DomainError):
    """The database could not finish in time; nothing was saved."""

    status = 503
    code = "busy"


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one value. ``pointer`` is a path such as ``platform/name_zh`` or ``services/2/title_zh``."""

    pointer: str
    code: str
    words: str | Promise

    @property
    def message(self) -> str:
        """The words in the language of whoever reads them now."""
        return in_readers_language(self.words)


@dataclass
class Problems:
    """All problems of one request; collected so that a person sees every one at once."""

    found: list[Problem] = field(default_factory=list)

    def add(self, pointer: str, code: str, message: str | Promise) -> None:
        self.found.append(Problem(pointer, code, message))

    def text(
        self, pointer: str, value: str, *, longest: int, missing: str | Promise = "", multiline: bool = False
    ) -> str:
        """``value`` as it may be stored; what is wrong with it is added. ``missing`` is said of an empty one that must not be."""
        try:
            cleaned = clean_text(value, multiline=multiline, max_length=longest)
        except ValidationError as error:
            self.add(pointer, "text", error.messages[0])
            return ""
        if missing and not cleaned:
            self.add(pointer, "required", missing)
        return cleaned

    def raise_if_any(self) -> None:
        if self.found:
            raise Invalid(self.found)


class Invalid(DomainError):
    """The values cannot be accepted; ``problems`` names each one."""

    status = 400
    code = "invalid"

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__(
            problems[0].words if len(problems) == 1 else _("有 %(n)s 处需要修正。") % {"n": len(problems)}
        )


#: Said of a platform that somebody is already filing: by the verb, and so by page and API, and by the check of an import.
UNDER_WAY = _("这个平台已有没有办完的申报 %(number)s，请先办完它。")
