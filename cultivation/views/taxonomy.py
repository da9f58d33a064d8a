"""分类换版: what an edition would change, and starting it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cultivation.forms.taxonomy import ApplyForm
from cultivation.views.asking import Asked
from platforms.access import Permission
from platforms.actions import taxonomy as verbs
from platforms.models import Job, TaxonomyEdition
from platforms.views.access import needs


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.CHANGE_DECIDE)
def taxonomy(request: HttpRequest) -> HttpResponse:
    """The edition asked for, else the current one."""
    editions = TaxonomyEdition.objects.all()
    wanted = request.GET.get("edition", "")
    edition = (
        get_object_or_404(editions, pk=wanted) if wanted else editions.order_by("-current", "-code").first()
    )
    asked = Asked(request, apply=ApplyForm)
    if asked.do == "apply" and edition is not None:
        answer = asked.carry_out(
            verbs.apply, edition=edition, by=request.user, done=_("已开始换版，公开页将逐个更新。")
        )
        if answer:
            return answer
    found = verbs.impact(edition) if edition else None
    context = {
        "editions": [(each.pk, each, each == edition) for each in editions],
        "edition": edition,
        "impact": found,
        "apply": asked.forms["apply"] if found and found.total else None,
        "job": Job.objects.filter(kind=verbs.JOB).order_by("-pk").first(),
        "table": reverse("ministry-platforms"),
        "form": asked.failed,
    }
    return render(request, "workspace/platform/taxonomy.html", context, status=asked.status)
