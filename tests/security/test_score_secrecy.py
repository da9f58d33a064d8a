"""What happens in a review stays in it: who reviews, how they mark, who stepped aside and why, how the list is being sorted.

Nothing is searched for; instead a whole review is held with marked words and numbers in it, and everything another person can
open (pages, API, exports, filters, sorts, searches, messages, file names) must stay the same to the byte.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection

import pytest
from django.urls import reverse
from django.utils import timezone

from cultivation.actions import application as applications
from cultivation.actions import panel_invitation, review, score
from cultivation.models import Assignment, ConflictDeclaration, Panel, Reviewer, Rubric
from cultivation.models import application as application_model
from cultivation.views import batch_layout as layout
from cultivation.views import recommendation, submission_papers
from platforms.access import Role
from platforms.notifications import notify
from tests import factories
from tests.security.routes import ours
from tests.security.test_access_matrix import address, verdict
from tests.security.test_non_interference import crawl
from tests.security.world import World

pytestmark = pytest.mark.django_db

CANARY = "金丝雀7f3a"
MARK = 7
#: What somebody would ask who wants to find out: every list is asked for every word it might give away.
PROBES = (
    f"q={CANARY}", "q=示例专家", "sort=-score", "ordering=-total", "status=shortlisted", "status=reserve_list",
    "state=shortlisted", "status=recused", "stage=review", "reviewer=1", "format=csv", "page_size=1",
)  # fmt: skip
#: Lists that show applications, people or what is to be done about them.
LISTS = ("api:recommendations", "authority-batch", "authority-batches", "reviews", "desk", "messages")


@pytest.fixture
def panel(world: World) -> Panel:
    """Jiangsu's platform is being reviewed by three experts whose names and units are marked."""
    things, clerk = world.jiangsu.things, world.people["ministry clerk"]
    ConflictDeclaration.objects.all().delete()
    found = things["panels"]
    Rubric.objects.filter(pk=found.rubric_id).update(
        disagreement=100
    )  # nobody is asked unless a test wants it
    found.refresh_from_db()
    found.invitations.all().delete()  # work may go to anybody
    for number in range(2):
        user = factories.person(
            Role.EXPERT, username=f"s-expert-{number}", name=f"{CANARY}专家{number}", email=f"s{number}@{number}.example"
        )  # fmt: skip
        world.people[f"colleague {number}"] = user
        reviewer = Reviewer.objects.create(user=user, organisation=f"{CANARY}研究院{number}")
        review.assign(panel=found, reviewer=reviewer, application=things["applications"], by=clerk)
    return found


def everything(
    world: World, person: str, only: Collection[str] = (), probes: Collection[str] = PROBES
) -> dict[str, str]:
    """Address → hash of the answer, for all this person may open of Jiangsu's, with every probe at every list."""
    user = world.people.get(person)
    starts = []
    for route in ours():
        if only and route.name not in only:
            continue
        if "GET" not in route.methods or route.access == "public":
            continue
        try:
            url, objects = address(route, world.jiangsu)
        except LookupError:
            continue
        if verdict(route, user, objects) != "open":
            continue
        starts.append(url)
        if route.name in LISTS:
            starts += [f"{url}?{probe}" for probe in probes]
    assert len(starts) > 10
    return crawl(world.client(person), starts, follow=False)


def different(before: dict[str, str], after: dict[str, str]) -> list[str]:
    return sorted(url for url in before if before[url] != after[url])


def sheet_of(world: World, panel: Panel, person: str) -> Assignment:
    return panel.assignments.get(reviewer__user=world.people[person])


def mark(world: World, panel: Panel, person: str, value: int = MARK) -> None:
    """The expert hands in a sheet, every word of it marked."""
    assignment = sheet_of(world, panel, person)
    expert = world.people[person]
    scores = {str(item.pk): value for item in panel.rubric.indicators.all()}
    score.save(assignment=assignment, scores=scores, vetoes=[], comment=f"{CANARY}评语{person}", by=expert)
    score.submit(assignment=assignment, by=expert)


