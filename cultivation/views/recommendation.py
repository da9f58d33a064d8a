"""An authority's recommendations: choose, order, give an opinion, recommend within the quota and in time."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cultivation.actions import application as verbs
from cultivation.actions import bulk, ranking
from cultivation.choices import ApplicationStatus, BatchStatus
from cultivation.forms.batch import OpinionForm
from cultivation.forms.reason import ReasonForm
from cultivation.models import Application, Batch, BatchQuota, RecommendationLetter
from cultivation.models.application import ApplicationQuerySet, sees_sorting
from cultivation.views.application import history_of
from cultivation.views.batch import add_problems, steps_of
from cultivation.views.batch_table import CHECK_DRAWING, DRAWING
from cultivation.views.recommendation_trial import trial_of
from platforms.access import Permission, reach
from platforms.choices import TIER_ORDER, Tier
from platforms.errors import DomainError, Invalid
from platforms.models import Authority, Platform
from platforms.templatetags.registry_ui import plain_name
from platforms.views.access import SignedInRequest, needs, visible
from platforms.views.choosing import chosen_ids
from platforms.views.pages import page_of

#: Candidates shown at once; the search narrows the rest.
SHOWN = 20
PAGE = 25


def _authority(request: SignedInRequest, code: str) -> Authority:
    """The authority of the address, if the person sees its recommendations; otherwise it does not exist."""
    codes = reach(request.user).authority_codes(Permission.APPLICATION_VIEW)
    if codes is not None and code not in codes:
        raise Http404
    return get_object_or_404(Authority, code=code)


def _opened(batch: str) -> Batch:
    """Drafts are the ministry's own business."""
    rows = Batch.objects.opened().prefetch_related("stages")
    return get_object_or_404(rows, code=batch)


def _rows(request: SignedInRequest, authority: Authority) -> ApplicationQuerySet:
    """The authority's applications, as far as the person sees them."""
    return reach(request.user).rows(
        Application.objects.filter(authority=authority), Permission.APPLICATION_VIEW
    )


@require_safe
@needs(Permission.APPLICATION_VIEW)
def batch_list(request: SignedInRequest, code: str) -> HttpResponse:
    """The batches that have been opened, with what this authority has recommended in each."""
    authority = _authority(request, code)
    mine = Q(applications__in=_rows(request, authority))
    standing = mine & ~Q(applications__status=ApplicationStatus.WITHDRAWN)
    quota = BatchQuota.objects.filter(batch=OuterRef("pk"), authority=authority)
    rows = (
        Batch.objects.opened()
        .annotate(
            recommended=Count(
                "applications", filter=standing & Q(applications__recommended_at__isnull=False)
            ),
            waiting=Count("applications", filter=mine & Q(applications__status=ApplicationStatus.PROPOSED)),
            places=Subquery(quota.values("places")[:1]),
        )
        .order_by("-id")
    )
    page, pager = page_of(request, rows, PAGE)
    context = {"authority": authority, "batches": page, "pager": pager, **_shell(request, authority)}
    return render(request, "workspace/recommendation/list.html", context)


def _shell(request: SignedInRequest, authority: Authority) -> dict[str, Any]:
    return {"org": plain_name(authority), "person": request.user}


@require_safe
@needs(Permission.APPLICATION_VIEW)
def page(request: SignedInRequest, code: str, batch: str) -> HttpResponse:
    """One authority's part of one batch."""
    return _page(request, _authority(request, code), _opened(batch))


