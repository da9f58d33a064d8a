"""Field rules shared by forms, the API and imports.

``clean_x(value)`` returns the stored form of what a person typed, or raises ``ValidationError``.
``validate_x(value)`` is for model fields: the value must be in its stored form already, so no path
around the forms can store another spelling. Every error carries a ``code`` for machines and a sentence
that says what is wrong and where.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, URLValidator
from django.utils.translation import gettext_lazy as _

from platforms.codes import PROVINCES
from platforms.text import FORMAT_CHARACTERS, LARGEST_INTEGER, clean_text

# --- codes ----------------------------------------------------------------------------------------

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_LENGTH = 18
_USCC_VALUES = {character: value for value, character in enumerate(USCC_ALPHABET)}
_USCC_WEIGHTS = tuple(pow(3, i, 31) for i in range(USCC_LENGTH - 1))
_USCC_DEPARTMENTS = frozenset("123456789ANY")
# Beside GB/T 2260: 10 for bodies registered with the state itself; 66 and 99 are let through because lists
# outside GB/T 2260 use them. Generous on purpose: refusing a real operator is worse, and the check character
# catches slips of the hand.
_USCC_REGIONS = PROVINCES | {"10", "66", "99"}
_SPACES_AND_DASHES = re.compile(r"[\s\-\u2010-\u2015\u2212\u30fc_]+")
_FORMAT = re.compile(f"[{FORMAT_CHARACTERS}]+")


def normalise_code(value: str) -> str:
    """A code as typed, made half-width and upper-case, without spaces, dashes and invisible characters."""
    text = _FORMAT.sub("", unicodedata.normalize("NFKC", value))
    return _SPACES_AND_DASHES.sub("", text).upper()


def uscc_check_character(body17: str) -> str:
    """The check character of the first 17 characters of a unified social credit code (GB 32100-2015)."""
    if len(body17) != USCC_LENGTH - 1:
        raise ValueError("the body of a unified social credit code has 17 characters")
    total = sum(
        _USCC_VALUES[character] * weight for character, weight in zip(body17, _USCC_WEIGHTS, strict=True)
    )
    return USCC_ALPHABET[-total % 31]  # 31 − 0 = 31 is written "0", which the second modulus says


def clean_uscc(value: str) -> str:
    """A unified social credit code in stored form. Messages name the fault, never the right character."""
    code = normalise_code(value)
    if len(code) != USCC_LENGTH:
        raise ValidationError(
            _("统一社会信用代码应为18位，现为%(length)d位。"),
            code="uscc_length",
            params={"length": len(code)},
        )
    for position, character in enumerate(code, 1):
        if character not in _USCC_VALUES:
            raise _uscc_letter(character, position)
    if code[0] not in _USCC_DEPARTMENTS or not code[1].isdigit() or code[1] == "0":
        raise ValidationError(
            _("统一社会信用代码第1至2位不是有效的登记管理部门和机构类别。"), code="uscc_department"
        )
    if not code[2:8].isdigit() or code[2:4] not in _USCC_REGIONS:
        raise ValidationError(_("统一社会信用代码第3至8位不是有效的行政区划码。"), code="uscc_region")
    if uscc_check_character(code[:17]) != code[17]:
        raise ValidationError(
            _("统一社会信用代码第18位校验码与前17位不符，请核对整个代码。"), code="uscc_check"
        )
    return code


def _uscc_letter(character: str, position: int) -> ValidationError:
    message = (
        _("统一社会信用代码第%(position)d位是“%(character)s”，代码不使用字母I、O、S、V、Z。")
        if character in "IOSVZ"
        else _("统一社会信用代码第%(position)d位是“%(character)s”，只能是数字或大写字母。")
    )
    return ValidationError(message, code="uscc_letter", params={"position": position, "character": character})


# --- contacts -------------------------------------------------------------------------------------

# Fixed-line numbers: 010 and 02x with eight digits, other area codes (four digits) with seven or eight.
_LANDLINE = re.compile(r"(010|02[0-9]|0[3-9][0-9]{2})([2-9][0-9]{6,7})(?:(?:转|EXT|X|#|,)\.?:?([0-9]{1,6}))?")
_SERVICE_LINE = re.compile(r"([48]00)([0-9]{3})([0-9]{4})")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_LAST_EXTENSION = re.compile(r"^(.*[0-9])\s*[-‐-―−]\s*([0-9]{1,6})$")


def clean_office_phone(value: str) -> str:
    """An office telephone as "0571-88880000", "010-88880000-801" or "400-123-4567".

    Mobile numbers are refused.
    """
    digits = _phone_digits(value)
    if _MOBILE.fullmatch(digits):
        raise ValidationError(_("此处公开显示，请填写办公电话，不要填写手机号码。"), code="phone_mobile")
    service = _SERVICE_LINE.fullmatch(digits)
    if service:
        return "-".join(service.groups())
    # the dashed extension first: without its dashes 0471-6945000-1 would read as an eight-digit number
    match = _landline_with_dashed_extension(value) or _LANDLINE.fullmatch(digits)
    if match is None or (len(match[1]) == 3 and len(match[2]) != 8):
        raise ValidationError(
            _("请填写区号和电话号码，如0571-88880000；分机号写在后面，如0571-88880000-801。"), code="phone"
        )
    return "-".join(part for part in match.groups() if part)


def clean_mobile(value: str) -> str:
    """A mobile number of mainland China as eleven digits."""
    digits = _phone_digits(value)
    if not _MOBILE.fullmatch(digits):
        raise ValidationError(_("手机号码应为11位数字，以1开头。"), code="mobile")
    return digits


def _phone_digits(value: str) -> str:
    text = normalise_code(value).replace("(", "").replace(")", "").replace("分机", "转")
    if text.startswith(("+86", "0086")):
        text = text.removeprefix("+86").removeprefix("0086")
        complete = text.startswith("0") or _MOBILE.fullmatch(text) or _SERVICE_LINE.fullmatch(text)
        return text if complete else f"0{text}"
    return text


def _landline_with_dashed_extension(value: str) -> re.Match[str] | None:
    parts = _LAST_EXTENSION.match(unicodedata.normalize("NFKC", value).strip())
    return _LANDLINE.fullmatch(f"{_phone_digits(parts[1])}转{parts[2]}") if parts else None


#: Addresses as nearly everybody has them, known to be good without asking Django's validators, which take ten times as long;
#: an import asks tens of thousands of times. Whatever is written otherwise is put to them.
_LABELS = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}"
_PLAIN_EMAIL = re.compile(
    rf"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?=.{{1,200}}\Z){_LABELS}", re.IGNORECASE | re.ASCII
)
_PLAIN_URL = re.compile(
    rf"https?://(?=[^/]{{1,200}}(?:/|\Z)){_LABELS}(?:/[a-z0-9._~/-]*)?", re.IGNORECASE | re.ASCII
)

_check_email = EmailValidator(message=_("请填写有效的电子邮箱，如 office@example.cn。"), code="email")
_check_url = URLValidator(schemes=["http", "https"], message=_("请填写有效的网址。"), code="website")


def clean_email(value: str) -> str:
    """An e-mail address with its domain in lower case."""
    text = unicodedata.normalize("NFKC", clean_text(value, max_length=254))
    if not _PLAIN_EMAIL.fullmatch(text):
        _check_email(text)
    local, _at_sign, domain = text.rpartition("@")
    return f"{local}@{domain.lower()}"


def clean_website(value: str) -> str:
    """A web address beginning with http:// or https://, without user name or password in it."""
    text = clean_text(value, max_length=500)
    if _PLAIN_URL.fullmatch(text) and text.startswith(("https://", "http://")):
        return text
    scheme, separator, rest = text.partition("://")
    if not separator or scheme.lower() not in ("http", "https"):
        raise ValidationError(_("网址须以 http:// 或 https:// 开头。"), code="website_scheme")
    if "@" in re.split(r"[/?#]", rest, maxsplit=1)[0]:
        raise ValidationError(_("网址中不能含用户名或密码。"), code="website_userinfo")
    address = f"{scheme.lower()}://{rest}"
    _check_url(address)
    return address


