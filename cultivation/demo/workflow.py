"""Batches in progress, one for every stage, played by the demonstration people through the same verbs as in earnest."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.utils import timezone

from cultivation import clock
from cultivation.actions import application as applications
from cultivation.actions import assessment
from cultivation.actions import batch as batches
from cultivation.actions import check as checks
from cultivation.actions import decision as decisions
from cultivation.actions import notice as notices
from cultivation.actions import objection as objections
from cultivation.actions import review as reviews
from cultivation.actions import score as scores
from cultivation.choices import ApplicationStatus, AssignmentStatus, CheckState, StageKind
from cultivation.criteria import DEFAULT, template
from cultivation.models import Application, Assignment, Batch, Panel, SiteVisit
from cultivation.publish import publish_batch
from platforms.choices import Tier
from platforms.demo.people import PLAYED
from platforms.models import Platform, TaxonomyEdition, User

SHORT = (StageKind.FORMAL_CHECK, StageKind.REVIEW, StageKind.NOTICE, StageKind.DECISION)
VISITED = (StageKind.FORMAL_CHECK, StageKind.REVIEW, StageKind.SITE_VISIT, StageKind.NOTICE, StageKind.DECISION)  # fmt: skip

#: What the experts of the batch that waits to be sorted think of its nine platforms, of ten.
LEVELS = (9, 8, 8, 7, 7, 7, 6, 6, 5)


def play(people: dict[str, User]) -> None:
    """Draft, open, in formal check, in review, before sorting, on notice, before decision, cancelled."""
    stage = Stage(people)
    stage.draft()
    stage.cancelled()
    stage.before_decision()
    stage.on_notice()
    stage.in_sorting()
    stage.in_review()
    stage.in_check()
    stage.recommending()


class Stage:
    def __init__(self, people: dict[str, User]) -> None:
        self.people = people
        self.clerk = people["ministry-clerk"]
        self.first, self.second = people["ministry-approver-1"], people["ministry-approver-2"]
        self.supply = {tier: itertools.cycle(_platforms(tier)) for tier in (Tier.RESERVE, Tier.KEY)}
        self.edition = TaxonomyEdition.objects.get(current=True)

    # --- one batch per stage ----------------------------------------------------------------------

    def draft(self) -> None:
        batch = self._batch(
            Tier.NATIONAL, "示例·第二批国家级中试平台", "Sample: second list of national level"
        )
        batches.set_quotas(batch=batch, places={code: 2 for code in PLAYED}, by=self.clerk)

    def cancelled(self) -> None:
        batch = self._batch(Tier.KEY, "示例·专项重点培育中试平台", "Sample: special batch of key cultivation")
        batches.open_batch(batch=batch, by=self.first)
        batches.cancel(batch=batch, by=self.first, reason="示例：并入下一批次。")

    def recommending(self) -> None:
        batch = self._opened(
            "示例·第七批重点培育中试平台", "Sample: seventh batch of key cultivation", days=25
        )
        batches.set_quotas(
            batch=batch, places={"320000": 5, "330000": 4, "330200": 2, "440000": 5}, by=self.clerk
        )
        proposed = self._propose(batch, 9)
        for application in proposed[::2]:
            self._recommend(application)

    def in_check(self) -> None:
        batch = self._opened("示例·第六批重点培育中试平台", "Sample: sixth batch of key cultivation")
        recommended = [self._recommend(application) for application in self._propose(batch, 7)]
        batches.close(batch=batch, by=self.clerk, reason="示例：提前结束推荐。")
        checks.run_batch_checks(batch=batch, by=self.clerk)
        applications.request_supplement(
            application=recommended[0],
            by=self.clerk,
            reason="示例：请补充最近一年的服务合同清单。",
            due=timezone.now() + datetime.timedelta(days=7),
        )
        for application in recommended[1:3]:
            self._pass(application)
        applications.fail_check(
            application=recommended[-1], by=self.clerk, reason="示例：场地面积与证明材料不符。"
        )
        _backdate(batch)

    def in_review(self) -> None:
        batch = self._assessed("示例·第五批重点培育中试平台", "Sample: fifth batch of key cultivation", 6)
        panel = self._panel(batch)
        for number, assignment in enumerate(self._assignments(panel)):
            if number == 0:
                self._recuse(assignment)
            elif number % 3 != 2:
                self._score(assignment, number, submit=number % 3 == 0)
        _backdate(batch)

    def in_sorting(self) -> None:
        """The panel is closed and nothing is decided: the score room with strict experts, near ranks and a tie."""
        batch = self._assessed(
            "示例·补齐领域重点培育中试平台", "Sample: key cultivation for fields to fill", 9, kinds=SHORT
        )
        panel = self._panel(batch)
        levels = dict(
            zip(batch.applications.order_by("pk").values_list("pk", flat=True), LEVELS, strict=True)
        )
        for number, assignment in enumerate(self._assignments(panel)):
            strict = assignment.reviewer_id % 2
            marks = {
                str(item.pk): min(
                    item.max_score, levels[assignment.application_id] - strict + (item.position + number) % 2
                )
                for item in panel.rubric.indicators.filter(veto=False)
            }
            scores.save(
                assignment=assignment,
                scores=marks,
                vetoes=[],
                comment="示例意见。",
                by=assignment.reviewer.user,
            )
            scores.submit(assignment=assignment, by=assignment.reviewer.user)
        reviews.close_panel(panel=panel, by=self.clerk)
        _backdate(batch)

    def on_notice(self) -> None:
        batch = self._assessed(
            "示例·第四批重点培育中试平台", "Sample: fourth batch of key cultivation", 6, kinds=SHORT
        )
        self._review(batch)
        self._sort(batch)
        batches.finish_stage(batch=batch, by=self.clerk)
        notice = self._notice(batch, "示例·第四批重点培育中试平台初步名单公示")
        codes = notice.release.entries.values_list("platform_code", flat=True)
        ruled = self._objection(notice.code, 1, "示例：该平台的服务项目数量与公开信息不一致。", str(codes[0]))
        objections.handle(objection=ruled, by=self.clerk)
        objections.dismiss(
            objection=ruled,
            by=self.first,
            finding="示例：经核查合同和台账，数量属实。",
            reply="示例：经核查，所反映问题不属实。",
        )
        self._objection(notice.code, 2, "示例：对平台的公共服务属性有疑问，请核查。", str(codes[1]))
        _backdate(batch)

    def before_decision(self) -> None:
        batch = self._assessed(
            "示例·国家级中试平台（增补）",
            "Sample: supplementary national list",
            4,
            tier=Tier.NATIONAL,
            kinds=VISITED,
        )
        self._review(batch)
        batches.finish_stage(batch=batch, by=self.clerk)
        for application in Application.objects.filter(batch=batch):
            assessment.record_visit(
                application=application,
                visited_on=timezone.localdate(),
                visitors="示例·专家一、示例·专家二",
                report="示例：现场与申报材料一致，设备运行正常。",
                recommended=True,
                by=self.clerk,
            )
        self._sort(batch)
        batches.finish_stage(batch=batch, by=self.clerk)
        with seen_from(-21):
            self._notice(batch, "示例·国家级中试平台（增补）初步名单公示")
        notices.close_finished()
        decision = decisions.draft(
            batch=batch,
            document_no=f"示例函〔{timezone.localdate().year}〕3号",
            title="关于公布示例·国家级中试平台（增补）名单的通知",
            decided_on=timezone.localdate(),
            by=self.clerk,
        )
        decisions.freeze(decision=decision, by=self.clerk)
        decision.refresh_from_db()
        assert decision.release is not None  # noqa: S101 - frozen
        decisions.approve(decision=decision, entries_typed=decision.release.entry_count, by=self.first)
        _backdate(batch)

    # --- steps ------------------------------------------------------------------------------------

    def _batch(self, tier: str, title: str, title_en: str, *, days: int = 30, kinds: Any = None) -> Batch:
        now = timezone.now()
        batch = batches.create(
            tier=tier,
            values={
                "title_zh": title,
                "title_en": title_en,
                "edition": self.edition,
                "recommend_from": now - datetime.timedelta(days=5),
                "recommend_until": (now + datetime.timedelta(days=days)).replace(
                    minute=0, second=0, microsecond=0
                ),
            },
            by=self.clerk,
            kinds=kinds,
            demo=True,
        )
        criteria = list((template("municipal_2025") if tier == Tier.KEY else DEFAULT).criteria)
        return batches.set_criteria(batch=batch, criteria=criteria, by=self.clerk)

    def _opened(self, title: str, title_en: str, **more: Any) -> Batch:
        batch = self._batch(more.pop("tier", Tier.KEY), title, title_en, **more)
        return batches.open_batch(batch=batch, by=self.first)

    def _propose(self, batch: Batch, count: int) -> list[Application]:
        below = Tier.KEY if batch.tier == Tier.NATIONAL else Tier.RESERVE
        chosen = {platform.pk: platform for platform in itertools.islice(self.supply[below], count)}
        return [
            applications.propose(
                batch=batch,
                platform=platform,
                by=self.people[f"{PLAYED[platform.authority_id]}-clerk"],
                opinion="示例：平台运行良好，同意推荐。",
            )
            for platform in chosen.values()
        ]

    def _recommend(self, application: Application) -> Application:
        approver = self.people[f"{PLAYED[application.authority_id]}-approver"]
        return applications.recommend(application=application, by=approver)

    def _assessed(self, title: str, title_en: str, count: int, **more: Any) -> Batch:
        """A batch whose recommendations have all passed the formal check."""
        batch = self._opened(title, title_en, **more)
        for application in self._propose(batch, count):
            self._recommend(application)
        batches.close(batch=batch, by=self.clerk, reason="示例：提前结束推荐。")
        checks.run_batch_checks(batch=batch, by=self.clerk)
        for application in Application.objects.filter(batch=batch):
            self._pass(application)
        return batches.finish_stage(batch=batch, by=self.clerk)

    def _pass(self, application: Application) -> None:
        """Pass the check; what a threshold does not let through is judged by hand, by two people."""
        for result in application.checks.exclude(state=CheckState.PASS):
            checks.override(
                result=result, state=CheckState.PASS, reason="示例：经核对证明材料，符合条件。", by=self.clerk
            )
            checks.confirm_override(result=result, by=self.first)
        applications.pass_check(application=application, by=self.clerk)

    def _panel(self, batch: Batch) -> Panel:
        stage = batch.stages.get(status="active")
        panel = reviews.create_panel(
            stage=stage,
            name="示例·综合组",
            by=self.clerk,
            due_at=timezone.now() + datetime.timedelta(days=10),
        )
        reviews.assign_plan(panel=panel, per_application=3, by=self.clerk)
        return reviews.open_panel(panel=panel, by=self.clerk)

    def _assignments(self, panel: Panel) -> list[Assignment]:
        return list(panel.assignments.select_related("reviewer__user", "panel__rubric").order_by("pk"))

    def _score(self, assignment: Assignment, number: int, *, submit: bool) -> None:
        expert = assignment.reviewer.user
        marks = {
            str(indicator.pk): min(indicator.max_score, 6 + (indicator.position * 3 + number) % 5)
            for indicator in assignment.panel.rubric.indicators.filter(veto=False)
        }
        comment = "示例：技术路线清晰，公共服务能力较好。"
        scores.save(assignment=assignment, scores=marks, vetoes=[], comment=comment, by=expert)
        if submit:
            scores.submit(assignment=assignment, by=expert)

    def _recuse(self, assignment: Assignment) -> None:
        reviews.recuse(
            assignment=assignment, by=assignment.reviewer.user, reason="示例：与建设单位有合作项目。"
        )

    def _review(self, batch: Batch) -> None:
        """A review that is over: every sheet handed in, the panel closed."""
        panel = self._panel(batch)
        for number, assignment in enumerate(self._assignments(panel)):
            if assignment.status == AssignmentStatus.ASSIGNED:
                self._score(assignment, number, submit=True)
        reviews.close_panel(panel=panel, by=self.clerk)

    def _sort(self, batch: Batch) -> None:
        """All but the last go on the preliminary list; a single one goes too."""
        waiting = list(
            Application.objects.filter(batch=batch, status=ApplicationStatus.IN_REVIEW).order_by("pk")
        )
        for application in waiting[:-1] or waiting:
            applications.shortlist(application=application, by=self.clerk)
        if len(waiting) == 1:
            return
        applications.set_aside(application=waiting[-1], by=self.clerk, reason="示例：综合评分未达到要求。")

    def _notice(self, batch: Batch, title: str):
        notice = notices.prepare(batch=batch, title=title, by=self.clerk, contact="示例处室 010-00000000")
        return notices.publish(notice=notice, by=self.first)

    def _objection(self, code: str, number: int, reasons: str, platform_code: str):
        return objections.lodge(
            notice_code=code,
            nonce=f"demonstration-objection-{number}",
            party="person" if number == 1 else "organisation",
            name=f"示例·异议人{number}",
            contact="objector@example.net",
            reasons=reasons,
            platform_code=platform_code,
        ).objection


@contextmanager
def seen_from(days: int) -> Iterator[None]:
    """Act as if today were so many days away, on the clock of notices and decisions (``cultivation.clock``)."""
    shift = settings.CLOCK_SHIFT_DAYS
    settings.CLOCK_SHIFT_DAYS = shift + days
    try:
        yield
    finally:
        settings.CLOCK_SHIFT_DAYS = shift


def _backdate(batch: Batch) -> None:
    """Recommending ended some time ago, as the state of the batch suggests."""
    now = clock.now()
    Batch.objects.filter(pk=batch.pk).update(
        recommend_from=now - datetime.timedelta(days=90), recommend_until=now - datetime.timedelta(days=45)
    )
    SiteVisit.objects.filter(application__batch=batch).update(
        visited_on=timezone.localdate(now) - datetime.timedelta(days=30)
    )
    publish_batch(batch)


def _platforms(tier: str) -> list[Platform]:
    """Demonstration platforms of the played authorities, one of each authority in turn."""
    by_authority = [
        list(Platform.objects.active().filter(demo=True, tier=tier, authority=code).order_by("pk")[:60])
        for code in PLAYED
    ]
    return [row for together in itertools.zip_longest(*by_authority) for row in together if row is not None]
