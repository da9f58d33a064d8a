"""Typed reading of settings from the environment.

Every setting has one reader, one default and one sentence that says what is wrong with a bad value, so that a misspelt
variable stops the start instead of surfacing as odd behaviour weeks later. ``NAME_FILE`` may name a file that holds the
value, which is how container platforms hand over secrets.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}


def text(name: str, default: str = "") -> str:
    """The value of ``name``, or the content of the file that ``name_FILE`` points to, or ``default``."""
    path = os.environ.get(f"{name}_FILE")
    if path and name in os.environ:
        raise ImproperlyConfigured(f"Set {name} or {name}_FILE, not both.")
    if path:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(
                f"{name}_FILE points to {path}, which cannot be read: {error}."
            ) from error
    return os.environ.get(name, default)


def _given(name: str, default: str) -> str:
    """As in ``.env.example``: a line without a value uses the default."""
    return text(name).strip() or default


def flag(name: str, *, default: bool = False) -> bool:
    value = _given(name, "1" if default else "0").lower()
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise ImproperlyConfigured(f"{name}={value!r} is not a yes/no value; use 1 or 0.")


def integer(name: str, default: int, *, least: int = 0, most: int | None = None) -> int:
    value = _given(name, str(default))
    try:
        number = int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name}={value!r} is not a whole number.") from None
    if number < least or (most is not None and number > most):
        raise ImproperlyConfigured(f"{name}={number} is outside {least}–{'∞' if most is None else most}.")
    return number


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list without empty items."""
    return [item.strip() for item in _given(name, default).split(",") if item.strip()]


def json_list(name: str) -> list[dict]:
    """A JSON array of objects; nothing when the variable is empty."""
    value = text(name)
    try:
        found = json.loads(value or "[]")
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is not JSON: {error}.") from None
    if not isinstance(found, list) or any(not isinstance(item, dict) for item in found):
        raise ImproperlyConfigured(f"{name} is not a list of objects.")
    return found


def choice(name: str, default: str, options: tuple[str, ...]) -> str:
    value = _given(name, default)
    if value not in options:
        raise ImproperlyConfigured(f"{name}={value!r} is not one of {', '.join(options)}.")
    return value


def address(name: str, default: str = "", *, schemes: tuple[str, ...]) -> str:
    value = _given(name, default)
    if value and not value.startswith(tuple(f"{scheme}://" for scheme in schemes)):
        raise ImproperlyConfigured(
            f"{name} must start with {' or '.join(f'{scheme}://' for scheme in schemes)}."
        )
    return value


def openid(*, issuer: str, name: str, client_id: str, secret: str) -> dict[str, str]:
    """An OpenID Connect issuer and what is registered there for this installation; nothing where none is named."""
    if not issuer:
        return {}
    if not client_id or not secret:
        raise ImproperlyConfigured(
            "REGISTRY_OIDC_ISSUER also needs REGISTRY_OIDC_CLIENT_ID and REGISTRY_OIDC_CLIENT_SECRET or its _FILE."
        )
    parts = urlsplit(issuer)
    origin = f"{parts.scheme}://{parts.netloc}"
    return {
        "issuer": issuer,
        "origin": origin,
        "name": name.strip() or "统一身份认证",
        "client_id": client_id,
        "secret": secret,
    }


def openid_origins(found: dict[str, str]) -> list[str]:
    """Where a form may lead besides this site: to the issuer, because the button that goes there is a form."""
    return [found["origin"]] if found else []


def openid_apps(found: dict[str, str]) -> dict:
    """The same as allauth reads it."""
    apps = [
        {
            "provider_id": "oidc",
            "name": found["name"],
            "client_id": found["client_id"],
            "secret": found["secret"],
            "settings": {"server_url": found["issuer"].rstrip("/"), "fetch_userinfo": False},
        }
        for found in ([found] if found else [])
    ]
    return {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": apps}}


def rate(name: str, default: str = "") -> str:
    """So many requests in a second, minute, hour or day; nothing where both are empty."""
    value = _given(name, default)
    if value and not re.fullmatch(r"[0-9]{1,9}/(s|sec|m|min|h|hour|d|day)", value):
        raise ImproperlyConfigured(f"{name}={value!r} is not a rate; write it as 60/min.")
    return value


def database(url: str) -> dict:
    """Django's ``DATABASES`` entry for a ``postgresql://`` address; query parameters become connection options."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(
            "DATABASE_URL must start with postgresql://; no other database is supported."
        )
    options = dict(parse_qsl(parts.query))
    host = options.pop("host", None) or parts.hostname or ""
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise ImproperlyConfigured("DATABASE_URL names no database.")
    try:
        port = str(parts.port or "")
    except ValueError:
        raise ImproperlyConfigured("The port in DATABASE_URL is not a number between 0 and 65535.") from None
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": port,
        "OPTIONS": options,
    }
