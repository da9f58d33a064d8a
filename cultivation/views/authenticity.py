"""Drop a file: is it true, and is it the newest? The file is read and forgotten."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cultivation.authenticity import Finding, judge, newest_proof
from cultivation.choices import EditionKind
from cultivation.forms.authenticity import FileForm
from platforms.models import PublicPlatform
from platforms.views.access import public
from platforms.views.caching import by_head
from platforms.views.limits import limit

AN_HOUR, HOUR = 60, 3600


@public
@require_http_methods(["GET", "HEAD", "POST"])
def verify_file(request: HttpRequest) -> HttpResponse:
    form, finding, status = FileForm(), None, 200
    if request.method == "POST":
        limit(request, "verify-file", most=AN_HOUR, seconds=HOUR)
        form = FileForm(request.POST, request.FILES)
        status = 400
        if form.is_valid():
            file = form.cleaned_data["file"]
            finding, form, status = judge(file.read(), file.name), FileForm(), 200
    context = {"form": form, "proof": _proof(finding) if finding else None, "finding": finding}
    response = render(request, "public/verify_file.html", context, status=status)
    patch_cache_control(response, private=True, no_store=True)
    return response


@by_head(hourly=True)
def entry_proof(request: HttpRequest, code: str) -> HttpResponse:
    """What proves to anybody that a platform stands in the newest edition."""
    card = PublicPlatform.objects.filter(code=code).values_list("card", flat=True).first()
    if card is None:
        raise Http404
    edition, proof = newest_proof(code) or (None, None)
    context = {"platform": card, "edition": edition, "proof": proof}
    return render(request, "public/entry_proof.html", context)


def _proof(finding: Finding) -> dict[str, Any]:
    """In the shape of ``components/verify.html``."""
    what = finding.what or {}
    return {
        "outcome": finding.outcome,
        "text": _sentence(finding),
        "version": what.get("version", ""),
        "generated_at": what.get("issued_at"),
        "sha256": finding.sha256,
        "newer_url": (finding.newer or {}).get("url", ""),
    }


def _sentence(finding: Finding) -> str:
    if finding.outcome == "unknown":
        return _("这不是本站发布的文件，或已改得不能辨认。")
    what = _what(finding)
    if finding.outcome == "current":
        return _("真实且最新：%(what)s，逐字节相同。") % {"what": what}
    if finding.outcome == "superseded":
        return _("真实，但已有新版本：%(what)s，逐字节相同。") % {"what": what}
    if finding.line:
        where = _("第 %(line)s 行") % {"line": finding.line}
        if finding.code:
            where += _("（%(code)s）") % {"code": finding.code}
        return _("内容已改动：与%(what)s相比，最先不同的是%(where)s。") % {"what": what, "where": where}
    return _("内容已改动：自称是%(what)s，但不相符。") % {"what": what}


def _what(finding: Finding) -> str:
    what = finding.what or {}
    if finding.kind == "list":
        return _("名单“%(title)s”") % {"title": what.get("title_zh", "")}
    if finding.kind == "proof":
        return _("条目 %(code)s 的证明") % {"code": finding.code}
    kind = EditionKind(what["kind"]).label
    return _("%(kind)s %(version)s 的 %(file)s") % {
        "kind": kind,
        "version": what["version"],
        "file": what["file"],
    }
