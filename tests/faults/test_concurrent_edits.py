"""Many hands at once: 32 times the same decision has one effect, and of 500 pairs of edits made at the same moment none is lost."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from django.apps import apps
from django.conf import settings as live_settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from cultivation.actions import application as applications
from cultivation.actions import batch as batches
from cultivation.actions import ranking
from cultivation.actions import score as scores
from cultivation.models import (
    Application,
    Assignment,
    Batch,
    BatchQuota,
    DecisionApproval,
    Designation,
    Indicator,
    Panel,
    Reviewer,
    Rubric,
    ScoreSheet,
)
from platforms import jobs
from platforms.errors import Conflict, DomainError
from platforms.models import Change, Job, PublicList
from tests.browser.people import BACKEND
from tests.cultivation import batches as given
from tests.cultivation import noticing

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 32
PAIRS = 500


class Hands(ThreadPoolExecutor):
    """So many people, each with a thread and a connection of its own."""

    def at_once(self, acts: list[Callable[[], Any]]) -> list[Any]:
        """All acts begin at one moment; results and refusals in their order."""
        start = threading.Barrier(len(acts))

        def run(act: Callable[[], Any]) -> Any:
            start.wait()
            try:
                return act()
            except DomainError as error:
                return error

        return list(self.map(run, acts))

    def __exit__(self, *exception: Any) -> None:
        self.at_once([lambda: connection.close()] * self._max_workers)
        super().__exit__(*exception)


def at_once(acts: list[Callable[[], Any]]) -> list[Any]:
    with Hands(len(acts)) as hands:
        return hands.at_once(acts)


# --- identical decisions --------------------------------------------------------------------------


def test_32_identical_decisions_have_one_effect(cast, monkeypatch, live_server, settings):
    settings.ALLOWED_HOSTS = ["*"]
    noticing.set_clock(monkeypatch, noticing.MONDAY)
    decision = noticing.frozen(cast, monkeypatch)
    approve = _button(cast.ministry_approver, live_server.url, decision.pk)
    answers = Counter(at_once([approve] * PEOPLE))
    assert answers == {302: 1, 409: PEOPLE - 1}
    assert (DecisionApproval.objects.count(), Job.objects.count()) == (1, 1)

    job = Job.objects.get().pk
    took_it = at_once([lambda: jobs.run(job)] * PEOPLE)
    assert Counter(took_it) == {True: 1, False: PEOPLE - 1}
    assert Designation.objects.count() == 3
    assert PublicList.objects.filter(kind="final").count() == 1
    assert Change.objects.filter(decision=decision.document_no, noun="platform").count() == 3


def _button(user, root: str, decision: int) -> Callable[[], int]:
    """One person in many windows presses 批准; the status of the answer."""
    client = Client()
    client.force_login(user, backend=BACKEND)
    name = live_settings.SESSION_COOKIE_NAME
    cookies = {name: client.cookies[name].value, "csrftoken": "a" * 32}

    def press() -> int:
        form = {"do": "approve", "approve-entries_typed": "3", "csrfmiddlewaretoken": "a" * 32}
        with httpx.Client(base_url=root, cookies=cookies, timeout=60, trust_env=False) as browser:
            return browser.post(f"/ministry/decisions/{decision}/", data=form).status_code

    return press


# --- pairs of edits -------------------------------------------------------------------------------


class Desk:
    """What two people edit at the same moment. Every kind of pair says afterwards whether something was lost."""

    def __init__(self, cast, hands: Hands, seed: int) -> None:
        self.at_once = hands.at_once
        self.cast, self.chance = cast, random.Random(seed)
        self.draft = given.draft(cast)
        self.open = given.open_batch(cast)
        self.mine = [given.proposed(cast, self.open) for _n in range(4)]
        self.sheet = self._sheet()

    def _sheet(self) -> Assignment:
        stage = self.open.stages.get(kind="review")
        rubric = Rubric.objects.create(batch=self.open, version=9)
        Indicator.objects.create(rubric=rubric, position=1, dimension_zh="示例", name_zh="示例", weight=100)
        now, clerk = timezone.now(), self.cast.ministry_clerk
        panel = Panel.objects.create(
            stage=stage, name="示例组", rubric=rubric, status="open", opened_at=now, opened_by=clerk
        )
        reviewer = Reviewer.objects.create(user=self.cast.expert, organisation="示例研究院")
        return Assignment.objects.create(
            panel=panel, reviewer=reviewer, application=self.mine[0], assigned_by=clerk
        )

    def pair(self) -> str:
        kind = self.chance.choice((self.facts, self.opinions, self.marks, self.places, self.order))
        return kind()

    def facts(self) -> str:
        """Two people change the same draft: one is told that the other was first."""
        seen = Batch.objects.get(pk=self.draft.pk)
        values = [{"title_zh": f"示例{n}·{self.chance.random()}"} for n in range(2)]
        done = self.at_once(
            [
                lambda v=v: batches.update(
                    batch=seen, values=v, by=self.cast.ministry_clerk, version=seen.version
                )
                for v in values
            ]
        )
        stored = Batch.objects.get(pk=self.draft.pk)
        return self.one_was_first(done, stored, "title_zh", [v["title_zh"] for v in values], seen.version)

    def opinions(self) -> str:
        seen = Application.objects.get(pk=self.chance.choice(self.mine).pk)
        values = [f"示例意见{n}·{self.chance.random()}" for n in range(2)]
        done = self.at_once(
            [
                lambda v=v: applications.set_opinion(
                    application=seen, opinion=v, by=self.cast.jiangsu_clerk, version=seen.version
                )
                for v in values
            ]
        )
        stored = Application.objects.get(pk=seen.pk)
        return self.one_was_first(done, stored, "opinion", values, seen.version)

    def marks(self) -> str:
        """Two windows of one expert."""
        seen = scores.sheet_of(self.sheet)
        values = [f"示例评语{n}·{self.chance.random()}" for n in range(2)]
        done = self.at_once(
            [
                lambda v=v: scores.save(
                    assignment=self.sheet, scores={}, vetoes=[], comment=v, by=self.cast.expert, version=seen.version
                )
                for v in values
            ]
        )  # fmt: skip
        return self.one_was_first(
            done, ScoreSheet.objects.get(assignment=self.sheet), "comment", values, seen.version
        )

    def one_was_first(self, done: list, stored: Any, field: str, values: list[str], version: int) -> str:
        refused = [isinstance(each, Conflict) for each in done]
        if sorted(refused) != [False, True]:
            return f"{field}: {done}"
        first = values[refused.index(False)]
        if (getattr(stored, field), stored.version) != (first, version + 1):
            return f"{field}: stored {getattr(stored, field)} at {stored.version}, accepted {first}"
        return "" if _in_history(stored, field, first) else f"{field}: {first} is not in the history"

    def places(self) -> str:
        """Quotas of two authorities: both stand."""
        numbers = {
            code: self.chance.randrange(100, 9999) for code in (self.cast.jiangsu.pk, self.cast.ningbo.pk)
        }
        done = self.at_once(
            [
                lambda code=code, n=n: batches.set_quotas(
                    batch=self.open, places={code: n}, by=self.cast.ministry_clerk
                )
                for code, n in numbers.items()
            ]
        )
        stored = dict(BatchQuota.objects.filter(batch=self.open).values_list("authority_id", "places"))
        return "" if stored == numbers else f"places: {stored}, wanted {numbers}, {done}"

    def order(self) -> str:
        """Two moves in one ranking: both are made, one after the other, and every place is held once."""
        moves = [(self.chance.choice(self.mine), self.chance.randint(1, len(self.mine))) for _n in range(2)]
        before = self.ranking()
        done = self.at_once(
            [
                lambda one=one, rank=rank: ranking.set_rank(
                    application=one, rank=rank, by=self.cast.jiangsu_clerk
                )
                for one, rank in moves
            ]
        )
        possible = [_moved(_moved(before, *first), *second) for first, second in (moves, moves[::-1])]
        if any(isinstance(each, DomainError) for each in done) or self.ranking() not in possible:
            return f"order: {before} → {self.ranking()}, possible {possible}, {done}"
        return ""

    def ranking(self) -> list[int]:
        rows = Application.objects.filter(batch=self.open).order_by("rank").values_list("rank", "pk")
        assert [rank for rank, _pk in rows] == [1, 2, 3, 4]
        return [pk for _rank, pk in rows]


def _moved(order: list[int], one: Application, rank: int) -> list[int]:
    rest = [pk for pk in order if pk != one.pk]
    return [*rest[: rank - 1], one.pk, *rest[rank - 1 :]]


def _in_history(record: Any, field: str, value: str) -> bool:
    events = apps.get_model(record._meta.app_label, f"{type(record).__name__}Event")
    return events.objects.filter(pgh_obj_id=record.pk, **{field: value}).exists()


def test_500_random_pairs_of_edits_lose_nothing(cast):
    with Hands(2) as hands:
        desk = Desk(cast, hands, seed=20261123)
        lost = [problem for problem in (desk.pair() for _n in range(PAIRS)) if problem]
    assert lost == []


def test_an_edit_without_a_look_at_the_version_would_be_noticed(cast, monkeypatch):
    """The test above bites: with versions ignored, the second of two edits silently replaces the first."""
    monkeypatch.setattr(batches, "expect_version", lambda record, version: None)
    with Hands(2) as hands:
        desk = Desk(cast, hands, seed=1)
        assert any(desk.facts() for _n in range(3))
