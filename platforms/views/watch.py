"""Watching a search by e-mail: ask, confirm, end."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from platforms.actions import watch as watches
from platforms.directory import ask, names
from platforms.forms.guarded import GuardedForm
from platforms.shelves import PLATFORMS
from platforms.views import listing
from platforms.views.access import public
from platforms.views.limits import limit

ASKED_AN_HOUR = 5


class WatchForm(GuardedForm):
    email = forms.EmailField(
        label=_("邮箱"), max_length=200, help_text=_("只用于发送这次查询的更新，取消后即删除。")
    )
    text_field = "email"


@public
@require_http_methods(["GET", "HEAD", "POST"])
def watch(request: HttpRequest) -> HttpResponse:
    """The search is in the address, as everywhere; the form asks only where to write."""
    question = ask(PLATFORMS, request.GET)
    query = listing.address("", question.params).removeprefix("?")
    form = WatchForm(request.POST if request.method == "POST" else None)
    asked = False
    if form.is_bound and form.is_valid():
        limit(request, "watch", most=ASKED_AN_HOUR, seconds=3600)
        language = get_language() or settings.LANGUAGE_CODE
        watches.ask(email=form.cleaned_data["email"], query=query[:1000], language=language)
        asked = True
    context = {
        "form": form,
        "asked": asked,
        "q": question.text,
        "chips": listing.chips_of(question, names("region", "authority", "area", "direction")),
        "directory_url": f"/platforms/?{query}" if query else "/platforms/",
    }
    return _private(
        render(request, "public/watch/ask.html", context, status=400 if form.is_bound and not asked else 200)
    )


@public
@require_http_methods(["GET", "HEAD", "POST"])
def watch_confirm(request: HttpRequest) -> HttpResponse:
    """A button, because mail programs open addresses by themselves."""
    done = False
    if request.method == "POST":
        watches.confirm(token=request.GET.get("t", ""))
        done = True
    return _private(render(request, "public/watch/answer.html", {"what": "confirm", "done": done}))


@public
@require_http_methods(["GET", "HEAD", "POST"])
def watch_end(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        watches.end(token=request.GET.get("t", ""))
    done = request.method == "POST"
    return _private(render(request, "public/watch/answer.html", {"what": "end", "done": done}))


def _private(response: HttpResponse) -> HttpResponse:
    patch_cache_control(response, private=True, no_store=True)
    return response
