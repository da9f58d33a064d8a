"""One world for all guards: every noun of the registry once in Jiangsu and once in Ningbo, and the whole cast."""

from __future__ import annotations

import datetime
import hashlib
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from cultivation import models as c
from cultivation.actions import checkpoint
from cultivation.publish import publish_announcement, publish_batch, publish_notice, publish_release
from platforms import models as p
from platforms import record
from platforms.access import Role, reach
from platforms.actions.api_client import digest
from platforms.codes import batch_code, format_code, list_code, notice_code
from platforms.publish import publish
from tests import factories

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
EDITION = "v1.1-2026-11-02"
TODAY = datetime.date(2026, 11, 2)


@dataclass
class Province:
    """What one authority owns. Keys of ``things`` are the words that stand before a parameter in an address."""

    authority: p.Authority
    people: dict[str, p.User]
    things: dict[str, Model] = field(default_factory=dict)


@dataclass
class World:
    jiangsu: Province
    ningbo: Province
    people: dict[str, p.User]
    #: One browser and one key per person, made on first use and kept as long as the world: signing in is what costs.
    browsers: dict[str, Client] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    keys: dict[tuple[str, bool], str] = field(default_factory=dict)

    def provinces(self) -> tuple[Province, Province]:
        return self.jiangsu, self.ningbo

    def client(self, person: str) -> Client:
        """The browser of that person, signed in; ``public`` has not. Failures come back as answers, not as exceptions.

        The sessions are rows of the world itself (``sign_everybody_in``), so they outlive the savepoint of a test; what a
        test did to the cookies of its browser is undone here.
        """
        browser = self.browsers.setdefault(person, Client(raise_request_exception=False))
        browser.cookies.clear()
        if person != "public":
            if person not in self.sessions:  # somebody a test has added
                self._sign_in(person)
            browser.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[person]
        return browser

    def _sign_in(self, person: str) -> None:
        client = Client()
        client.force_login(self.people[person], backend=BACKEND)
        self.sessions[person] = client.cookies[settings.SESSION_COOKIE_NAME].value

    def sign_everybody_in(self) -> None:
        for person, user in self.people.items():
            self._sign_in(person)
            for allowed in (True, False):
                self.keys[person, allowed] = _key(user, allowed=allowed)

    def program(self, person: str, *, allowed: bool) -> dict[str, str]:
        """The header of a program of that person: with all the person's rights, or with none of them."""
        return {"Authorization": f"Api-Key {self.keys[person, allowed]}"}


def build() -> World:
    jiangsu = _province("320000", "江苏", "province", 1)
    ningbo = _province("330200", "宁波", "planned_city", 2)
    people = {
        "jiangsu clerk": jiangsu.people["clerk"],
        "jiangsu approver": jiangsu.people["approver"],
        "ningbo clerk": ningbo.people["clerk"],
        "ningbo approver": ningbo.people["approver"],
        "operator": jiangsu.people["operator"],
        "city reviewer": jiangsu.people["city reviewer"],
        "other city reviewer": factories.person(
            Role.CITY_REVIEWER,
            authority=jiangsu.authority,
            city=factories.CityFactory(code="320600", name_zh="南通市", name_en="Nantong", short_zh="南通"),
            username="w-city-2",
        ),
        "expert": factories.person(Role.EXPERT, username="w-expert"),
        "other expert": factories.person(Role.EXPERT, username="w-expert-2"),
        "ministry clerk": factories.person(Role.MINISTRY_CLERK, username="w-mi-clerk"),
        "ministry approver": factories.person(Role.MINISTRY_APPROVER, username="w-mi-approver"),
        "system admin": factories.person(Role.SYSTEM_ADMIN, username="w-sysadmin"),
        "security admin": factories.person(Role.SECURITY_ADMIN, username="w-secadmin"),
        "audit admin": factories.person(Role.AUDIT_ADMIN, username="w-auditor"),
        "nobody": factories.UserFactory(username="w-nobody"),
    }
    world = World(jiangsu, ningbo, people)
    for serial, province in enumerate(world.provinces(), start=1):
        _working_record(province, serial)
        _process(world, province, serial)
    _reading(world)
    _rest(world)
    checkpoint.seal()
    c.LogTile.objects.create(index=10_000, root="0" * 64)  # of changes far beyond the world's
    world.sign_everybody_in()
    return world