#: Ways out of the workspace, each with a leak of its own planted in it: what it says, and the address at which it must be seen.
LEAKS = {
    "the state on a page": ("authority-batch", ""),
    "the state over the API": ("api:recommendation", ""),
    "a filter that finds it": ("api:recommendations", "?status=shortlisted"),
    "an export that holds it": ("api:recommendations", "?format=csv"),
    "the history of a record": ("authority-application", ""),
    "the name of a file": ("batch-summary", ""),
    "a message": ("messages", ""),
    "a count of what is new": ("desk", ""),
}


def test_a_leak_planted_in_any_way_out_is_noticed(world: World, panel: Panel, monkeypatch, time_machine):
    """The tests below bite: without the veil, and with somebody told, every way out gives the sorting away."""
    time_machine.move_to(timezone.now(), tick=False)
    reader, application = "jiangsu clerk", world.jiangsu.things["applications"]

    def told_by_name(content: bytes, name: str, kind: str):
        chosen = panel.stage.batch.applications.in_state("shortlisted").count()
        return download(content, f"{name}-{chosen}", kind)

    download = submission_papers.download
    for module in (application_model, recommendation):
        monkeypatch.setattr(module, "sees_sorting", lambda _user: True)
    monkeypatch.setattr(submission_papers, "download", told_by_name)
    routes = {route for route, _query in LEAKS.values()}
    probes = {query[1:] for _route, query in LEAKS.values() if query}
    before = everything(world, reader, routes, probes)
    for person, value in (("expert", 10), ("colleague 0", 1), ("colleague 1", 5)):
        mark(world, panel, person, value)
    review.close_panel(panel=panel, by=world.people["ministry clerk"])
    applications.shortlist(application=application, by=world.people["ministry clerk"])
    notify([world.people[reader]], kind="application.shortlist", text="示例", url="/", key="leak")
    found = different(before, everything(world, reader, routes, probes))
    at = {route.name: address(route, world.jiangsu)[0] for route in ours() if route.name in routes}
    assert [what for what, (route, query) in LEAKS.items() if at[route] + query not in found] == []


@pytest.mark.parametrize("reader", ["jiangsu clerk", "operator", "ningbo clerk", "other expert"])
def test_a_whole_review_changes_no_byte_for_people_outside_it(
    world: World, panel: Panel, reader: str, time_machine
):
    time_machine.move_to(timezone.now(), tick=False)  # spreadsheets carry the second they were made
    before = everything(world, reader)
    application, clerk = world.jiangsu.things["applications"], world.people["ministry clerk"]
    operator = application.platform.operator
    mark(world, panel, "expert", 10)
    mark(world, panel, "colleague 0", 1)
    own = Reviewer.objects.get(user=world.people["colleague 1"])
    review.declare_conflict(
        reviewer=own, operator=operator, nature=f"{CANARY}顾问", by=world.people["colleague 1"]
    )
    review.close_panel(panel=panel, by=clerk)
    applications.shortlist(application=application, by=clerk, reason=f"{CANARY}理由")
    applications.reserve(application=application, by=clerk, reason=f"{CANARY}名额")
    applications.set_aside(application=application, by=clerk, reason=f"{CANARY}不足")
    assert different(before, everything(world, reader)) == []


def test_the_marks_of_a_colleague_change_no_byte_for_an_expert_of_the_same_panel(
    world: World, panel: Panel, time_machine
):
    time_machine.move_to(timezone.now(), tick=False)  # papers carry the second they were made
    before = everything(world, "colleague 0")
    mark(world, panel, "expert", 2)
    declared = Reviewer.objects.get(user=world.people["colleague 1"])
    review.declare_conflict(
        reviewer=declared, operator=world.jiangsu.things["applications"].platform.operator,
        nature=f"{CANARY}顾问", by=world.people["colleague 1"],
    )  # fmt: skip
    assert different(before, everything(world, "colleague 0")) == []


