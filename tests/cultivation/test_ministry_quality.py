"""数据质量 of the nation: every rule with its owner, failures by authority, and each authority told of its own list only."""

import datetime

import pytest
from django.utils import timezone

from platforms import quality
from platforms.access import Role
from platforms.actions import letter as letters
from platforms.actions import quality as verbs
from platforms.errors import NotPermitted
from platforms.models import Delivery, Letter, Membership, Notification, QualityMark, QualityRulePause, User
from tests import factories

pytestmark = pytest.mark.django_db
PAGE = "/ministry/quality/"


@pytest.fixture
def platforms(cast):
    return [
        factories.PlatformFactory(authority=cast.jiangsu, office_phone="", summary_zh=""),
        factories.PlatformFactory(authority=cast.ningbo, office_phone=""),
    ]


def test_every_rule_has_a_number_a_sentence_a_weight_and_an_owner():
    rules = quality.rules()
    assert len({rule.code for rule in rules}) == len({rule.name for rule in rules}) == len(rules)
    assert all(str(rule.text).endswith("。") and rule.severity and rule.owner for rule in rules)
    assert list(quality.faults()) == [rule.name for rule in rules]


def test_each_authority_is_told_of_its_own_list_once_a_day(cast, platforms):
    for person in (cast.ministry_approver, cast.jiangsu_clerk):
        with pytest.raises(NotPermitted):
            verbs.send(by=person)
    assert verbs.send(by=cast.ministry_clerk) == 2
    verbs.send(by=cast.ministry_clerk)
    told = Notification.objects.filter(kind="quality.send")
    assert set(told.values_list("recipient__username", "url")) == {
        (name, f"/authorities/{authority.pk}/platforms/")
        for authority, names in (
            (cast.jiangsu, ("js-clerk", "js-approver")),
            (cast.ningbo, ("nb-clerk", "nb-approver")),
        )
        for name in names
    }
    text = told.filter(recipient=cast.ningbo_clerk).get().text
    assert "办公电话缺失 1" in text
    assert "平台简介缺失" not in text


def test_the_page_counts_by_authority_and_leads_to_the_platforms(cast, signed_in, platforms):
    today = timezone.localdate()
    for day, score in ((today, 80), (today - datetime.timedelta(days=1), 60)):
        QualityMark.objects.create(authority=cast.jiangsu, on=day, score=score, platforms=3)
        QualityMark.objects.create(authority=cast.ningbo, on=day, score=100, platforms=1)
    assert signed_in(cast.jiangsu_clerk).get(PAGE).status_code == 403
    clerk, approver = signed_in(cast.ministry_clerk), signed_in(cast.ministry_approver)
    shown = clerk.get(PAGE)
    heat = shown.context["heat"]
    place = list(quality.faults()).index("phone")
    assert [row["cells"][place] for row in heat["rows"]] == [1, 1]
    assert heat["totals"][place] == 2
    assert [(day["on"], day["score"]) for day in shown.context["trend"]] == [
        (today, 85),
        (today - datetime.timedelta(days=1), 70),
    ]
    assert "发给各推荐单位" not in approver.get(PAGE).content.decode()
    assert approver.post(PAGE).status_code == 403
    assert clerk.post(PAGE).status_code == 302
    listed = clerk.get("/ministry/platforms/", {"issue": "summary"}).content.decode()
    assert platforms[0].code in listed
    assert platforms[1].code not in listed
    both = clerk.get("/ministry/platforms/", {"issue": "phone", "authority": cast.ningbo.pk}).content.decode()
    assert platforms[0].code not in both
    assert platforms[1].code in both


def test_a_rule_rests_only_after_a_second_person_and_on_record(cast, signed_in, platforms):
    clerk, approver = signed_in(cast.ministry_clerk), signed_in(cast.ministry_approver)
    form = {"do": "pause", "pause-rule": "phone", "pause-reason": "示例：总机正在更换号码。"}
    assert approver.post(PAGE, form).status_code == 403
    assert clerk.post(PAGE, form | {"pause-reason": " "}).status_code == 400
    assert clerk.post(PAGE, form | {"pause-rule": "nonsense"}).status_code == 400
    assert clerk.post(PAGE, form).status_code == 302
    assert clerk.post(PAGE, form).status_code == 409
    pause = QualityRulePause.objects.get()
    assert Notification.objects.filter(kind="quality.pause", recipient=cast.ministry_approver).exists()
    assert quality.by_authority()[cast.ningbo.pk].issues["phone"] == 1, "it is still asked"
    assert clerk.post(PAGE, {"do": "confirm", "pause": pause.pk}).status_code == 403
    assert approver.post(PAGE, {"do": "confirm", "pause": "9999"}).status_code == 404
    before = quality.by_authority()[cast.ningbo.pk]
    assert approver.post(PAGE, {"do": "confirm", "pause": pause.pk}).status_code == 302
    after = quality.by_authority()[cast.ningbo.pk]
    assert ("phone" in after.issues, after.rules, after.score > before.score) == (
        False,
        before.rules - 1,
        True,
    )
    assert approver.post(PAGE, {"do": "confirm", "pause": pause.pk}).status_code == 409
    assert "示例：总机正在更换号码。" in clerk.get(PAGE).content.decode()
    assert (
        clerk.post(PAGE, {"do": "end", "pause": pause.pk, "end-reason": "示例：已更换。"}).status_code == 302
    )
    assert quality.by_authority()[cast.ningbo.pk] == before
    assert clerk.post(PAGE, {"do": "end", "pause": pause.pk, "end-reason": "示例"}).status_code == 409
    assert clerk.post(PAGE, form).status_code == 302, "it may rest again later"


def test_whoever_proposed_it_does_not_confirm_it_in_another_role(cast, platforms):
    both = cast.ministry_clerk
    pause = verbs.pause(rule="phone", reason="示例", by=both)
    Membership.objects.create(user=both, role=Role.MINISTRY_APPROVER)
    with pytest.raises(NotPermitted, match="另一人"):
        verbs.confirm_pause(pause=pause, by=User.objects.get(pk=both.pk))


def test_what_the_public_questions_is_counted_by_authority(cast, signed_in, platforms):
    for number, platform in enumerate((*platforms, platforms[0])):
        facts = {
            "codes": [platform.code],
            "need": "示例：电话有误。",
            "nonce": f"quality-test-nonce-{number:04d}",
        }
        letters.send(kind="error", **facts)
    first = Delivery.objects.filter(platform=platforms[0]).first()
    letters.answer(delivery=first, reply="示例：已更正。", by=cast.jiangsu_clerk)
    letters.send(
        kind="enquiry", codes=[platforms[1].code], need="示例", contact="x", nonce="quality-test-nonce-9"
    )
    Letter.objects.filter(deliveries__platform=platforms[1]).update(
        sent_at=timezone.now() - datetime.timedelta(days=8)
    )
    rows = signed_in(cast.ministry_approver).get(PAGE).context["challenges"]
    shown = [(row["authority"], row["found"].waiting, row["found"].answered, row["days"]) for row in rows]
    assert shown == [(cast.ningbo, 1, 0, 8), (cast.jiangsu, 1, 1, 0)]


def test_an_empty_register_says_so(cast, signed_in):
    assert "还没有在录的平台" in signed_in(cast.ministry_clerk).get(PAGE).content.decode()