# --- numbers --------------------------------------------------------------------------------------

_DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,18})(?:\.[0-9]{1,18})?")


def clean_decimal(
    value: str | int | float | Decimal,
    *,
    places: int = 2,
    digits: int = 14,
    least: Decimal | int | None = None,
    most: Decimal | int | None = None,
) -> Decimal:
    """A finite decimal with at most ``places`` decimal places and ``digits`` digits in all, never rounded.

    Text may use full-width digits and thousands separators ("1,234.5"); exponents are refused.
    """
    number = _decimal(value)
    exponent = number.normalize().as_tuple().exponent
    decimals = max(0, -exponent) if isinstance(exponent, int) else 0
    if decimals > places:
        raise ValidationError(
            _("最多保留%(places)d位小数。"), code="decimal_places", params={"places": places}
        )
    if number.adjusted() >= digits - places and number:
        raise ValidationError(_("数值过大。"), code="too_large")
    if least is not None and number < least:
        raise ValidationError(_("不能小于%(limit)s。"), code="min_value", params={"limit": least})
    if most is not None and number > most:
        raise ValidationError(_("不能大于%(limit)s。"), code="max_value", params={"limit": most})
    return number.quantize(Decimal(1).scaleb(-places)) if places else Decimal(int(number))


def _decimal(value: str | int | float | Decimal) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
        raise _not_a_number()
    if isinstance(value, str):
        text = unicodedata.normalize("NFKC", value).strip()
        if not _DECIMAL.fullmatch(text):
            raise _not_a_number()
        return Decimal(text.replace(",", ""))
    if isinstance(value, int) and abs(value) > LARGEST_INTEGER:
        raise ValidationError(_("数值过大。"), code="too_large")
    try:
        # repr, because a spreadsheet's 0.1 means 0.1 and not the binary fraction next to it
        number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    except InvalidOperation:  # pragma: no cover - the types above always convert
        raise _not_a_number() from None
    if not number.is_finite():
        raise _not_a_number()
    return number


def _not_a_number() -> ValidationError:
    return ValidationError(_("请填写数字。"), code="not_number")


def clean_count(value: str | int | float | Decimal, *, most: int = 10**9) -> int:
    """A whole number from 0 to ``most``."""
    return int(clean_decimal(value, places=0, digits=18, least=0, most=most))


def clean_percent(value: str | int | float | Decimal) -> Decimal:
    """A percentage from 0 to 100 with at most two decimal places; a percent sign in text is forgiven."""
    text = unicodedata.normalize("NFKC", value).strip().removesuffix("%") if isinstance(value, str) else value
    return clean_decimal(text, places=2, digits=5, least=0, most=100)


def clean_year(value: str | int | float | Decimal) -> int:
    """A year from 1900 to 2100; a trailing 年 is forgiven."""
    text = value.strip().removesuffix("年") if isinstance(value, str) else value
    return int(clean_decimal(text, places=0, digits=18, least=1900, most=2100))


# --- validators for model fields ------------------------------------------------------------------


def _stored_form(clean: Callable[[Any], Any], value: Any) -> None:
    if clean(value) != value:
        raise ValidationError(_("不是规范写法，请去掉多余的空格、连字符或全角字符。"), code="not_canonical")


def validate_uscc(value: str) -> None:
    _stored_form(clean_uscc, value)