def _page(
    request: SignedInRequest, authority: Authority, batch: Batch, status: int = 200, **changed: Any
) -> HttpResponse:
    ranked = list(
        _rows(request, authority)
        .filter(batch=batch)
        .standing()
        .select_related("batch", "platform__area", "platform__operator")
        .defer("record")
        .order_by("rank", "pk")
    )
    mine = reach(request.user)
    in_time = batch.status == BatchStatus.RECOMMENDING and _in_time(batch, request)
    proposes = _holds(mine, Permission.APPLICATION_PROPOSE, authority)
    approves = _holds(mine, Permission.APPLICATION_RECOMMEND, authority)
    places, used = verbs.quota_of(batch, authority)
    search = request.GET.get("q", "").replace("\x00", "").strip()[:60]
    found = _candidates(batch, authority, search) if in_time and proposes else Platform.objects.none()
    candidates = list(found[: SHOWN + 1])
    try:
        trial = trial_of(request, ranked, places)
    except Invalid as error:
        trial, status = None, 400
        changed["error_list"] = [{"href": "#swap", "text": each.message} for each in error.problems]
    context = {
        "authority": authority,
        "batch": batch,
        "steps": steps_of(batch),
        "lines": [_line(each, request) for each in ranked],
        "last": len(ranked),
        "places": places,
        "used": used,
        "left": None if places is None else max(places - used, 0),
        "areas": _areas(ranked),
        "letters": _letters(request, authority, batch),
        "in_time": in_time,
        "over": batch.status != BatchStatus.RECOMMENDING or _is_over(batch, request),
        "may_propose": in_time and proposes,
        "may_order": in_time and (proposes or approves) and len(ranked) > 1,
        "may_approve": in_time and approves,
        "trial": trial,
        "waiting": sum(each.status == ApplicationStatus.PROPOSED for each in ranked),
        "candidates": candidates[:SHOWN],
        "more": len(candidates) > SHOWN,
        "search": search,
        **_shell(request, authority),
        **changed,
    }
    return render(request, "workspace/recommendation/page.html", context, status=status)


def _in_time(batch: Batch, request: SignedInRequest) -> bool:
    now = request.arrived_at
    return (batch.recommend_from is None or now >= batch.recommend_from) and not _is_over(batch, request)


def _is_over(batch: Batch, request: SignedInRequest) -> bool:
    return batch.recommend_until is None or request.arrived_at >= batch.recommend_until


def _holds(mine, permission: str, authority: Authority) -> bool:
    codes = mine.authority_codes(permission)
    return codes is None or authority.code in codes


def _line(application: Application, request: SignedInRequest) -> dict[str, Any]:
    status = ApplicationStatus(application.seen_by(request.user))
    return {
        "application": application,
        "drawing": DRAWING[status],
        "word": status.label,
        "proposed": application.status == ApplicationStatus.PROPOSED,
        "own": application.proposed_by_id == request.user.pk,
    }


def _areas(ranked: list[Application]) -> list[dict[str, Any]]:
    """How the list is spread over the areas, for ``components/bars.html``."""
    counts: dict[str, int] = {}
    for each in ranked:
        name = plain_name(each.platform.area) if each.platform.area else _("未填写")
        counts[name] = counts.get(name, 0) + 1
    return [
        {"label": name, "count": count}
        for name, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    ]


def _letters(request: SignedInRequest, authority: Authority, batch: Batch) -> QuerySet[RecommendationLetter]:
    rows = RecommendationLetter.objects.filter(authority=authority, batch=batch)
    return reach(request.user).rows(rows, Permission.SUBMISSION_VIEW).order_by("-dated_on", "-pk")


def _candidates(batch: Batch, authority: Authority, search: str) -> QuerySet:
    """Platforms that the authority could still add: on record, of the right tier, not on the list."""
    rows = Platform.objects.active().filter(authority=authority).select_related("operator", "area")
    lower = [tier for tier in Tier.values if TIER_ORDER[Tier(tier)] < TIER_ORDER[Tier(batch.tier)]]
    below = verbs.TIER_BELOW[batch.tier]
    if batch.requires_lower_tier and below:
        rows = rows.filter(tier=below)
    else:
        rows = rows.filter(Q(tier__isnull=True) | Q(tier__in=lower))
    rows = rows.exclude(
        pk__in=Application.objects.filter(batch=batch, authority=authority).standing().values("platform")
    )
    if search:
        rows = rows.filter(
            Q(name_zh__icontains=search) | Q(code__iexact=search) | Q(operator__name_zh__icontains=search)
        )
    return rows.order_by("code")