def _key(owner: p.User, *, allowed: bool) -> str:
    """A key whose secret is known here; the verb would refuse one without scopes."""
    prefix, secret = f"w{owner.pk}{'a' if allowed else 'b'}"[-8:].rjust(4, "0"), "w" * 40
    p.ApiClient.objects.create(
        owner=owner, name="示例世界", prefix=prefix, key_sha256=digest(secret),
        scopes=sorted(reach(owner).permissions()) if allowed else [],
        expires_at=timezone.now() + datetime.timedelta(days=30),
    )  # fmt: skip
    owner.__dict__.pop("_reach", None)
    return f"{prefix}.{secret}"


def _province(code: str, name: str, kind: str, serial: int) -> Province:
    region = factories.RegionFactory(code=code[:2] + "0000", name_zh=f"{name}省", short_zh=name)
    authority = factories.AuthorityFactory(
        self_service=True,
        city_review=True,
        code=code,
        name_zh=name,
        name_en={"江苏": "Jiangsu", "宁波": "Ningbo"}[name],
        kind=kind,
        region=region,
        position=serial,
    )
    city = factories.CityFactory(
        code=f"{code[:2]}0500", name_zh=f"{name}示例市", short_zh=f"{name}示例", parent=region
    )
    unit = factories.OperatorFactory(uscc=factories.uscc(880000 + serial))
    people = {
        "clerk": factories.person(Role.AUTHORITY_CLERK, authority=authority, username=f"w-clerk-{code}"),
        "approver": factories.person(
            Role.AUTHORITY_APPROVER, authority=authority, username=f"w-approver-{code}"
        ),
        "operator": factories.person(Role.OPERATOR, operator=unit, username=f"w-operator-{code}"),
        "city reviewer": factories.person(
            Role.CITY_REVIEWER, authority=authority, city=city, username=f"w-city-{code}"
        ),
    }
    province = Province(authority, people)
    province.things.update(authorities=authority, regions=region, operators=unit)
    return province


