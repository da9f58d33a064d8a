"""Who gets which answer from every route: roles × routes × methods × ownership, derived from the grants, asserted cell by cell.

A page answers 200 or leads on; "not yours to do" is 403, "not there for you" 404, "sign in first" leads to the sign-in page
(401 in the API). Whatever the answer, a refusal leaves every row as it was, and reading never writes.
"""

from __future__ import annotations

import re

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from platforms.access import reach
from platforms.actions.verb import load_verbs
from platforms.admin_rights import admin_may
from platforms.models import Authority
from tests.security.fingerprint import Watch, rows
from tests.security.routes import THIRD_PARTY, Route, admin_models, answered, ours, routes
from tests.security.world import World, sample

pytestmark = pytest.mark.django_db

PEOPLE = (
    "public", "nobody", "jiangsu clerk", "jiangsu approver", "ningbo clerk", "ningbo approver", "operator",
    "city reviewer", "other city reviewer", "expert", "other expert", "ministry clerk", "ministry approver", "system admin", "security admin",
    "audit admin",
)  # fmt: skip
REFUSED = {400, 401, 403, 404, 405, 406, 409, 412, 415, 428, 429}
#: Reading these marks something as seen for the reader alone; nothing else may be written by a GET.
SEEN = {"platforms_notification", "platforms_apiclient", "platforms_user"}


def test_every_route_declares_its_access():
    undeclared = [str(route) for route in ours() if route.access is None]
    assert undeclared == []


def test_every_address_has_a_sample(world: World):
    missing = []
    for route in ours():
        try:
            address(route, world.jiangsu)
        except LookupError as error:
            missing.append(f"{route}: {error}")
    assert missing == []


def test_third_party_pages_are_the_ones_we_know():
    strangers = {
        route.view.__module__
        for route in routes()
        if route.kind == "third_party" and not route.view.__module__.startswith(tuple(THIRD_PARTY))
    }
    assert strangers == set()


@pytest.mark.parametrize("route", ours(), ids=str)
def test_each_role_gets_the_answer_the_grants_promise(world: World, route: Route):
    wrong: list[str] = []
    for url, objects in addresses(world, route).items():
        for person in PEOPLE:
            for method in route.methods:
                for way in ways(world, route, person, method, objects):
                    wrong += cell(world, route, person, method, url, objects, way)
    assert wrong == [], "\n".join(wrong)


def addresses(world: World, route: Route) -> dict[str, list]:
    """The route's address in each province with the records it names; one that names none of theirs is asked once."""
    try:
        return dict(address(route, province) for province in world.provinces())
    except LookupError:
        pytest.skip("no sample for this address; reported by test_every_address_has_a_sample")


def ways(world: World, route: Route, person: str, method: str, objects: list) -> tuple[str, ...]:
    """How a person reaches a route: by browser, and in the API also by a key with all the person's rights or with none.

    What a page says it does not answer is asked by one stranger and one colleague only.
    """
    known = answered(route.view) if route.kind == "page" else None
    if known is not None and method not in known and person not in ("public", "ministry approver"):
        return ()
    if route.kind != "api" or person == "public":
        return ("browser",)
    fully = verdict(route, fresh(world, person), objects, method) == "open"
    return ("browser", "key", "empty key") if fully else ("browser", "key")


def fresh(world: World, person: str):
    """The person (``None``: the public), with nothing remembered of an earlier question."""
    user = world.people.get(person)
    if user is not None:
        user.__dict__.pop("_reach", None)
    return user


