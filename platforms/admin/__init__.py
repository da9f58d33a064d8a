"""The stock Django admin behind the registry's own sign-in: reference data, people, the log, and inspection of records.

Who sees and edits which model is one table, ``platforms.admin_rights.ADMIN``; which rows, ``reach``. No page here assigns a state:
business records are read-only and their buttons call the verbs of the transition tables.
"""

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from platforms.admin import log, people, records, reference
from platforms.views.access import lacks_second_factor

__all__ = ["log", "people", "records", "reference"]

_stock_has_permission = admin.site.has_permission
_stock_login = secure_admin_login(admin.site.login)


def has_permission(request: HttpRequest) -> bool:
    return _stock_has_permission(request) and not lacks_second_factor(request)


def sign_in(request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
    """The registry's sign-in page; a person without the required second factor is sent to set it up."""
    if request.user.is_authenticated and lacks_second_factor(request):
        return redirect("mfa_activate_totp")
    return _stock_login(request, extra_context)


def change_password(request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
    return redirect("account_change_password")


admin.site.has_permission = has_permission  # type: ignore[method-assign]
admin.site.login = sign_in  # type: ignore[method-assign]
admin.site.password_change = change_password  # type: ignore[method-assign,assignment]
admin.site.site_header = admin.site.site_title = _("制造业中试平台名录 · 管理后台")
admin.site.index_title = _("基础数据、人员、日志与查阅")

# Groups, second addresses and raw authenticators play no part here: rights come from memberships only.
for unused in (Group, EmailAddress, Authenticator, SocialAccount, SocialApp, SocialToken):
    if admin.site.is_registered(unused):
        admin.site.unregister(unused)