def _working_record(province: Province, serial: int) -> None:
    things, clerk = province.things, province.people["clerk"]
    direction = factories.DirectionFactory()
    platform = factories.PlatformFactory(
        code=format_code("32", 70000 + serial),
        name_zh=f"示例·世界平台{serial}",
        operator=things["operators"],
        authority=province.authority,
        direction=direction,
    )
    publish(platform)  # a version that is past
    factories.PilotLineFactory(platform=platform)
    things["services"] = factories.ServiceItemFactory(platform=platform)
    things["equipment"] = factories.EquipmentFactory(platform=platform)
    p.Contact.objects.create(platform=platform, name="示例联系人", phone="13800000000")
    publish(platform)
    job = p.Job.objects.create(kind="world", authority=province.authority, created_by=clerk)
    run = p.ImportRun.objects.create(
        authority=province.authority,
        file_name="示例.xlsx",
        sha256="0" * 64,
        size=1,
        created_by=clerk,
        status="checked",
        check_job=job,
    )
    p.ImportRow.objects.create(run=run, number=2, raw=_read_row(), outcome="error", problems=[])
    p.DuplicateDecision.objects.create(
        authority=province.authority, key="示例|示例", platform=platform, same=False, decided_by=clerk
    )
    document = p.Document.objects.create(
        authority=province.authority, title="示例附件", stored_as="documents/none.pdf", size=1,
        sha256=hashlib.sha256(str(serial).encode()).hexdigest(), media_type="application/pdf",
        uploaded_by=clerk, sent_at=timezone.now(),
    )  # fmt: skip
    notification = p.Notification.objects.create(recipient=clerk, kind="world", text="示例消息")
    client = p.ApiClient.objects.create(
        owner=clerk, name="示例客户端", prefix=f"zsw{serial}", key_sha256="0" * 64,
        expires_at=timezone.now() + datetime.timedelta(days=30),
    )  # fmt: skip
    letter = p.Letter.objects.create(
        receipt=f"ZX-20261102-00000{serial}", query_code="x" * 64, nonce=f"world-letter-{serial}", kind="enquiry",
        need="示例需求", party_contact="示例联系方式",
    )  # fmt: skip
    delivery = p.Delivery.objects.create(letter=letter, platform=platform)
    webhook = p.Webhook.objects.create(
        owner=clerk,
        name="示例推送",
        target="https://receiver.example/",
        salt="0" * 32,
        position=0,
        next_at=timezone.now(),
    )
    push = p.Push.objects.create(webhook=webhook, kind="ping", status="given_up")
    submission = factories.SubmissionFactory(
        number=f"ZT-2026-99000{serial}", authority=province.authority, created_by=clerk,
        city=province.people["city reviewer"].memberships.get().city,
        operator=things["operators"], submitted_at=timezone.now(), submitted_by=province.people["approver"],
    )  # fmt: skip
    things.update(
        platforms=platform, directions=direction, areas=direction.area, jobs=job, imports=run,
        documents=document, notifications=notification, messages=notification, clients=client, keys=client, webhooks=webhook, pushes=push,
        submissions=submission, letters=delivery, attachments=_attach(submission, document, clerk),
    )  # fmt: skip
    things["stamped-letters"] = c.RecommendationLetter.objects.create(
        authority=province.authority,
        number=f"示函{serial}号",
        dated_on=TODAY,
        document=document,
        recorded_by=clerk,
    )


def _attach(submission: c.Submission, document: p.Document, clerk: p.User) -> c.Attachment:
    return c.Attachment.objects.create(
        submission=submission, document=document, kind="licence", added_by=clerk
    )


def _read_row() -> dict[str, Any]:
    """A row of a spreadsheet as the reader leaves it, with empty cells."""
    return {"code": "", "payload": record.empty_payload(), "at": {}, "marks": {}}


