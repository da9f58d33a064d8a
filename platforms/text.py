"""Hygiene of text and JSON that come from outside.

What is stored is trimmed, in Unicode normal form C and free of characters that nobody can see, that reorder
their neighbours or that other systems cannot show. Refusing with a position beats silent removal: the person
who typed or pasted the text can see what was wrong with it.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# --- text -----------------------------------------------------------------------------------------

# Characters that are invisible, reorder their neighbours or have no agreed meaning. Named by range rather
# than by ``unicodedata`` so that the rule does not move with the Python version; unassigned characters are
# left alone because personal names use ideographs newer than the tables (a test compares both).
FORMAT_CHARACTERS = (
    "\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f"
)
_CONTROL = "\x00-\x1f\x7f-\x9f"
_SURROGATE = "\ud800-\udfff"
_PRIVATE = "\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd"
_NONCHARACTER = "\ufdd0-\ufdef" + "".join(chr(p << 16 | 0xFFFE) + chr(p << 16 | 0xFFFF) for p in range(17))
_SEPARATOR = "\u2028\u2029"
_REPLACEMENT = "\ufffd"

_REFUSED = re.compile(
    f"[{_CONTROL}{FORMAT_CHARACTERS}{_SURROGATE}{_PRIVATE}{_NONCHARACTER}{_SEPARATOR}{_REPLACEMENT}]"
)
_KINDS = (
    (re.compile("\x00"), "nul", _("空字符")),
    (re.compile(f"[{_CONTROL}]"), "control", _("控制字符")),
    (re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]"), "bidi", _("改变文字方向的控制字符")),
    (re.compile(f"[{FORMAT_CHARACTERS}]"), "format", _("不可见的格式字符")),
    (re.compile(f"[{_SURROGATE}]"), "surrogate", _("不完整的编码字符")),
    (re.compile(f"[{_PRIVATE}]"), "private_use", _("私用区字符，其他系统无法显示")),
    (re.compile(f"[{_SEPARATOR}]"), "control", _("行分隔符")),
    (re.compile(_REPLACEMENT), "replacement", _("表示原字已丢失的替换字符")),
    (re.compile(f"[{_NONCHARACTER}]"), "noncharacter", _("非字符代码")),
)
_LINE_END = re.compile("\r\n?|\u2028|\u2029|\x85")


def clean_text(value: str, *, multiline: bool = False, max_length: int | None = None) -> str:
    """``value`` trimmed and in NFC; characters nobody can see or agree on are refused with their position.

    With ``multiline`` line ends are kept as ``\\n``. Positions count characters from 1 in what was typed.
    """
    if not isinstance(value, str):
        raise ValidationError(_("此处须为文字。"), code="not_text")
    lines = _LINE_END.sub("\n", value) if multiline else value
    text = lines.strip()
    for match in _REFUSED.finditer(text):
        if not (multiline and match[0] == "\n"):
            offset = len(lines) - len(lines.lstrip())
            raise _refusal(match[0], offset + match.start() + 1)
    text = unicodedata.normalize("NFC", text)
    if max_length is not None and len(text) > max_length:
        raise ValidationError(
            _("不能超过%(limit)d个字符，现有%(length)d个。"),
            code="too_long",
            params={"limit": max_length, "length": len(text)},
        )
    return text


def _refusal(character: str, position: int) -> ValidationError:
    code, kind = next((code, kind) for pattern, code, kind in _KINDS if pattern.match(character))
    return ValidationError(
        _("第%(position)d个字符（%(codepoint)s）是%(kind)s，请删除或改写。"),
        code=code,
        params={"position": position, "codepoint": f"U+{ord(character):04X}", "kind": kind},
    )


# --- nested JSON ----------------------------------------------------------------------------------

MAX_DEPTH = 32
MAX_JSON_ERRORS = 20
LARGEST_INTEGER = 2**63 - 1


def clean_json(value: Any) -> Any:
    """A copy of parsed JSON with every string cleaned (line ends kept).

    Raises one ``ValidationError`` that lists up to 20 faults, each with the path to it ("$.lines[0].name").
    """
    errors: list[ValidationError] = []
    cleaned = _walk(value, "$", 1, errors)
    if errors:
        raise ValidationError(errors[:MAX_JSON_ERRORS])
    return cleaned


def _walk(value: Any, path: str, depth: int, errors: list[ValidationError]) -> Any:
    if len(errors) >= MAX_JSON_ERRORS or value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _attempt(lambda: clean_text(value, multiline=True), path, errors)
    if isinstance(value, (int, float, Decimal)):
        return _attempt(lambda: _check_number(value), path, errors)
    if not isinstance(value, (dict, list)) or depth > MAX_DEPTH:
        return _attempt(lambda: _refuse_container(value), path, errors)
    if isinstance(value, list):
        return [_walk(item, f"{path}[{index}]", depth + 1, errors) for index, item in enumerate(value)]
    return {
        _key(key, path, errors): _walk(item, f"{path}.{_shown(key)}", depth + 1, errors)
        for key, item in value.items()
    }


def _refuse_container(value: Any) -> None:
    if isinstance(value, (dict, list)):
        raise ValidationError(_("嵌套超过%(limit)d层。"), code="too_deep", params={"limit": MAX_DEPTH})
    raise ValidationError(_("不是JSON值。"), code="not_json")


def _key(key: Any, path: str, errors: list[ValidationError]) -> Any:
    """Keys are names of ours, so one that would change by cleaning is refused instead of quietly renamed."""
    if _attempt(lambda: clean_text(key), path, errors) not in (None, key):
        errors.append(
            _at(
                path,
                ValidationError(
                    _("名称“%(key)s”含多余空格或非规范字符。"), code="bad_key", params={"key": key}
                ),
            )
        )
    return key


def _shown(key: Any) -> str:
    return _REFUSED.sub("\N{WHITE SQUARE}", str(key))[:60]


def _check_number(value: int | float | Decimal) -> int | float | Decimal:
    if isinstance(value, int):
        if abs(value) > LARGEST_INTEGER:
            raise ValidationError(_("整数过大。"), code="too_large")
    elif not math.isfinite(value):
        raise ValidationError(_("不是有限的数。"), code="not_finite")
    return value


def _attempt(step: Callable[[], Any], path: str, errors: list[ValidationError]) -> Any:
    try:
        return step()
    except ValidationError as fault:
        errors.append(_at(path, fault))
        return None


def _at(path: str, fault: ValidationError) -> ValidationError:
    params = {"path": path, "problem": fault.messages[0]}
    return ValidationError(_("%(path)s：%(problem)s"), code=fault.code, params=params)
