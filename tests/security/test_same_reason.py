"""An illegal step is refused on the page, over the API, in the admin and by the import, everywhere with the same sentence.

For every move of every table the world's record is put into a state from which the move is not allowed, then every surface
that offers the move is asked. Which surface has which moves is written down here, so that a new one has to be added.
"""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from django.contrib import admin
from django.db import Error, transaction
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from cultivation.models import ConflictDeclaration
from platforms.access import Permission, reach
from platforms.transitions import StateMachine, Transition
from tests.security.fingerprint import Watch
from tests.security.test_transitions import BY_PEOPLE, record_of
from tests.security.world import World

pytestmark = pytest.mark.django_db

#: The nouns of a batch, of what leads into it and of what follows. Letters and webhooks have their own tests of the same kind.
NOUNS = (
    "platform", "import_run", "submission", "batch", "application", "panel", "panel_invitation", "assignment", "notice", "objection",
    "decision", "designation", "change_request", "campaign",
)  # fmt: skip
WORDS = {"reason": "示例原因"}
#: noun.move → what its form is sent besides the reason.
FORMS: dict[str, dict[str, str]] = {
    **{
        f"platform.{verb}": {"do": verb, f"{verb}-reason": "示例"}
        for verb in ("withdraw", "merge", "unmerge", "restore")
    },
    "platform.split": {
        "do": "split",
        "split-reason": "示例",
        "split-document_no": "示例〔2026〕9号",
        "split-heir": "1",
        "split-name_1": "示例甲",
        "split-name_2": "示例乙",
    },
    "submission.prepare": {"declared": "1"},
    "batch.extend": {"until": "2099-01-01T00:00"},
    "application.request_supplement": {"due_on": "2099-01-01"},
    "submission.return": {"due_on": "2099-01-01"},
    "submission.reject": {"reject-reason": "示例原因"},
    "notice.publish": {"do": "publish"},
    "notice.extend": {"do": "extend", "extend-days": "3", "extend-reason": "示例"},
    "objection.handle": {"do": "handle"},
    "objection.uphold": {"do": "rule", "rule-ruling": "uphold", "rule-effect": "none"},
    "objection.dismiss": {"do": "rule", "rule-ruling": "dismiss", "rule-effect": "none"},
    "objection.withdraw": {"do": "withdraw", "withdraw-reason": "示例"},
    "decision.freeze": {"do": "freeze"},
    "decision.approve": {"do": "approve", "approve-entries_typed": "1"},
    "decision.abandon": {"do": "abandon", "abandon-reason": "示例"},
    "change_request.revise": {"name_zh": "示例新名称", "evidence_note": "示例"},
    "campaign.open": {"do": "open"},
    "campaign.revise": {
        "do": "revise",
        "revise-version": "1",
        "revise-year": "2025",
        "revise-title_zh": "示例",
        "revise-tiers": "key",
        "revise-opens_on": "2026-01-01",
        "revise-due_on": "2099-01-01",
    },
    "campaign.close": {"do": "close"},
    "assignment.submit_scores": {"submit": "1"},
    "application.withdraw": {"act": "withdraw"},
    "application.supplement": {"act": "supplement"},
}
RULING = {"rule-finding": "示例", "rule-reply": "示例", "rule-reason": "示例"}
#: Acts of more than one step that say it in words of their own.
SAYS = {"assignment.submit_scores": "评分已提交或评审已结束，不能再修改。"}
#: Moves that no page, no API and no admin offers by themselves: they happen inside an act of another name.
INSIDE = {"application.remove", "batch.give_notice", "import_run.give_up"}
#: What the database asks of a record in another state.
WITH_IT = {
    "panel_invitation": {"refusal": "示例"},
    "platform": {"status_reason": "示例", "status_on": "2026-01-01"},
}


def addresses(noun: str, move: Transition, record, *, in_admin: bool) -> dict[str, str]:
    """Surface → address to which the move is sent. Only the ministry and the administrators enter the admin."""
    verb, found = move.verb, {}
    code = getattr(record, "authority_id", "")
    pages = {
        "platform": lambda: reverse(
            "ministry-platform-split" if verb == "split" else "ministry-platform", args=(record.code,)
        ),
        "batch": lambda: reverse(f"ministry-batch-{verb}", args=(record.code,)),
        "submission": lambda: _submission_page(record, verb),
        "panel": lambda: reverse("ministry-panel-act", args=(record.stage.batch.code, record.pk, verb)),
        "panel_invitation": lambda: reverse(f"panel-invitation-{verb}", args=(record.pk,)),
        "notice": lambda: reverse("ministry-notice", args=(record.code,)),
        "objection": lambda: reverse("ministry-objection", args=(record.receipt,)),
        "decision": lambda: reverse("ministry-decision", args=(record.pk,)),
        "change_request": lambda: _change_page(record, verb),
        "campaign": lambda: reverse("ministry-campaign", args=(record.pk,)),
        "import_run": lambda: reverse(
            "import-columns" if verb == "assign_columns" else f"import-{verb}", args=(code, record.pk)
        ),
        "application": lambda: _application_page(record, verb),
        "assignment": lambda: reverse(
            "review-recuse" if verb == "recuse" else "review-sheet", args=(record.pk,)
        ),
    }
    api = {
        "submission": lambda: reverse(f"api:submission-{verb}", args=(record.number,)),
        "application": lambda: reverse(f"api:recommendation-{verb}", args=(record.pk,)),
        "import_run": lambda: reverse(f"api:import-{verb}", args=(record.pk,)),
        "change_request": lambda: reverse(f"api:change-request-{verb}", args=(record.pk,)),
    }
    for surface, table in (("page", pages), ("api", api)):
        try:
            found[surface] = table[noun]()
        except (KeyError, NoReverseMatch):
            continue
    page = admin.site._registry.get(type(record))
    if page is not None and getattr(page, "machine", None) is not None and page._verb(verb) and in_admin:
        found["admin"] = page._move_url(record, move)
    return found