def _process(world: World, province: Province, serial: int) -> None:
    things, clerk, ministry = province.things, province.people["clerk"], world.people["ministry clerk"]
    batch = factories.BatchFactory(
        code=batch_code(2026, "key", 80 + serial),
        created_by=ministry,
        status="assessing",
        tier="key",
        opened_at=timezone.now(),
        opened_by=world.people["ministry approver"],
    )
    stage = c.BatchStage.objects.create(batch=batch, position=1, kind="review", status="active")
    rubric = c.Rubric.objects.create(batch=batch)
    indicator = c.Indicator.objects.create(
        rubric=rubric, position=1, dimension_zh="基础", name_zh="示例项", weight=100
    )
    application = factories.ApplicationFactory(
        batch=batch, platform=things["platforms"], proposed_by=clerk, status="in_review", rank=1,
        recommended_at=timezone.now(), recommended_by=province.people["approver"],
    )  # fmt: skip
    check = c.CheckResult.objects.create(
        application=application, criterion="site", state="manual", sentence_zh="示例"
    )
    expert = world.people["expert" if province is world.jiangsu else "other expert"]
    reviewer = c.Reviewer.objects.create(user=expert, organisation="示例大学")
    panel = c.Panel.objects.create(stage=stage, name="示例组", rubric=rubric, status="open",
                                   opened_at=timezone.now(), opened_by=ministry)  # fmt: skip
    assignment = c.Assignment.objects.create(
        panel=panel, reviewer=reviewer, application=application, assigned_by=ministry
    )
    c.ScoreSheet.objects.create(assignment=assignment)
    asked = c.PanelInvitation.objects.create(
        panel=panel, reviewer=reviewer, answer_by=timezone.now() + datetime.timedelta(days=5),
        invited_by=ministry, status="accepted", answered_at=timezone.now(), answered_by=expert,
    )  # fmt: skip
    visit = c.SiteVisit.objects.create(
        application=application, visited_on=TODAY, visitors="示例", report="示例", recorded_by=ministry
    )
    consultation = c.Consultation.objects.create(
        batch=batch, body="示例单位", asked_on=TODAY, recorded_by=ministry
    )
    now = timezone.now()
    release = c.Release.objects.create(
        code=list_code(2026, "key", 80 + serial), version="1.0", batch=batch, kind="preliminary", tier="key",
        title_zh="示例名单", created_by=ministry, sha256="0" * 64, frozen_at=now, published_at=now, entry_count=1,
    )  # fmt: skip
    c.ReleaseEntry.objects.create(
        release=release, row=1, platform_code=application.platform.code, name_zh=application.platform.name_zh
    )
    final = c.Release.objects.create(
        code=list_code(2026, "key", 90 + serial), version="1.0", batch=batch, kind="final", tier="key",
        title_zh="示例名单", created_by=ministry,
    )  # fmt: skip
    notice = c.Notice.objects.create(
        code=notice_code(2026, "key", 80 + serial), batch=batch, release=release, title_zh="示例公示",
        prepared_by=ministry, status="open", starts_on=timezone.localdate(), published_at=now,
        ends_on=timezone.localdate() + datetime.timedelta(days=9), published_by=world.people["ministry approver"],
    )  # fmt: skip
    publish_batch(batch)
    publish_release(release)
    publish_notice(notice)
    objection = c.Objection.objects.create(
        receipt=f"YY-2026-9000{serial}", query_code="x", notice=notice, application=application, party="person",
        party_name="示例异议人", party_contact="示例联系方式", reasons="示例理由", answer_due_on=TODAY,
        nonce=f"world-{serial}",
    )  # fmt: skip
    evidence = c.ObjectionFile.objects.create(
        objection=objection, name="示例.pdf", stored_as="objections/none.pdf", size=1, sha256="0" * 64,
        media_type="application/pdf",
    )  # fmt: skip
    decision = c.Decision.objects.create(
        batch=batch, release=final, document_no=f"示例〔2026〕{serial}号", title_zh="示例决定",
        decided_on=TODAY, drafted_by=ministry,
    )  # fmt: skip
    report = c.AnnualReport.objects.create(platform=things["platforms"], year=2025, prepared_by=clerk)
    request = c.ChangeRequest.objects.create(
        platform=things["platforms"], kind="name", reason="示例", evidence_note="示例文件", prepared_by=clerk,
        status="submitted", submitted_at=now, submitted_by=province.people["approver"],
    )  # fmt: skip
    request.evidence.add(things["documents"])
    things.update({"panel_invitations": asked, "panel-invitations": asked})
    invitation = p.Invitation.objects.create(
        authority=province.authority, role=Role.AUTHORITY_CLERK, name="示例新人", proposed_by=clerk
    )
    view = p.SavedView.objects.create(user=clerk, page="authority-platforms", name="示例视图")
    things.update(
        batches=batch, stages=stage, rubrics=rubric, indicators=indicator, applications=application,
        recommendations=application, checks=check, reviewers=reviewer, experts=reviewer, panels=panel,
        assignments=assignment, reviews=assignment, visits=visit, consultations=consultation, lists=release,
        releases=release, notices=notice, objections=objection, files=evidence, decisions=decision, reports=report,
        changes=request, requests=request, change_requests=request, **{"change-requests": request}, invitations=invitation, views=view,
        memberships=clerk.memberships.get(), users=clerk,
    )  # fmt: skip


