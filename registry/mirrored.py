"""A mirror says so on everything it answers, and takes nothing in: what were filed here would be read by nobody."""

from __future__ import annotations

import re

from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from platforms.standing import standing
from registry.error_pages import error_page, problem

SAFE = ("GET", "HEAD", "OPTIONS")
#: For whoever runs the mirror; and a file that is compared is not kept.
OWN = re.compile(r"/(?:en/)?(?:accounts|admin|verify)/")
#: Forms of the public: who follows a link to one is taken to where it will be read, before anything is typed.
FORMS = re.compile(r"/(?:en/)?(?:enquiry/|letters/|watch/|platforms/[^/]+/report/|notices/[^/]+/objection/)")


class Mirrored:
    def __init__(self, get_response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        found = standing()
        if found is None:
            return self.get_response(request)
        response = self._answer(request, found.source)
        response["Registry-Mirror"] = found.mark
        return response

    def _answer(self, request: HttpRequest, source: str) -> HttpResponseBase:
        if request.method in SAFE and FORMS.match(request.path_info):
            return HttpResponseRedirect(source.rstrip("/") + request.get_full_path())
        if request.method in SAFE or OWN.match(request.path_info):
            return self.get_response(request)
        return _refused(request, source)


def _refused(request: HttpRequest, source: str) -> HttpResponseBase:
    reason = _("这是镜像，只供阅读，提交的内容没有保存。请到来源网站办理：%(source)s") % {"source": source}
    if request.path_info.startswith("/api/"):
        return problem(request, 403, reason, code="mirror")
    return error_page(request, 403, reason=reason, code="mirror")
