"""People, what they may do, and the machines that act for them."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from platforms.access import Role, Scope
from platforms.choices import Language, RegionKind
from platforms.history import tracked
from platforms.models.constraints import city_fits_role, not_blank, one_of


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, password: str | None = None, **fields) -> User:
        user = User(username=User.normalize_username(username), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields) -> User:
        """A system administrator: may use the admin for reference data; business rights still come from memberships."""
        user = self.create_user(username, password, **fields)
        Membership.objects.create(user=user, role=Role.SYSTEM_ADMIN)
        return user


@tracked(exclude=["password", "last_login"])
class User(AbstractBaseUser):
    """A person with an account. What the person may do comes from memberships in force, nothing else."""

    username = models.CharField(_("用户名"), max_length=60, unique=True)
    name = models.CharField(_("姓名"), max_length=60, blank=True)
    email = models.EmailField(_("电子邮箱"), blank=True)
    language = models.CharField(_("邮件的语言"), max_length=10, choices=Language, default=Language.ZH)
    is_active = models.BooleanField(_("启用"), default=True)
    date_joined = models.DateTimeField(_("创建时间"), default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"

    # Set per request by API key authentication: the client that acts for this user, whose scopes limit the user's reach.
    api_client: ApiClient | None = None

    class Meta:
        verbose_name = verbose_name_plural = _("用户")
        ordering = ("username",)
        constraints = (one_of("user", "language", Language),)

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        return str(self)

    def role_names(self) -> list[str]:
        """Roles in force now, for the history context."""
        from platforms.access import reach

        return sorted({grant.role for grant in reach(self).grants})

    # Django's admin asks these three questions; the answers are the access table's (platforms/access.py).
    @property
    def is_staff(self) -> bool:
        from platforms.access import Permission, reach

        return self.is_active and reach(self).may(Permission.USE_ADMIN)

    @property
    def is_superuser(self) -> bool:
        return False

    def has_perm(self, perm: str, obj=None) -> bool:
        from platforms.admin_rights import admin_may

        return admin_may(self, perm)

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff


class MembershipQuerySet(models.QuerySet):
    def in_force(self, at=None) -> MembershipQuerySet:
        at = at or timezone.now()
        return self.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=at), valid_from__lte=at)


@tracked()
class Membership(models.Model):
    """A role a person holds, for one authority or operator where the role is bound to one, until a date.

    ``city`` narrows the role to one city of the authority.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(_("角色"), max_length=30, choices=Role)
    authority = models.ForeignKey(
        "platforms.Authority", models.PROTECT, null=True, blank=True, related_name="memberships"
    )
    operator = models.ForeignKey(
        "platforms.Operator", models.PROTECT, null=True, blank=True, related_name="memberships"
    )
    city = models.ForeignKey(
        "platforms.Region",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("所在城市"),
        limit_choices_to={"kind": RegionKind.CITY},
    )
    valid_from = models.DateTimeField(_("生效时间"), default=timezone.now)
    valid_until = models.DateTimeField(_("失效时间"), null=True, blank=True)
    granted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    objects = MembershipQuerySet.as_manager()
    scope = Scope(authority="authority", operator="operator", person="user")

    class Meta:
        verbose_name = verbose_name_plural = _("角色")
        ordering = ("user_id", "role")
        constraints = (
            one_of("membership", "role", Role),
            models.CheckConstraint(
                name="membership_scope_fits_role",
                condition=(
                    Q(role__in=Role.for_authorities(), authority__isnull=False, operator__isnull=True)
                    | Q(role=Role.CITY_REVIEWER, authority__isnull=False, operator__isnull=True)
                    | Q(role=Role.OPERATOR, authority__isnull=True, operator__isnull=False)
                    | Q(
                        ~Q(role__in=[*Role.for_authorities(), Role.CITY_REVIEWER, Role.OPERATOR]),
                        authority__isnull=True,
                        operator__isnull=True,
                    )
                ),
                violation_error_message=_("该角色必须绑定推荐单位或建设单位，其他角色不能绑定。"),
            ),
            city_fits_role("membership"),
            models.UniqueConstraint(
                fields=("user", "role", "authority", "operator", "city"),
                nulls_distinct=False,
                name="membership_once",
                violation_error_message=_("此人已有这个角色。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"

    def clean(self) -> None:
        """A city belongs to the authority it acts for."""
        if self.city_id and self.authority and not self.authority.cities().filter(pk=self.city_id).exists():
            raise ValidationError(
                {"city": ValidationError(_("这个城市不归该推荐单位。"), code="not_its_city")}
            )


class ApiClientQuerySet(models.QuerySet):
    def usable(self, at=None) -> ApiClientQuerySet:
        at = at or timezone.now()
        return self.filter(revoked_at__isnull=True, expires_at__gt=at, owner__is_active=True)


@tracked(exclude=["last_used_at"])
class ApiClient(models.Model):
    """A program that acts for its owner, never with more rights than the owner has at that moment.

    The key is shown once; only its SHA-256 is stored. ``scopes`` lists permission names the key may use.
    """

    owner = models.ForeignKey(User, models.CASCADE, related_name="api_clients")
    name = models.CharField(_("名称"), max_length=60)
    prefix = models.CharField(_("前缀"), max_length=12, unique=True)
    key_sha256 = models.CharField(max_length=64)
    scopes = models.JSONField(_("权限范围"), default=list)
    #: Networks the key may be used from (``192.0.2.0/24``); none means any.
    networks = models.JSONField(_("允许的网络"), default=list)
    #: Requests a minute; empty means what every key has.
    rate = models.PositiveIntegerField(_("每分钟请求数"), null=True, blank=True)
    expires_at = models.DateTimeField(_("到期时间"))
    created_at = models.DateTimeField(_("创建时间"), default=timezone.now)
    last_used_at = models.DateTimeField(_("最近使用"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("停用时间"), null=True, blank=True)

    objects = ApiClientQuerySet.as_manager()
    #: The owner's own, and of the offices the owner works for, whose approvers may stop it.
    scope = Scope(person="owner", authority="owner__memberships__authority")

    class Meta:
        verbose_name = verbose_name_plural = _("接口客户端")
        ordering = ("-created_at",)
        constraints = (
            not_blank("api_client", "name"),
            models.CheckConstraint(
                name="api_client_rate_in_range",
                condition=Q(rate__isnull=True) | Q(rate__gte=1, rate__lte=100_000),
                violation_error_message=_("每分钟请求数应为 1 至 100000。"),
            ),
            models.CheckConstraint(
                name="api_client_at_most_a_year",
                condition=Q(expires_at__lte=models.F("created_at") + timedelta(days=366)),
                violation_error_message=_("接口密钥的有效期不能超过一年。"),
            ),
        )

    def __str__(self) -> str:
        return self.name
