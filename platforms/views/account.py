"""One's own account: second factor, password, keys for other systems; and the way into it by invitation."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from platforms.access import Permission, reach
from platforms.actions import api_client
from platforms.actions import invitation as invitations
from platforms.actions import notification as notifications
from platforms.errors import Conflict, Invalid
from platforms.forms.office import AcceptForm, KeyForm, LanguageForm
from platforms.forms.problems import show
from platforms.models import ApiClient
from platforms.views.access import SignedInRequest, needs, public


@needs(Permission.DESK_VIEW, to_write=(Permission.KEYS_OWN,))
@require_http_methods(["GET", "HEAD", "POST"])
def keys(request: SignedInRequest) -> HttpResponse:
    """Password, second factor and keys of the person; a new key is shown once, in the answer to the form."""
    form = KeyForm(request.POST if request.method == "POST" else None, held=reach(request.user).permissions())
    status, key = 200, ""
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                _client, key = api_client.create(owner=request.user, by=request.user, **form.cleaned_data)
                status, form = 200, KeyForm(held=reach(request.user).permissions())
            except Invalid as error:
                show(form, error)
    context = {
        "clients": ApiClient.objects.filter(owner=request.user)[:50],
        "key": key,
        "mail": LanguageForm(initial={"language": request.user.language}),
        "new": form,
        "may_have": reach(request.user).may(Permission.KEYS_OWN),
        "may_receive": reach(request.user).may(Permission.WEBHOOKS_OWN),
        "form": form if status == 400 else None,
    }
    return render(request, "workspace/account/keys.html", context, status=status)


@require_POST
@needs(Permission.DESK_VIEW)
def language(request: SignedInRequest) -> HttpResponse:
    notifications.choose_language(by=request.user, language=request.POST.get("language", ""))
    messages.success(request, _("已保存。"))
    return redirect("account-keys")


@require_POST
@needs(Permission.KEYS_OWN)
def revoke_key(request: SignedInRequest, pk: int) -> HttpResponse:
    client = get_object_or_404(ApiClient, owner=request.user, pk=pk)
    api_client.revoke(client=client, by=request.user)
    messages.success(request, _("密钥“%(client)s”已停用。") % {"client": client})
    return redirect("account-keys")


@public
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """What the link of an invitation opens: choose a user name and a password, then sign in."""
    found = invitations.find(token)
    form = AcceptForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                invitations.accept(secret=token, **form.cleaned_data)
            except (Invalid, Conflict) as error:
                show(form, error)
                status = error.status
            else:
                messages.success(request, _("账户已开通，请用刚才设置的用户名和密码登录。"))
                return redirect("account_login")
    return render(request, "account/invitation.html", {"invitation": found, "form": form}, status=status)
