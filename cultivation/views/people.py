"""The people of an office: who works here, who is invited, whose work goes to whom, which keys they have."""

from __future__ import annotations

from functools import partial
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cultivation.actions import submission_city
from cultivation.forms.people import HandoverForm
from cultivation.views.asking import Asked
from cultivation.views.city_review import city_desks
from cultivation.views.mine import work_of
from platforms.access import Permission, reach
from platforms.actions import api_client, handover
from platforms.actions import authority as offices
from platforms.actions import invitation as invitations
from platforms.errors import Conflict, IllegalStep, Invalid
from platforms.forms.office import InviteForm
from platforms.forms.problems import show
from platforms.models import ApiClient, Authority, Handover, Invitation, Membership, User
from platforms.views.access import SignedInRequest, needs, office, visible

P = Permission


@needs(P.PEOPLE_VIEW, to_write=(P.PEOPLE_INVITE,))
@require_http_methods(["GET", "HEAD", "POST"])
def people(request: SignedInRequest, code: str) -> HttpResponse:
    """Everybody of this office with roles, second factor and last visit; invitations; keys; what was handed over."""
    authority = office(request, code, P.PEOPLE_VIEW)
    asked = Asked(request, invite=partial(InviteForm, authority=authority))
    if asked.do == "invite":
        answer = asked.carry_out(
            invitations.propose,
            authority=authority,
            by=request.user,
            done=_("邀请已提出，等待另一人确认。"),
        )
        if answer:
            return answer
    return render(
        request, "workspace/people/list.html", _page(request, authority, asked), status=asked.status
    )


def _page(request: SignedInRequest, authority: Authority, asked: Asked) -> dict[str, Any]:
    mine = reach(request.user)
    example = Handover(authority=authority)
    staff = _staff(authority)
    return {
        "authority": authority,
        "staff": staff,
        "invitations": authority.invitations.open().select_related(
            "proposed_by", "confirmed_by", "city", "operator"
        ),
        "keys": ApiClient.objects.usable()
        .filter(owner__in=[row["user"].pk for row in staff])
        .select_related("owner"),
        "fillers": invitations.people_invited(authority)
        .select_related("user", "operator")
        .order_by("operator__name_zh", "user__username"),
        "cities": city_desks(authority) if authority.city_review else [],
        "may_arrange": mine.may(P.OFFICE_ARRANGE, example),
        "handovers": authority.handovers.select_related("giver", "receiver", "made_by")[:10],
        "may_invite": mine.may(P.PEOPLE_INVITE, example),
        "may_manage": mine.may(P.PEOPLE_MANAGE, example),
        "invite": asked.forms["invite"],
        "form": asked.failed,
    }


def _staff(authority: Authority) -> list[dict[str, Any]]:
    """One entry per person with the roles held here, in order of the user name."""
    rows = (
        _members(authority)
        .select_related("user", "city")
        .annotate(second_factor=Exists(Authenticator.objects.filter(user=OuterRef("user"))))
        .order_by("user__username", "role")
    )
    people: dict[int, dict[str, Any]] = {}
    for row in rows:
        entry = people.setdefault(
            row.user_id,
            {
                "user": row.user,
                "roles": [],
                "cities": [],
                "until": row.valid_until,
                "second": row.second_factor,
            },
        )
        entry["roles"].append(row.get_role_display())
        if row.city:
            entry["cities"].append(row.city)
    return list(people.values())


def _members(authority: Authority) -> QuerySet[Membership]:
    return Membership.objects.in_force().filter(authority=authority, user__is_active=True)


def _invitation(request: HttpRequest, code: str, pk: int) -> Invitation:
    rows = Invitation.objects.filter(authority=code).select_related("authority", "proposed_by")
    return visible(request, rows, P.PEOPLE_VIEW, pk=pk)


@require_POST
@needs(P.PEOPLE_MANAGE)
def confirm(request: SignedInRequest, code: str, pk: int) -> HttpResponse:
    """Confirm, and show the link: it is not kept and cannot be shown again."""
    invitation, secret = invitations.confirm(invitation=_invitation(request, code, pk), by=request.user)
    link = request.build_absolute_uri(reverse("invitation", args=[secret]))
    context = {"authority": invitation.authority, "invitation": invitation, "link": link}
    return render(request, "workspace/people/link.html", context)


@require_POST
@needs(P.PEOPLE_INVITE, P.PEOPLE_MANAGE)
def withdraw(request: SignedInRequest, code: str, pk: int) -> HttpResponse:
    invitations.withdraw(invitation=_invitation(request, code, pk), by=request.user)
    messages.success(request, _("邀请已撤回，链接不再有效。"))
    return redirect("people", code=code)


