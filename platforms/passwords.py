"""What GB/T 22239-2019 (8.1.4.1 a) asks of passwords beyond length: character classes, no reuse, a maximum age (ADR 0008).

Named in ``AUTH_PASSWORD_VALIDATORS`` where ``REGISTRY_PASSWORD_CLASSES`` is on; the age is asked for by ``views.access``.
"""

from __future__ import annotations

import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from platforms.models import PasswordRecord, User

#: Of upper case, lower case, digits and everything else.
CLASSES = 3
#: So many earlier passwords are refused.
REMEMBERED = 5


class CharacterClasses:
    def validate(self, password: str, user: User | None = None) -> None:
        kinds = {
            "upper"
            if char.isupper()
            else "lower"
            if char.islower()
            else "digit"
            if char.isdigit()
            else "other"
            for char in password
        }
        if len(kinds) < CLASSES:
            raise ValidationError(self.get_help_text(), code="too_few_classes")

    def get_help_text(self) -> str:
        return _("密码须包含大写字母、小写字母、数字、其他字符中的至少三类。")


class NotUsedBefore:
    def validate(self, password: str, user: User | None = None) -> None:
        if user is None or user.pk is None:
            return
        for record in PasswordRecord.objects.filter(user=user)[:REMEMBERED]:
            if check_password(password, record.password):
                raise ValidationError(self.get_help_text(), code="used_before")

    def get_help_text(self) -> str:
        return _("密码不能与最近五次用过的相同。")

    def password_changed(self, password: str, user: Any = None) -> None:
        """Django tells every validator of a new password, once it is stored."""
        if user is not None and user.pk is not None:
            PasswordRecord.objects.create(user=user, password=user.password)
            newest = PasswordRecord.objects.filter(user=user).values_list("pk", flat=True)[:REMEMBERED]
            PasswordRecord.objects.filter(user=user).exclude(pk__in=list(newest)).delete()


def is_too_old(user: User) -> bool:
    """Whether this person must choose a new password before doing anything else."""
    days = settings.PASSWORD_MAX_DAYS
    if not days:
        return False
    newest = PasswordRecord.objects.filter(user=user).values_list("set_at", flat=True).first()
    return (newest or user.date_joined) < timezone.now() - datetime.timedelta(days=days)