def _reading(world: World) -> None:
    """What belongs to no authority and is read by all."""
    policy = c.Policy.objects.create(slug="world-policy", title_zh="示例政策")
    standard = c.Standard.objects.create(slug="world-standard", title_zh="示例标准")
    c.Edition.objects.create(
        kind="directory", number=1, version=EDITION, status="published", manifest={"files": {}}, manifest_sha256="0" * 64,
        entries_root="0" * 64, published_at=timezone.now(),
    )  # fmt: skip
    c.Edition.objects.create(kind="directory", number=0, version="world-cutting")
    campaign = c.Campaign.objects.create(
        year=2025,
        title_zh="示例·年度核查",
        tiers=["key"],
        opens_on=TODAY,
        due_on=TODAY,
        created_by=world.people["ministry clerk"],
    )
    announcement = _announced(world)
    for province in world.provinces():
        province.things.update(
            policies=policy, standards=standard, campaigns=campaign, announcements=announcement
        )
    c.HolidayArrangement.objects.create(year=2099, document_no="示例", free_days=["2099-01-01"])
    c.PublishedStatistic.objects.create(metric_zh="示例指标", value="1", scope_zh="全国", as_of="2025-12")


def _announced(world: World) -> c.Announcement:
    """One announcement that is out, to the public."""
    clerk, approver = world.people["ministry clerk"], world.people["ministry approver"]
    announcement = c.Announcement.objects.create(
        code="A2026-001", title_zh="示例·公告", body_zh="示例正文", audience="public", status="published",
        created_by=clerk, prepared_by=clerk, approved_by=approver, approved_at=timezone.now(),
        released_at=timezone.now(),
    )  # fmt: skip
    publish_announcement(announcement)
    return announcement


def _rest(world: World) -> None:
    """What the guards of the database need once: the nouns that no address names."""
    things, ministry = world.jiangsu.things, world.people["ministry clerk"]
    platform = things["platforms"]
    colleague = factories.person(Role.AUTHORITY_CLERK, authority=world.jiangsu.authority, username="w-left")
    p.Handover.objects.create(
        authority=world.jiangsu.authority, giver=colleague, receiver=world.jiangsu.people["clerk"],
        now_with=world.jiangsu.people["clerk"], reason="示例", made_by=world.jiangsu.people["approver"],
    )  # fmt: skip
    p.PasswordRecord.objects.create(user=colleague, password="示例")
    p.QualityMark.objects.create(authority=world.jiangsu.authority, on=TODAY, score=96, platforms=1)
    p.QualityRulePause.objects.create(rule="phone", reason="示例", proposed_by=ministry)
    p.FormerName.objects.create(platform=platform, name_zh="示例旧名")
    p.Qualification.objects.create(platform=platform, kind="cma")
    p.YearlyFigures.objects.create(platform=platform, year=2025)
    p.ExternalRecognition.objects.create(platform=platform, scheme="示例名单", level="provincial")
    direction = world.jiangsu.things["directions"]
    follower = p.Direction.objects.create(
        code="world-98", area=direction.area, position=98, name_zh="示例新方向", name_en="Sample"
    )
    p.DirectionMapping.objects.create(old=direction, new=follower)
    p.Synonym.objects.create(term="示例词", synonym="示例近义词")
    p.Watch.objects.create(email="watch@example.org", query="q=示例", language="zh-hans", last_change=0)
    p.IdempotencyKey.objects.create(principal="示例", key="k", fingerprint="0" * 64)
    c.DecisionApproval.objects.create(
        decision=things["decisions"],
        approver=world.people["ministry approver"],
        drafter=ministry,
        entries_typed=1,
    )
    c.ReleaseApproval.objects.create(
        release=c.Release.objects.first(),
        approver=world.people["ministry approver"],
        drafter=ministry,
        entries_typed=1,
    )
    c.Merger.objects.create(
        platform=platform, into=world.ningbo.things["platforms"], merged_by=world.people["ministry approver"]
    )
    told = things["announcements"]
    c.Addressee.objects.create(announcement=told, authority=world.jiangsu.authority)
    c.ReadReceipt.objects.create(announcement=told, reader=ministry)
    c.DueReport.objects.create(campaign=things["campaigns"], platform=platform, tier="key")
    c.IdentityReveal.objects.create(objection=things["objections"], revealed_by=ministry, reason="示例")
    c.Designation.objects.create(platform=platform, tier="key", valid_from=TODAY)
    c.BatchQuota.objects.create(batch=things["batches"], authority=world.jiangsu.authority, places=3)
    evaluation = c.Evaluation.objects.create(
        platform=platform, cycle="2025", grade="good", evaluated_on=TODAY, recorded_by=ministry
    )
    c.ApplicationComment.objects.create(application=things["applications"], text="示例", written_by=ministry)
    c.Rectification.objects.create(evaluation=evaluation, starts_on=TODAY, due_on=TODAY)
    c.ConflictDeclaration.objects.create(
        reviewer=things["reviewers"], operator=things["operators"], nature="示例", declared_by=ministry
    )


