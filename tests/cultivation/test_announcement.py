"""公告: one drafts, another approves; only those addressed know of it, the public reads what is out, receipts count by office."""

import datetime

import pytest
from django.test import Client
from django.urls import reverse

from cultivation import clock
from cultivation.actions import announcement as verbs
from cultivation.models import Announcement, ReadReceipt
from platforms.errors import Conflict, IllegalStep, Invalid, NotFound, NotPermitted
from platforms.models import Change, Notification, PublicAnnouncement

pytestmark = pytest.mark.django_db

DAY = datetime.timedelta(days=1)
OFFICES = ["authority_clerk", "authority_approver"]


def drafted(cast, **more):
    facts = {"title_zh": "示例·年度核查安排", "body_zh": "请于月底前上报。", "audience": "public"}
    return verbs.draft(by=cast.ministry_clerk, **facts | more)


def out(cast, **more):
    made = drafted(cast, **more)
    verbs.submit(announcement=made, by=cast.ministry_clerk)
    return verbs.publish(announcement=made, by=cast.ministry_approver)


def told():
    rows = Notification.objects.filter(kind="announcement.release").order_by("recipient__username")
    return list(rows.values_list("recipient__username", flat=True))


def seen_by(user):
    user.__dict__.pop("_reach", None)
    return list(Announcement.objects.addressed_to(user).values_list("title_zh", flat=True))


def test_who_wrote_it_does_not_approve_it_and_the_public_reads_it_only_then(cast):
    made = drafted(cast)
    with pytest.raises(IllegalStep):
        verbs.publish(announcement=made, by=cast.ministry_approver)
    verbs.submit(announcement=made, by=cast.ministry_clerk)
    with pytest.raises(NotPermitted):
        verbs.publish(announcement=made, by=cast.ministry_clerk)
    Announcement.objects.update(created_by=cast.ministry_approver)
    with pytest.raises(NotPermitted):
        verbs.publish(announcement=made, by=cast.ministry_approver)
    assert not PublicAnnouncement.objects.exists()
    Announcement.objects.update(created_by=cast.ministry_clerk, prepared_by=cast.ministry_approver)
    Announcement.objects.update(prepared_by=cast.ministry_clerk)
    with pytest.raises(NotPermitted):  # wrote in between, and another wrote last
        verbs.publish(announcement=made, by=cast.ministry_approver)
    verbs.publish(announcement=made, by=cast.second_approver)
    assert PublicAnnouncement.objects.get().document["body_zh"] == "请于月底前上报。"
    home = Client().get("/")
    assert 'id="announcements"' in home.content.decode()
    assert home.context["changes"] == []  # it is not told a second time among the changes of the record
    assert told() == ["js-approver", "js-clerk", "nb-approver", "nb-clerk"]
    with pytest.raises(IllegalStep):
        verbs.publish(announcement=made, by=cast.second_approver)
    assert Change.objects.filter(noun="announcement").count() == 1


def test_chosen_offices_and_roles_only_and_never_the_public_record(cast):
    out(cast, audience="chosen", roles=["authority_clerk"], authorities=[cast.jiangsu])
    assert told() == ["js-clerk"]
    assert seen_by(cast.jiangsu_clerk) == ["示例·年度核查安排"]
    assert [seen_by(who) for who in (cast.jiangsu_approver, cast.ningbo_clerk, cast.ministry_clerk)] == [
        [],
        [],
        [],
    ]
    assert not PublicAnnouncement.objects.exists()
    assert not Change.objects.filter(noun="announcement").exists()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title_zh": " "}, "title_zh"),
        ({"body_zh": ""}, "body_zh"),
        ({"title_en": "Only a title"}, "body_en"),
        ({"audience": "everyone"}, "audience"),
        ({"audience": "chosen"}, "roles"),
        ({"roles": OFFICES}, "roles"),
        ({"audience": "chosen", "roles": ["system_admin"]}, "roles"),
        ({"shown_until": datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)}, "shown_until"),
    ],
)
def test_what_cannot_be_drafted_is_refused_by_field(cast, wrong, field):
    with pytest.raises(Invalid) as refused:
        drafted(cast, **wrong)
    assert field in [problem.pointer for problem in refused.value.problems]
    assert not Announcement.objects.exists()


def test_experts_cannot_be_narrowed_to_an_authority(cast):
    with pytest.raises(Invalid):
        drafted(cast, audience="chosen", roles=["expert"], authorities=[cast.jiangsu])


def test_it_is_put_out_when_its_time_comes_and_not_twice(cast, monkeypatch):
    made = out(cast, shown_from=clock.now() + DAY, shown_until=clock.now() + 3 * DAY)
    assert (made.status, verbs.release_due(), told()) == ("scheduled", 0, [])
    with pytest.raises(IllegalStep):
        verbs.release(announcement=made)
    later = clock.now() + 2 * DAY
    monkeypatch.setattr(clock, "now", lambda: later)
    assert (verbs.release_due(), verbs.release_due()) == (1, 0)
    assert PublicAnnouncement.objects.get().document["status"] == "published"
    assert Announcement.objects.addressed_to(cast.jiangsu_clerk).current(later + DAY).count() == 0


def test_two_people_do_not_write_over_each_other(cast):
    made = drafted(cast)
    new = {"title_zh": "示例·新标题", "body_zh": "新正文", "audience": "chosen", "roles": OFFICES}
    verbs.revise(announcement=made, version=1, by=cast.ministry_clerk, authorities=[cast.ningbo], **new)
    with pytest.raises(Conflict):
        verbs.revise(announcement=made, version=1, by=cast.ministry_clerk, **new | {"title_zh": "别的"})
    made.refresh_from_db()
    assert (made.title_zh, list(made.offices_meant())) == ("示例·新标题", [cast.ningbo])


