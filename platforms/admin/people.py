"""Accounts, roles and keys, kept by the security administrator. Every change is a verb of ``actions/membership.py``."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from platforms.access import Permission, reach
from platforms.actions import api_client
from platforms.actions import membership as people
from platforms.admin.base import ReadOnlyAdmin
from platforms.models import ApiClient, Membership, User


class AccountForm(forms.ModelForm):
    """An existing account. ``open`` closes and opens it; that needs a reason."""

    open = forms.BooleanField(label=_("启用"), required=False)
    reason = forms.CharField(label=_("原因"), required=False, max_length=400)

    class Meta:
        model = User
        fields = ("name", "email")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["open"].initial = self.instance.is_active

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("open") != self.instance.is_active and not values.get("reason", "").strip():
            self.add_error("reason", _("请写明原因。"))
        return values


class NewAccountForm(forms.ModelForm):
    password = forms.CharField(
        label=_("初始密码"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("留空则此人须通过重设密码登录。"),
    )

    class Meta:
        model = User
        fields = ("username", "name", "email")

    def clean_password(self) -> str:
        password = self.cleaned_data["password"]
        if password:
            try:
                password_validation.validate_password(password, User(username=self.data.get("username", "")))
            except ValidationError as error:
                raise forms.ValidationError(error.messages) from error
        return password


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    actions = None
    list_display = ("username", "name", "email", "is_active", "last_login")
    list_filter = ("is_active", "memberships__role")
    search_fields = ("username", "name")
    list_per_page = 50

    def get_form(self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any):
        return super().get_form(
            request, obj, change=change, form=AccountForm if obj else NewAccountForm, **kwargs
        )

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return ["name", "email", "open", "reason"] if obj else ["username", "name", "email", "password"]

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        values = form.cleaned_data
        if not change:
            made = people.create_account(by=request.user, **values)
            obj.pk, obj._state.adding = made.pk, False
            return
        stored = User.objects.get(pk=obj.pk)
        if {"name", "email"} & set(form.changed_data):
            people.describe(user=stored, name=values["name"], email=values["email"], by=request.user)
        if values["open"] != stored.is_active:
            switch = people.enable if values["open"] else people.disable
            switch(user=stored, by=request.user, reason=values["reason"])


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin):
    """Granting is adding, revoking is deleting; the row itself stays, with its end."""

    actions = None
    list_display = (
        "user", "role", "authority", "city", "operator", "valid_from", "valid_until", "granted_by"
    )  # fmt: skip
    list_filter = ("role",)
    list_select_related = ("user", "authority", "city", "operator", "granted_by")
    search_fields = ("user__username", "user__name")
    fields = ("user", "role", "authority", "city", "operator", "valid_until")
    raw_id_fields = ("operator",)
    autocomplete_fields = ("user",)
    list_per_page = 50

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        made = people.grant(by=request.user, **form.cleaned_data)
        obj.pk, obj._state.adding = made.pk, False

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        people.revoke(membership=obj, by=request.user, reason=str(_("在管理后台收回")))


@admin.register(ApiClient)
class ApiClientAdmin(ReadOnlyAdmin):
    list_display = ("name", "owner", "prefix", "rate", "expires_at", "last_used_at", "revoked_at")
    list_select_related = ("owner",)
    sealed = ("key_sha256",)
    actions = ("withdraw",)

    @admin.action(description=_("停用所选密钥"))
    def withdraw(self, request: HttpRequest, queryset: QuerySet[ApiClient]) -> None:
        for client in queryset.filter(revoked_at__isnull=True):
            api_client.revoke(client=client, by=request.user, reason=str(_("在管理后台停用")))

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        held = reach(request.user).may(Permission.ROLES_GRANT)
        return super().get_actions(request) if held else {}