def test_until_the_panel_closes_not_even_the_ministry_reads_a_mark(world: World, panel: Panel, time_machine):
    time_machine.move_to(timezone.now(), tick=False)  # papers carry the second they were made
    before = everything(world, "ministry approver")
    mark(world, panel, "expert", 9)
    after = everything(world, "ministry approver")
    # how many have handed in is shown; what they gave is not
    assert all("panel" in url or "reviews" in url for url in different(before, after)), different(
        before, after
    )
    clerk = world.client("ministry clerk")
    pages = {url: b"".join(clerk.get(url)).decode(errors="replace") for url in after if "?" not in url}
    assert [url for url, body in pages.items() if "90.00" in body or CANARY + "评语" in body] == []
    mark(world, panel, "colleague 0", 7)
    mark(world, panel, "colleague 1", 8)
    room = reverse("ministry-scores", args=(panel.stage.batch.code,))
    assert "90.00" not in world.client("ministry clerk").get(room).content.decode()
    review.close_panel(panel=panel, by=world.people["ministry clerk"])
    assert "90.00" in world.client("ministry clerk").get(room).content.decode(), (
        "the test would notice a mark"
    )


def test_a_further_expert_is_asked_without_a_byte_for_those_who_scored_before(
    world: World, panel: Panel, time_machine
):
    """Neither that the scores lie far apart nor who is asked next; the one who is asked reads what any new task reads."""
    time_machine.move_to(timezone.now(), tick=False)  # papers carry the second they were made
    Rubric.objects.filter(pk=panel.rubric_id).update(disagreement=20)
    fourth = factories.person(Role.EXPERT, username="s-further", name=f"{CANARY}专家9", email="s9@9.example")
    asked = Reviewer.objects.create(user=fourth, organisation=f"{CANARY}研究院9")
    Reviewer.objects.exclude(
        user__in=[world.people[name] for name in ("expert", "colleague 0", "colleague 1")]
    ).exclude(pk=asked.pk).update(available=False)
    mark(world, panel, "expert", 10)
    mark(world, panel, "colleague 0", 1)
    mark(world, panel, "colleague 1", 5)
    readers = ("colleague 0", "jiangsu clerk", "operator", "other expert")
    before = {reader: everything(world, reader) for reader in readers}
    review.close_panel(panel=panel, by=world.people["ministry clerk"])
    assert panel.assignments.get(further=True).reviewer == asked
    assert {reader: different(before[reader], everything(world, reader)) for reader in readers} == {
        reader: [] for reader in readers
    }
    world.people["further"] = fourth
    for url in (
        reverse("reviews"),
        reverse("messages"),
        reverse("review-sheet", args=(panel.assignments.get(further=True).pk,)),
    ):
        said = world.client("further").get(url).content.decode()
        assert not any(
            word in said for word in ("加派", "分差", "分歧", f"{CANARY}评语", f"{CANARY}专家0")
        ), url


def test_who_is_invited_and_who_declines_changes_no_byte_for_others(world: World, panel: Panel, time_machine):
    time_machine.move_to(timezone.now(), tick=False)  # papers carry the second they were made
    readers = ("expert", "colleague 0", "jiangsu clerk", "operator", "ningbo clerk")
    before = {reader: everything(world, reader) for reader in readers}
    asked = [
        Reviewer.objects.create(
            user=factories.person(Role.EXPERT, username=f"s-asked-{n}", name=f"{CANARY}受邀{n}"),
            organisation=f"{CANARY}院{n}",
        )
        for n in range(2)
    ]
    clerk, until = world.people["ministry clerk"], timezone.now() + datetime.timedelta(days=4)
    first, second = panel_invitation.send(panel=panel, reviewers=asked, answer_by=until, by=clerk)
    panel_invitation.accept(invitation=first, by=first.reviewer.user)
    panel_invitation.decline(invitation=second, by=second.reviewer.user, reason=f"{CANARY}出差")
    assert {reader: different(before[reader], everything(world, reader)) for reader in readers} == {
        reader: [] for reader in readers
    }
    world.people["asked"] = second.reviewer.user
    said = world.client("asked").get(reverse("reviews")).content.decode()
    assert (f"{CANARY}受邀0" in said, str(world.jiangsu.things["applications"]) in said) == (False, False)