def test_sent_back_with_a_reason_and_submitted_again(cast):
    made = drafted(cast)
    verbs.submit(announcement=made, by=cast.ministry_clerk)
    with pytest.raises(Invalid):
        verbs.send_back(announcement=made, by=cast.ministry_approver, reason=" ")
    verbs.send_back(announcement=made, by=cast.ministry_approver, reason="日期有误")
    made.refresh_from_db()
    assert (made.status, made.return_reason) == ("draft", "日期有误")
    assert Notification.objects.get(kind="announcement.send_back").recipient == cast.ministry_clerk
    verbs.submit(announcement=made, by=cast.ministry_clerk)
    verbs.publish(announcement=made, by=cast.ministry_approver)
    made.refresh_from_db()
    assert (made.status, made.return_reason) == ("published", "")


def test_receipts_are_counted_once_for_each_office(cast):
    made = out(cast, audience="chosen", roles=OFFICES, authorities=[cast.jiangsu])
    assert verbs.confirm_read(announcement=made, by=cast.jiangsu_clerk) == 1
    assert verbs.confirm_read(announcement=made, by=cast.jiangsu_clerk) == 0
    assert verbs.confirm_read(announcement=made, by=cast.jiangsu_approver) == 1
    with pytest.raises(NotFound):
        verbs.confirm_read(announcement=made, by=cast.ningbo_clerk)
    assert list(ReadReceipt.objects.values_list("authority", flat=True)) == [cast.jiangsu.pk] * 2


def test_withdrawn_it_leaves_the_desks_and_the_public_sees_the_reason_only(cast):
    made = out(cast)
    with pytest.raises(Invalid):
        verbs.withdraw(announcement=made, by=cast.ministry_approver)
    with pytest.raises(NotPermitted):
        verbs.withdraw(announcement=made, by=cast.ministry_clerk, reason="有误")
    verbs.withdraw(announcement=made, by=cast.ministry_approver, reason="日期有误，另行公告。")
    assert seen_by(cast.jiangsu_clerk) == []
    page = Client().get(f"/announcements/{made.code}/").content.decode()
    assert "日期有误，另行公告。" in page
    assert "请于月底前上报。" not in page
    assert "已撤回" in Client().get("/announcements/feed.atom").content.decode()
    assert 'id="announcements"' not in Client().get("/").content.decode()


def test_public_pages_say_where_english_is_missing(cast):
    made = out(cast)
    english = out(
        cast,
        title_zh="示例·双语公告",
        title_en="A notice in two languages",
        body_en="Please report by month end.",
    )
    page = Client().get(f"/en/announcements/{made.code}/").content.decode()
    assert "English" in page
    assert 'lang="zh-Hans"' in page
    page = Client().get(f"/en/announcements/{english.code}/").content.decode()
    assert "Please report by month end." in page
    assert "A notice in two languages" in Client().get("/en/announcements/").content.decode()
    assert Client().get("/announcements/A2020-001/").status_code == 404
    found = Client().get("/api/v1/announcements/").json()["results"]
    assert [row["code"] for row in found] == [english.code, made.code]


def test_on_the_pages_from_draft_to_receipt(cast, signed_in):
    clerk, approver, reader = map(
        signed_in, (cast.ministry_clerk, cast.ministry_approver, cast.jiangsu_clerk)
    )
    table = reverse("ministry-announcements")
    assert reader.get(table).status_code == 403
    form = {
        "do": "draft",
        "draft-title_zh": "示例·内部公告",
        "draft-body_zh": "正文",
        "draft-audience": "chosen",
        "draft-roles": OFFICES,
        "draft-authorities": [cast.jiangsu.pk, cast.ningbo.pk],
    }
    assert clerk.post(table, form | {"draft-title_zh": ""}).status_code == 400
    assert clerk.post(table, form).status_code == 302
    made = Announcement.objects.get()
    page, desk = (
        reverse("ministry-announcement", args=(made.code,)),
        reverse("desk-announcement", args=(made.code,)),
    )
    assert clerk.post(page, {"do": "submit"}).status_code == 302
    assert "示例·内部公告" in approver.get("/desk/").content.decode()
    assert reader.get(desk).status_code == 404
    assert clerk.post(page, {"do": "publish"}).status_code == 403
    Announcement.objects.update(prepared_by=cast.ministry_approver)  # writes it anew, and the clerk once more
    Announcement.objects.update(prepared_by=cast.ministry_clerk)
    other = signed_in(cast.second_approver)
    offered = ['value="publish"' in who.get(page).text for who in (clerk, approver, other)]
    assert offered == [False, False, True]
    assert "不能由您批准。可以批准的是没有写过任何一稿的其他人：部审批人。" in approver.get(page).text
    assert approver.post(page, {"do": "publish"}).status_code == 403
    assert other.post(page, {"do": "publish"}).status_code == 302
    assert other.post(page, {"do": "publish"}).status_code == 409
    assert "示例·内部公告" in reader.get("/desk/").content.decode()
    assert reader.post(desk).status_code == 302
    assert "2 个推荐单位中有 1 个已阅" in clerk.get(page).content.decode()
    assert desk not in reader.get("/desk/").content.decode().split("消息")[0]
    assert reader.get(reverse("desk-announcements")).status_code == 200
    assert approver.post(page, {"do": "withdraw", "withdraw-reason": "有误"}).status_code == 302
    assert reader.get(desk).status_code == 404
