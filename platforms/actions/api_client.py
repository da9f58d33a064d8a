"""Keys for other systems: made for a person, limited to some of that person's rights, shown once."""

from __future__ import annotations

import datetime
import hashlib
import ipaddress
import secrets
from collections.abc import Iterable

from django.utils import timezone

from platforms.access import Permission, reach, require
from platforms.actions.verb import lock, verb
from platforms.errors import Invalid, NotPermitted, Problem, Problems
from platforms.models import ApiClient, Authority, Handover, Membership, User
from platforms.words import gettext_lazy as _

LONGEST_DAYS = 365
MOST_NETWORKS = 20
HIGHEST_RATE = 100_000


def digest(secret: str) -> str:
    """What is stored of a secret. It has 256 random bits, so a fast hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


@verb("api_client.create")
def create(
    *,
    owner: User,
    name: str,
    scopes: Iterable[str],
    days: int,
    by: User | None,
    networks: Iterable[str] = (),
) -> tuple[ApiClient, str]:
    """A new client and its key as it is written in the header. The key cannot be read again.

    ``scopes`` are permission names, none beyond the rights the owner has now; ``networks`` are the only ones the key may be
    used from, if there are any. ``by`` is the owner: nobody else holds a key
    that acts as them; or ``None`` for the command line.
    """
    if by is not None and by.pk != owner.pk:
        raise NotPermitted(sentence=_("密钥以所属用户的名义办事，只能由本人申请。"))
    wanted = sorted(set(scopes))
    problems = Problems()
    known, held = set(Permission.values), reach(owner).permissions()
    for scope in wanted:
        if scope not in known:
            problems.add("scopes", "unknown_choice", _("没有“%(scope)s”这项权限。") % {"scope": scope})
        elif scope not in held:
            problems.add("scopes", "beyond_owner", _("所属用户没有“%(scope)s”这项权限。") % {"scope": scope})
    if not wanted:
        problems.add("scopes", "required", _("至少需要一项权限。"))
    if not 1 <= days <= LONGEST_DAYS:
        problems.add("days", "out_of_range", _("有效期应为 1 至 365 天。"))
    places = _networks(networks, problems)
    problems.raise_if_any()
    now, secret = timezone.now(), secrets.token_urlsafe(32)
    client = ApiClient.objects.create(
        owner=owner,
        name=name.strip(),
        prefix=secrets.token_hex(4),
        key_sha256=digest(secret),
        scopes=wanted,
        networks=places,
        created_at=now,
        expires_at=now + datetime.timedelta(days=days),
    )
    return client, f"{client.prefix}.{secret}"


def _networks(written: Iterable[str], problems: Problems) -> list[str]:
    """Each in its plain spelling; a single address is a network of one."""
    found = []
    for text in written:
        try:
            found.append(str(ipaddress.ip_network(text.strip(), strict=False)))
        except ValueError:
            problems.add("networks", "not_a_network", _("“%(text)s”不是网络地址。") % {"text": text[:60]})
    if len(found) > MOST_NETWORKS:
        problems.add("networks", "too_many", _("最多 %(n)s 个网络地址。") % {"n": MOST_NETWORKS})
    return list(dict.fromkeys(found))


@verb("api_client.set_rate")
def set_rate(*, client: ApiClient, rate: int | None, reason: str, by: User | None) -> ApiClient:
    """More or fewer requests a minute than every key has; ``None`` for the same. Decided by whoever grants roles."""
    if by is not None:
        require(by, Permission.ROLES_GRANT)
    problems = Problems()
    if rate is not None and not 1 <= rate <= HIGHEST_RATE:
        problems.add("rate", "out_of_range", _("每分钟请求数应为 1 至 100000。"))
    if not reason.strip():
        problems.add("reason", "required", _("请写明原因。"))
    problems.raise_if_any()
    client = lock(client)
    client.rate = rate
    client.save(update_fields=["rate"])
    return client


@verb("api_client.revoke")
def revoke(
    *, client: ApiClient, by: User | None, reason: str = "", authority: Authority | None = None
) -> ApiClient:
    """The key stops working at once; revoking it again changes nothing.

    Another's key is ended, with a reason, by whoever grants roles or, within ``authority``, manages its people.
    """
    if by is not None and by.pk != client.owner_id:
        if authority is not None and Membership.objects.in_force().filter(
            user=client.owner_id, authority=authority
        ):
            require(by, Permission.PEOPLE_MANAGE, Handover(authority=authority))
        else:
            require(by, Permission.ROLES_GRANT)
        if not reason.strip():
            raise Invalid([Problem("reason", "required", str(_("请写明原因。")))])
    client = lock(client)
    if client.revoked_at is None:
        client.revoked_at = timezone.now()
        client.save(update_fields=["revoked_at"])
    return client