@require_POST
@needs(P.PEOPLE_MANAGE)
def revoke_key(request: SignedInRequest, code: str, pk: int) -> HttpResponse:
    """Stop the key of somebody of this office."""
    authority = office(request, code, P.PEOPLE_MANAGE)
    owners = _members(authority).values("user")
    rows = ApiClient.objects.filter(owner__in=owners).select_related("owner")
    client = get_object_or_404(rows, pk=pk)
    api_client.revoke(client=client, by=request.user, authority=authority, reason=_("由本单位审核人停用"))
    messages.success(request, _("密钥“%(client)s”已停用。") % {"client": client})
    return redirect("people", code=code)


@require_POST
@needs(P.OFFICE_ARRANGE)
def arrange(request: SignedInRequest, code: str) -> HttpResponse:
    """Switch on or off that operators write their own drafts."""
    on = request.POST.get("self_service") == "on"
    authority = office(request, code, P.OFFICE_ARRANGE)
    offices.set_self_service(authority=authority, on=on, by=request.user)
    said = _("已开通建设单位自助填报。") if on else _("已关闭建设单位自助填报。")
    messages.success(request, said)
    return redirect("people", code=code)


@require_POST
@needs(P.OFFICE_ARRANGE)
def arrange_cities(request: SignedInRequest, code: str) -> HttpResponse:
    """Switch on or off that the cities check submissions first."""
    on = request.POST.get("city_review") == "on"
    authority = office(request, code, P.OFFICE_ARRANGE)
    submission_city.set_city_review(authority=authority, on=on, by=request.user)
    said = _("已开通地市初审。") if on else _("已关闭地市初审，等待初审的申报已转回经办人。")
    messages.success(request, said)
    return redirect("people", code=code)


@require_POST
@needs(P.PEOPLE_MANAGE)
def end_operator(request: SignedInRequest, code: str, user: int) -> HttpResponse:
    """Close the account of somebody whom this office has let in for an operator."""
    authority = office(request, code, P.PEOPLE_MANAGE)
    held = invitations.people_invited(authority)
    person = get_object_or_404(User, pk=user, pk__in=held.values("user"))
    invitations.end_operator(authority=authority, user=person, by=request.user)
    messages.success(request, _("“%(person)s”的填报人角色已停用。") % {"person": person})
    return redirect("people", code=code)


@needs(P.PEOPLE_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: SignedInRequest, code: str, user: int) -> HttpResponse:
    """Somebody leaves: what there is, who takes it over, and the account stops. With nobody to take it, it only stops."""
    authority = office(request, code, P.PEOPLE_MANAGE)
    leaver = get_object_or_404(User, pk=user, pk__in=_members(authority).values("user"))
    form = HandoverForm(
        request.POST if request.method == "POST" else None, colleagues=_successors(authority, leaver)
    )
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                return _left(request, authority, leaver, form.cleaned_data)
            except (Invalid, IllegalStep, Conflict) as error:
                show(form, error)
                status = error.status
    context = {"authority": authority, "leaver": leaver, "work": work_of(leaver, authority), "form": form}
    return render(request, "workspace/people/leave.html", context, status=status)


def _left(
    request: SignedInRequest, authority: Authority, leaver: User, values: dict[str, Any]
) -> HttpResponse:
    receiver, reason = values["receiver"], values["reason"]
    if receiver is None:
        handover.dismiss(authority=authority, user=leaver, by=request.user, reason=reason)
        messages.success(request, _("“%(leaver)s”的账户已停用。") % {"leaver": leaver})
    else:
        handover.make(authority=authority, giver=leaver, receiver=receiver, by=request.user, reason=reason)
        messages.success(
            request,
            _("“%(leaver)s”的工作已交接给“%(receiver)s”，原账户已停用。")
            % {"leaver": leaver, "receiver": receiver},
        )
    return redirect("people", code=authority.pk)


def _successors(authority: Authority, leaver: User) -> QuerySet[User]:
    """Colleagues who hold every role the leaver holds here, for the same city where it is one of a city."""
    held = _members(authority).filter(user=leaver).values_list("role", "city")
    rows = User.objects.filter(is_active=True).exclude(pk=leaver.pk)
    for role, city in held:
        rows = rows.filter(pk__in=_members(authority).filter(role=role, city=city).values("user"))
    return rows.order_by("username")