#: Parameter name → attribute of the thing, when it is not the primary key.
NATURAL = ("code", "number", "receipt", "slug")


def sample(province: Province, before: str, name: str, converter: str) -> tuple[Any, Model | None]:
    """A value for one parameter of an address, and the record it names. Raises ``LookupError`` when none is known."""
    plural = {name, f"{name}s", f"{name}es", before, f"{before}s"}
    thing = next(
        (province.things[word] for word in [before, *sorted(plural)] if word in province.things), None
    )
    if name == "verb" or (converter == "slug" and name in ("move", "action", "step")):
        return "submit", None
    if before == "releases" or (name, before) in (("version", "kind"), ("name", "files")):
        return {"kind": "directory", "version": EDITION, "name": "manifest.json"}[name], None
    if before == "proofs":
        return province.things["platforms"].code, None  # type: ignore[attr-defined]
    if name == "version":
        return "1.0", None
    if name == "code" and before in ("services", "equipment"):
        place = province.things["platforms"].code  # type: ignore[attr-defined]
        return p.PublicResource.objects.filter(platform_code=place, kind=before.rstrip("s"))[0].code, None
    if converter == "platform":
        return province.things["platforms"].code, province.things["platforms"]  # type: ignore[attr-defined]
    if converter == "region":
        return province.authority.code, province.authority
    if name in (
        "section",
        "part",
        "kind",
        "format",
        "extension",
        "tier",
        "year",
        "digest",
        "position",
        "row",
    ):
        words = {"section": "platform", "part": "1", "kind": "platform", "format": "csv", "extension": "csv",
                 "tier": "key", "year": "2025", "digest": "0" * 64, "position": "1", "row": "2"}  # fmt: skip
        return words[name], None
    if thing is None:
        raise LookupError(f"tests/security/world.py has no sample for <{converter}:{name}> after “{before}”")
    if converter in ("number", "int"):
        return thing.pk, thing
    return next(
        (getattr(thing, word) for word in NATURAL if isinstance(getattr(thing, word, None), str)), thing.pk
    ), thing


def content_types() -> None:
    """Fill Django's cache of content types, so that the admin's first look is no write and no extra query."""
    for model in [*p.__dict__.values(), *c.__dict__.values()]:
        if isinstance(model, type) and issubclass(model, Model) and not model._meta.abstract:
            ContentType.objects.get_for_model(model)