def cell(
    world: World, route: Route, person: str, method: str, url: str, objects: list, way: str = "browser"
) -> list[str]:
    """One cell of the matrix; returns what is wrong with it."""
    expected = verdict(route, fresh(world, person), objects, method)
    if way == "empty key" and isinstance(route.access_to(method), tuple):
        expected = "forbidden"
    with Watch() as watch:
        if way == "browser":
            answer = ask(world.client(person), method, url, route)
        else:
            headers = world.program(person, allowed=way == "key")
            answer = ask(world.client("public"), method, url, route, headers)
    here = f"{person} ({way}) {method} {url}: {answer.status_code}"
    faults = []
    if answer.status_code >= 500:
        return [f"{here} failed ({getattr(answer, 'exc_info', None) and answer.exc_info[1]!r})"]
    if answer.status_code == 405 and not watch.changed:
        return []  # an address that does not know the method says so to everybody
    if expected == "sign in" and not (answer.status_code == 401 or _leads_to_sign_in(answer)):
        faults.append(f"{here}, expected to be sent to sign in")
    if expected == "forbidden" and answer.status_code not in (403, 404):
        faults.append(f"{here}, expected 403")
    if expected == "absent" and answer.status_code not in (404, 403, 405):
        faults.append(f"{here}, expected 404: the record is someone else's")
    if expected == "open" and method == "GET" and answer.status_code in (401, 403):
        faults.append(f"{here}, expected to be let in")
    if expected == "open" and _leads_to_sign_in(answer):
        faults.append(f"{here}, sent to sign in although signed in or public")
    written = [name for name in watch.changed if name not in SEEN]
    if written and (method == "GET" or expected != "open" or answer.status_code in REFUSED):
        faults.append(f"{here} wrote to {', '.join(written)}")
    return faults


def verdict(route: Route, user, objects: list, method: str = "GET") -> str:
    """What the grants promise: ``open``, ``sign in``, ``forbidden`` (no such right) or ``absent`` (right, but elsewhere)."""
    access = route.access_to(method)
    if access == "public":
        return "open"
    if user is None:
        return "sign in"
    if access == "signed_in":
        return "open"
    mine = reach(user)
    held = [permission for permission in access if mine.may(permission)]
    if not held:
        return "forbidden"
    scoped = [record for record in objects if record is not None and hasattr(record, "scope")]
    if scoped:
        reached = all(any(mine.may(permission, record) for permission in held) for record in scoped)
        return "open" if reached else "absent"
    # An address that names an office and no record of it: a page about the office itself.
    offices = {record.pk for record in objects if isinstance(record, Authority)}
    for codes in map(mine.authority_codes, held):
        offices = {code for code in offices if codes is not None and code not in codes}
    return "absent" if offices else "open"


def address(route: Route, province) -> tuple[str, list]:
    """The route's address for the records of one province, and those records."""
    url, objects = "/" + route.pattern.lstrip("^").rstrip("$"), []
    for before, name, converter in route.parameters:
        value, record = sample(province, before, name, converter)
        objects.append(record)
        url = re.sub(rf"<(?:{re.escape(converter)}:)?{re.escape(name)}>", str(value), url, count=1)
    if "(?P<" in url:
        raise LookupError(f"{route}: patterns of addresses are path() patterns")
    return url, objects


def ask(client: Client, method: str, url: str, route: Route, headers: dict[str, str] | None = None):
    if method == "GET":
        return client.get(url, headers=headers)
    if route.kind == "api":
        return client.generic(method, url, b"{}", content_type="application/json", headers=headers)
    return client.post(url, {}, headers=headers)


def _leads_to_sign_in(answer) -> bool:
    return answer.status_code == 302 and "/accounts/login/" in answer.get("Location", "")


#: Addresses that take a form from people who otherwise only read: what they write is the reader's own.
READERS_OWN = {
    "account-language": "the language of one's own mail",
    "single-sign-on": "connects one's own account, with one's own password",
    "messages": "marks one's own messages as read",
    "desk-announcement": "confirms having read what was addressed to oneself",
    "job-cancel": "stops a job one has started oneself",
    "ministry-application-comment": "a remark under one's own name for those who read the same page",
}


def test_no_form_is_open_to_people_who_may_only_read():
    """A permission to view lets nobody write: what a POST needs is named apart from what a GET needs."""
    loose = [str(route) for route in ours() if writes_under_a_reading_right(route)]
    assert loose == []


def test_that_guard_bites():
    from platforms.access import Permission
    from platforms.views.access import needs

    @needs(Permission.DECISION_VIEW)
    def page(request):
        """Answers every method."""

    @needs(Permission.DECISION_VIEW, to_write=(Permission.DECISION_PREPARE,))
    def mended(request):
        """The same with a right of its own for writing."""

    planted = [Route("planted", "x/", "page", view.access, (), view, getattr(view, "access_by_method", None))
               for view in (page, mended)]  # fmt: skip
    assert [writes_under_a_reading_right(route) for route in planted] == [True, False]