def _submission_page(record, verb: str) -> str:
    if verb in ("accept", "return", "reject"):
        return reverse("ministry-submission-act", args=(record.number, verb))
    return reverse("submission-act", args=(record.authority_id, record.number, verb))


def _change_page(record, verb: str) -> str:
    if verb in ("accept", "return", "reject"):
        return reverse("ministry-change-act", args=(record.pk, verb))
    if verb == "revise":
        return reverse("change-request-revise", args=(record.platform.authority_id, record.pk))
    return reverse("change-request-act", args=(record.platform.authority_id, record.pk, verb))


def _application_page(record, verb: str) -> str:
    one = (record.authority_id, record.batch.code)
    if verb == "recommend":
        return reverse("authority-batch-recommend", args=one)
    if verb in ("withdraw", "supplement"):
        return reverse("authority-application", args=(*one, record.pk))
    return reverse(f"ministry-application-{verb}", args=(record.batch.code, record.pk))


def in_another_state(world: World, machine: StateMachine, move: Transition, record) -> bool:
    """Store a state from which the move is not allowed, if the database lets the world's record have one."""
    more = WITH_IT.get(machine.noun, {})
    if machine.noun == "campaign":
        more = {"opened_at": timezone.now(), "opened_by": world.people["ministry approver"]}
    for state in machine.states.values:
        if state in move.sources:
            continue
        try:
            with transaction.atomic():
                type(record)._base_manager.filter(pk=record.pk).update(**{machine.field: state}, **more)
        except Error:
            continue
        record.refresh_from_db()
        return True
    return False


def actor(world: World, move: Transition, record) -> str:
    for name, user in world.people.items():
        user.__dict__.pop("_reach", None)
        if reach(user).may(move.permission, record):
            return name
    raise AssertionError(f"nobody in the world may {move.verb}")


def text_of(answer) -> str:
    """What a person, or a program, reads of a refusal."""
    if answer["Content-Type"].startswith("application/"):
        return answer.json()["detail"]
    main = BeautifulSoup(answer.content, "html.parser").find(id="main") or answer.content.decode()
    return " ".join(main.get_text(" ").split())[:400] if answer.content else ""


@pytest.mark.parametrize(("machine", "move"), [one for one in BY_PEOPLE if one.values[0].noun in NOUNS])
def test_every_surface_refuses_with_the_sentence_of_the_table(world: World, machine, move):
    record, name = record_of(world, machine), f"{machine.noun}.{move.verb}"
    ConflictDeclaration.objects.all().delete()  # an expert in conflict is not shown the sheet at all
    assert in_another_state(world, machine, move, record)
    person = actor(world, move, record)
    in_admin = reach(world.people[person]).may(Permission.USE_ADMIN)
    surfaces = addresses(machine.noun, move, record, in_admin=in_admin)
    assert (set(surfaces) != set()) == (name not in INSIDE), surfaces
    sentence = SAYS.get(name) or str(machine.refusal(record, move, world.people[person]))
    wrong = []
    for surface, url in surfaces.items():
        client = world.client(person)
        more = {"one": str(record.pk)} if name == "application.recommend" else {}
        if name == "platform.merge":
            more = {"merge-into": world.ningbo.things["platforms"].code}
        form = {**WORDS, **RULING, **FORMS.get(name, {}), **more}
        with Watch() as watch:
            if surface == "api":
                body = WORDS if move.needs_reason or name == "application.withdraw" else {}
                body = {"mode": "valid_rows"} if move.verb == "confirm" else body
                answer = client.post(url, body, content_type="application/json")
            else:
                answer = client.post(url, form)
        if answer.status_code != 409 or sentence not in text_of(answer) or watch.changed:
            wrong.append((surface, url, answer.status_code, watch.changed, text_of(answer)))
    assert wrong == [], sentence