def double(world: World) -> None:
    """Two more of what lists show, in the same province: platforms with services, submissions, applications, jobs, messages."""
    province = world.jiangsu
    things, clerk = province.things, province.people["clerk"]
    for number in (1, 2):
        platform = factories.PlatformFactory(
            code=format_code("32", 71000 + number), name_zh=f"示例·更多平台{number}",
            operator=things["operators"], authority=province.authority, direction=things["directions"],
        )  # fmt: skip
        factories.ServiceItemFactory(platform=platform)
        factories.ServiceItemFactory(platform=things["platforms"])
        factories.EquipmentFactory(platform=platform)
        publish(platform)
        factories.SubmissionFactory(
            number=f"ZT-2026-9910{number}", authority=province.authority, created_by=clerk,
            operator=things["operators"], submitted_at=timezone.now(), submitted_by=province.people["approver"],
        )  # fmt: skip
        _attach(things["submissions"], things["documents"], clerk)
        c.RecommendationLetter.objects.create(
            authority=province.authority, number=f"示函更多{number}号", dated_on=TODAY, recorded_by=clerk
        )
        application = factories.ApplicationFactory(
            batch=things["batches"],
            platform=platform,
            proposed_by=clerk,
            status="in_review",
            rank=10 + number,
            recommended_at=timezone.now(),
            recommended_by=province.people["approver"],
        )
        c.CheckResult.objects.create(
            application=application, criterion="site", state="manual", sentence_zh="示例"
        )
        c.CheckResult.objects.create(
            application=things["applications"], criterion=f"more-{number}", state="manual", sentence_zh="示例"
        )
        assignment = c.Assignment.objects.create(
            panel=things["panels"], reviewer=things["reviewers"], application=application,
            assigned_by=world.people["ministry clerk"],
        )  # fmt: skip
        c.ScoreSheet.objects.create(assignment=assignment)
        factories.BatchFactory(code=batch_code(2026, "key", 60 + number), created_by=clerk)
        p.Job.objects.create(kind="world", authority=province.authority, created_by=clerk)
        run = p.ImportRun.objects.create(
            authority=province.authority,
            file_name="示例.xlsx",
            sha256=str(number) * 64,
            size=1,
            created_by=clerk,
        )
        p.ImportRow.objects.create(
            run=things["imports"], number=10 + number, raw=_read_row(), outcome="error"
        )
        p.ImportRow.objects.create(run=run, number=2, raw=_read_row(), outcome="error")
        letter = p.Letter.objects.create(
            receipt=f"ZX-20261102-10000{number}", query_code="x" * 64, nonce=f"more-letter-{number}", kind="error", need="示例",
        )  # fmt: skip
        p.Delivery.objects.create(letter=letter, platform=things["platforms"])
        p.Invitation.objects.create(
            authority=province.authority, role=Role.AUTHORITY_CLERK, name=f"示例{number}", proposed_by=clerk
        )
        p.SavedView.objects.create(user=clerk, page="authority-platforms", name=f"示例{number}")
        p.ApiClient.objects.create(
            owner=clerk, name="示例", prefix=f"more{number}", key_sha256="0" * 64,
            expires_at=timezone.now() + datetime.timedelta(days=30),
        )  # fmt: skip
        more = p.Webhook.objects.create(
            owner=clerk, name=f"示例{number}", target="https://receiver.example/", salt="0" * 32, position=0
        )
        p.Push.objects.create(webhook=more, kind="ping")
        p.Push.objects.create(webhook=things["webhooks"], kind="ping")
        p.QualityMark.objects.create(
            authority=province.authority, on=TODAY + datetime.timedelta(days=number), score=90, platforms=1
        )
        c.ChangeRequest.objects.create(
            platform=platform, kind="name", reason="示例", evidence_note="示例文件", prepared_by=clerk,
            status="submitted", submitted_at=timezone.now(), submitted_by=province.people["approver"],
        )  # fmt: skip
        c.AnnualReport.objects.create(platform=platform, year=2025, prepared_by=clerk)
        factories.BatchFactory(
            code=batch_code(2026, "key", 50 + number), created_by=clerk, status="recommending",
            opened_at=timezone.now(), opened_by=world.people["ministry approver"],
        )  # fmt: skip
        for person in world.people.values():
            p.Notification.objects.create(recipient=person, kind="world", text=f"示例消息{number}")
        c.Objection.objects.create(
            receipt=f"YY-2026-910{number}", query_code="x", notice=things["notices"], application=application,
            party="person", party_name="示例异议人", party_contact="示例", reasons="示例", answer_due_on=TODAY,
            nonce=f"more-{number}",
        )  # fmt: skip
        c.Policy.objects.create(slug=f"more-{number}", title_zh="示例政策")
        c.Standard.objects.create(slug=f"more-{number}", title_zh="示例标准")
        c.PublishedStatistic.objects.create(
            metric_zh=f"示例{number}", value="1", scope_zh="全国", as_of="2025"
        )