def writes_under_a_reading_right(route: Route) -> bool:
    methods = answered(route.view) if route.kind == "page" else set(route.methods)
    if route.name in READERS_OWN or (
        methods is not None and not methods & {"POST", "PATCH", "PUT", "DELETE"}
    ):
        return False
    method = "PATCH" if methods and "POST" not in methods else "POST"
    access = route.access_to(method)
    return isinstance(access, tuple) and any(permission.endswith(".view") for permission in access)


# --- admin ---------------------------------------------------------------------------------------------------------


def test_admin_sends_strangers_to_the_registrys_sign_in(world: World):
    answer = world.client("public").get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/accounts/login/")


def test_admin_sign_in_does_not_take_a_password(world: World):
    user = world.people["system admin"]
    answer = world.client("public").post(
        "/admin/login/", {"username": user.username, "password": "a-good-long-password"}
    )
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("person", PEOPLE)
def test_admin_shows_each_role_what_the_table_grants(world: World, person: str):
    client, user = world.client(person), world.people.get(person)
    wrong, histories = [], 0
    for model in admin_models():
        histories += model.__name__.endswith("Event")
        if model.__name__.endswith("Event") and histories > 2:
            continue  # one class and one right for all of them
        app, name = model._meta.app_label, model._meta.model_name
        granted = user is not None and admin_may(user, f"{app}.view_{name}")
        with Watch() as watch:
            answer = client.get(reverse(f"admin:{app}_{name}_changelist"))
        if (answer.status_code == 200) != granted or watch.changed:
            wrong.append((app, name, answer.status_code, granted, watch.changed))
        may_add = user is not None and admin_may(user, f"{app}.add_{name}")
        if client.get(reverse(f"admin:{app}_{name}_add")).status_code == 200 and not may_add:
            wrong.append((app, name, "add"))
    assert wrong == []


def test_no_admin_form_offers_a_state_or_a_tier(world: World, rf):
    editable = []
    for person in ("system admin", "security admin", "ministry clerk", "ministry approver"):
        request = rf.get("/admin/")
        request.user = world.people[person]
        for model in admin_models():
            page = admin.site._registry[model]
            record = model._base_manager.first()
            if record is not None and page.has_change_permission(request, record):
                form = page.get_form(request, record, change=True)
                offered = set(form.base_fields) & {"tier", "scores", "total", "decided_at"}
                if "status" in form.base_fields and model._meta.model_name != "direction":
                    offered.add("status")
                editable += [(model._meta.label, name) for name in offered]
    assert editable == []


@pytest.mark.parametrize("person", ["ministry clerk", "ministry approver", "system admin", "security admin"])
def test_posting_a_state_to_the_admin_changes_nothing(world: World, person: str):
    client = world.client(person)
    before = rows()
    for model in admin_models():
        record = model._base_manager.first()
        if record is None or model._meta.app_label not in ("platforms", "cultivation"):
            continue
        if admin_may(world.people[person], f"{model._meta.app_label}.change_{model._meta.model_name}"):
            continue  # reference data and people: what is editable there is no state, see above
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=(record.pk,))
        answer = client.post(url, {"status": "accepted", "tier": "national", "_save": "1"})
        assert answer.status_code in (302, 403, 404), (url, answer.status_code)
    after = rows()
    assert [name for name in after if after[name] != before[name]] == []


def test_admin_buttons_are_the_registered_verbs_of_the_table(world: World):
    """Each button posts to a verb; the page answers, and the verb itself decides."""
    verbs, client = load_verbs(), world.client("ministry clerk")
    for model in admin_models():
        page = admin.site._registry[model]
        machine = getattr(page, "machine", None)
        record = model._base_manager.first()
        if machine is None or record is None:
            continue
        for move in page.moves(record, world.people["ministry clerk"]):
            if move["url"]:
                assert f"{machine.noun}.{move['verb']}" in verbs
                assert client.get(move["url"]).status_code == 405


def test_a_foreign_move_in_the_admin_is_refused_and_changes_nothing(world: World):
    submission = world.jiangsu.things["submissions"]
    url = reverse("admin:cultivation_submission_move", args=(submission.pk, "submit"))
    for person in ("public", "nobody", "jiangsu approver", "system admin", "security admin", "audit admin"):
        client = world.client(person)
        with Watch() as watch:
            answer = client.post(url)
        assert (answer.status_code in (302, 403, 404), watch.changed) == (True, [])