@require_POST
@needs(Permission.APPLICATION_PROPOSE)
def add(request: SignedInRequest, code: str, batch: str) -> HttpResponse:
    """Put a platform on the list."""
    authority, found = _authority(request, code), _opened(batch)
    platform = visible(
        request,
        Platform.objects.filter(authority=authority),
        Permission.APPLICATION_PROPOSE,
        code=request.POST.get("platform", "")[:16],
    )
    verbs.propose(batch=found, platform=platform, by=request.user, arrived_at=request.arrived_at)
    messages.success(request, _("“%(platform)s”已加入名单。") % {"platform": platform})
    return redirect("authority-batch", code=code, batch=batch)


@require_POST
@needs(Permission.APPLICATION_PROPOSE, Permission.APPLICATION_RECOMMEND)
def order(request: SignedInRequest, code: str, batch: str) -> HttpResponse:
    """All the numbers at once, or one application one place up or down."""
    authority, found = _authority(request, code), _opened(batch)
    for button, change in (("up", -1), ("down", 1)):
        if button in request.POST:
            application = _mine(request, authority, found, request.POST[button])
            ranking.set_rank(
                application=application,
                rank=(application.rank or 1) + change,
                by=request.user,
                arrived_at=request.arrived_at,
            )
            return redirect(f"{request.path.removesuffix('order/')}#a{application.pk}")
    numbers, problems = _numbers(request)
    if not problems:
        try:
            ranking.set_numbers(
                batch=found,
                authority=authority,
                numbers=numbers,
                by=request.user,
                arrived_at=request.arrived_at,
            )
        except Invalid as error:
            problems = [{"href": f"#rank-{each.pointer}", "text": each.message} for each in error.problems]
        else:
            messages.success(request, _("排序已保存。"))
            return redirect("authority-batch", code=code, batch=batch)
    return _page(request, authority, found, 400, error_list=problems, typed=request.POST)


def _mine(request: SignedInRequest, authority: Authority, batch: Batch, pk: str) -> Application:
    if not (pk.isascii() and pk.isdigit() and len(pk) < 19):
        raise Http404
    rows = Application.objects.filter(authority=authority, batch=batch)
    return visible(request, rows, Permission.APPLICATION_VIEW, pk=int(pk))


def _numbers(request: SignedInRequest) -> tuple[dict[int, int], list[dict[str, str]]]:
    numbers, problems = {}, []
    for name, value in request.POST.items():
        pk = name.removeprefix("rank-")
        if pk == name or not (pk.isascii() and pk.isdigit() and len(pk) < 19):
            continue
        text = str(value).strip()
        if text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= 9999:
            numbers[int(pk)] = int(text[:6])
        else:
            problems.append({"href": f"#{name}", "text": _("“%(text)s”不是序号。") % {"text": text[:20]}})
    return numbers, problems


@require_POST
@needs(Permission.APPLICATION_RECOMMEND)
def recommend(request: SignedInRequest, code: str, batch: str) -> HttpResponse:
    """Recommend one (refused with its own page) or the ticked ones (as far as they can be)."""
    authority, found = _authority(request, code), _opened(batch)
    if "one" in request.POST:
        application = _mine(request, authority, found, request.POST["one"])
        verbs.recommend(application=application, by=request.user, arrived_at=request.arrived_at)
        messages.success(request, _("已推荐“%(application)s”。") % {"application": application})
        return redirect("authority-batch", code=code, batch=batch)
    ids = chosen_ids(request, "id", bulk.MOST)
    if not ids:
        messages.error(request, _("请先选择要推荐的平台。"))
        return redirect("authority-batch", code=code, batch=batch)
    if "confirmed" in request.POST:
        outcome = bulk.recommend_many(
            batch=found, authority=authority, ids=ids, by=request.user, arrived_at=request.arrived_at
        )
        messages.success(
            request,
            _("已推荐 %(done)d 个，%(left)d 个没有变动。")
            % {"done": len(outcome.moving), "left": len(outcome.refused)},
        )
        return redirect("authority-batch", code=code, batch=batch)
    expected = bulk.preview(
        applications=bulk.chosen(found, ids).filter(authority=authority),
        name="recommend",
        by=request.user,
        arrived_at=request.arrived_at,
    )
    context = {
        "authority": authority,
        "batch": found,
        "ids": [each.pk for each in expected.moving],
        "moving": expected.moving,
        "refused": [{"label": str(each), "reason": why} for each, why in expected.refused],
        **_shell(request, authority),
    }
    return render(request, "workspace/recommendation/confirm.html", context)