def test_groups_columns_and_views_of_the_table_hold_no_mark(world: World, panel: Panel):
    """The table of a batch is for those who check too: nothing in it, however laid out, comes from a sheet."""
    batch, client = panel.stage.batch, world.client("ministry clerk")
    url = reverse("ministry-batch", args=(batch.code,))
    application = world.jiangsu.things["applications"]
    columns = ",".join(layout.COLUMNS)
    addresses = [
        f"{url}?group={group}&cols={columns}&peek={application.pk}&sort={sort}"
        for group in (*layout.GROUPINGS, "score", "reviewer")
        for sort in ("name", "-total", "score")
    ]

    def said() -> list[str]:
        tokens = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"|nonce="[^"]*"')
        return [tokens.sub("", client.get(address).content.decode()) for address in addresses]

    before = said()
    for person, value in (("expert", 10), ("colleague 0", 1), ("colleague 1", 5)):
        mark(world, panel, person, value)
    assert said() == before
    review.close_panel(panel=panel, by=world.people["ministry clerk"])
    assert not [body for body in said() if CANARY in body or "100.00" in body]


def test_two_sheets_are_never_summed_up(world: World, panel: Panel):
    """An average of two tells each expert what the other one gave."""
    mark(world, panel, "expert", 9)
    mark(world, panel, "colleague 0", 5)
    gone = sheet_of(world, panel, "colleague 1")
    review.recuse(assignment=gone, by=world.people["colleague 1"], reason="示例")
    review.close_panel(panel=panel, by=world.people["ministry clerk"])
    room = reverse("ministry-scores", args=(panel.stage.batch.code,))
    body = world.client("ministry clerk").get(room).content.decode()
    assert "70.00" not in body


@pytest.mark.parametrize(
    "person", ["public", "jiangsu clerk", "operator", "system admin", "security admin", "audit admin"]
)
def test_no_history_in_the_admin_holds_a_mark_or_a_reason_to_step_aside(
    world: World, panel: Panel, person: str
):
    mark(world, panel, "expert", 9)
    client, told = world.client(person), []
    for model in ("scoresheet", "scoresheetevent", "assignment", "assignmentevent", "conflictdeclaration",
                  "conflictdeclarationevent", "panel", "reviewer"):  # fmt: skip
        base = f"/admin/cultivation/{model}/"
        pages = [base, f"{base}?q={CANARY}", f"{base}?o=-total", f"{base}?total=90.00", f"{base}1/change/"]
        for url in pages:
            answer = client.get(url)
            if answer.status_code not in (302, 400, 403, 404) and "total=" in url:
                told.append(f"{url} was answered")  # yes or no to any question is an answer
            body = answer.content.decode() if answer.status_code == 200 else ""
            if CANARY in body.replace(f"q={CANARY}", "").replace(f'value="{CANARY}"', "") or "90.00" in body:
                told.append(url)
    assert told == []


def test_the_admin_answers_no_question_about_a_sealed_field(world: World):
    """A filter typed into the address would tell an objector's name letter by letter."""
    client = world.client("ministry approver")
    base = reverse("admin:cultivation_objection_changelist")
    assert client.get(f"{base}?status__exact=lodged").status_code == 200
    for question in (
        "party_name__startswith=示例",
        "party_contact__contains=1",
        "query_code=x",
        "notice__objections__party_name=x",
    ):
        answer = client.get(f"{base}?{question}")
        assert (answer.status_code, "示例异议人" in answer.content.decode()) in (
            (302, False),
            (400, False),
        ), question