@require_http_methods(["GET", "POST"])
@needs(
    Permission.APPLICATION_VIEW,
    to_write=(Permission.APPLICATION_PROPOSE, Permission.APPLICATION_RECOMMEND),
)
def application(request: SignedInRequest, code: str, batch: str, pk: int) -> HttpResponse:
    """One application as its authority sees it: opinion, state, what is asked of it, withdrawal."""
    authority, found = _authority(request, code), _opened(batch)
    one = visible(
        request,
        Application.objects.filter(authority=authority, batch=found).select_related(
            "platform", "batch", "authority"
        ),
        Permission.APPLICATION_VIEW,
        pk=pk,
    )
    act = request.POST.get("act", "")
    opinion = OpinionForm(
        request.POST if act == "opinion" else None,
        initial={"opinion": one.opinion, "version": one.version},
    )
    reason = ReasonForm(request.POST if act == "withdraw" else None, required=False)
    form = {"opinion": opinion, "withdraw": reason}.get(act)
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            _act(act, one, request, form)
        except Invalid as error:
            if form is None:
                raise
            add_problems(form, error)
        else:
            messages.success(request, _("已保存。"))
            return redirect("authority-application", code=code, batch=batch, pk=pk)
    return _one(request, authority, found, one, opinion, reason, form)


def _act(act: str, one, request: SignedInRequest, form) -> None:
    if act == "opinion":
        data = form.cleaned_data
        verbs.set_opinion(application=one, opinion=data["opinion"], version=data["version"], by=request.user)
    elif act == "withdraw":
        verbs.withdraw(application=one, by=request.user, reason=form.cleaned_data["reason"])
    elif act == "supplement":
        verbs.supplement(application=one, by=request.user, arrived_at=request.arrived_at)
    else:
        raise Http404


def _one(request, authority, batch, one, opinion, reason, form) -> HttpResponse:
    allowed = []
    for name in ("supplement", "withdraw"):
        try:
            verbs.judge(one, name, by=request.user, arrived_at=request.arrived_at)
        except DomainError:
            continue
        allowed.append(name)
    mine, status = reach(request.user), ApplicationStatus(one.seen_by(request.user))
    results = [
        {"result": each, "drawing": CHECK_DRAWING.get(each.counts_as, ""), "word": each.get_state_display()}
        for each in one.checks.all()
    ]
    context = {
        "authority": authority,
        "batch": batch,
        "application": one,
        "status": status.value,
        "drawing": DRAWING[status],
        "word": status.label,
        "opinion_form": opinion,
        "reason_form": reason,
        "form": form,
        "may_write": one.status == ApplicationStatus.PROPOSED
        and _holds(mine, Permission.APPLICATION_PROPOSE, authority),
        "allowed": allowed,
        "results": results if one.status == ApplicationStatus.SUPPLEMENT else [],
        "events": history_of(one, for_ministry=sees_sorting(request.user)),
        "today": timezone.localdate(),
        **_shell(request, authority),
    }
    return render(
        request,
        "workspace/recommendation/application.html",
        context,
        status=400 if form is not None and form.errors else 200,
    )
