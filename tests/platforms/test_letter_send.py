"""Writing to platforms without an account: what reaches whom, what the writer can see, and what is forgotten."""

import datetime

import pytest
from django.core.cache import cache
from django.utils import timezone

from platforms import pruning, receipts
from platforms.access import Role
from platforms.actions import letter as letters
from platforms.errors import IllegalStep, Invalid, NotPermitted
from platforms.models import Change, Delivery, Letter, Membership, Notification, PublicPlatform
from platforms.publish import publish
from tests import factories
from tests.platforms.publishing import published

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def unhurried(settings):
    settings.FORM_LEAST_SECONDS = 0


@pytest.fixture
def platform(cast):
    platform = factories.PlatformFactory(operator=cast.operator_unit, authority=cast.jiangsu)
    publish(platform)
    return platform


def sent(*platforms, kind="enquiry", **more) -> letters.Receipt:
    fields = {"need": "500 L 发酵放大", "contact": "13800000000", **more}
    return letters.send(kind=kind, codes=[p.code for p in platforms], nonce=receipts.new_nonce(), **fields)


def form_of(client, address: str) -> dict[str, str]:
    form = client.get(address).context["form"]
    return {name: form[name].value() or "" for name in form.fields}


def test_one_need_written_once_reaches_every_platform_chosen(client, platform):
    other = published("示例·另一个平台")
    address = f"/enquiry/?code={platform.code}&code={other.code}"
    typed = form_of(client, address) | {
        "need": "500 L 发酵放大",
        "contact": "示例电话",
        "code": [platform.code, other.code],
    }

    answer = client.post("/enquiry/", typed, follow=True)

    assert answer.status_code == 200
    letter = Letter.objects.get()
    assert {d.platform.code for d in letter.deliveries.all()} == {platform.code, other.code}
    shown = answer.content.decode()
    assert letter.receipt in shown and receipts.query_code(letters.PURPOSE, letter.nonce) in shown
    assert "示例电话" not in shown


def test_the_operator_is_told_and_where_there_is_none_its_authority(cast, platform):
    orphan = factories.PlatformFactory(authority=cast.ningbo)

    letter = sent(platform, orphan).letter

    told = set(Notification.objects.filter(kind="letter.sent").values_list("recipient__username", "text"))
    assert {name for name, _text in told} == {"operator", "nb-clerk", "nb-approver"}
    assert all(letter.receipt in text for _name, text in told)


def test_an_error_is_for_the_authority_as_well(platform):
    sent(platform, kind="error", contact="")

    told = Notification.objects.filter(kind="letter.sent").values_list("recipient__username", flat=True)
    assert set(told) == {"operator", "js-clerk", "js-approver"}


def test_sending_twice_gives_the_same_receipt(platform):
    nonce = receipts.new_nonce()
    first, second = (
        letters.send(kind="enquiry", codes=[platform.code], nonce=nonce, need="示例", contact="示例")
        for _turn in "ab"
    )
    assert (first.letter.pk, first.query_code) == (second.letter.pk, second.query_code)
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "pointer"),
    [
        ({"need": " "}, "need"),
        ({"contact": ""}, "contact"),
        ({"need": "字" * 2001}, "need"),
        ({"amount": "字" * 81}, "amount"),
    ],
)
def test_what_is_missing_or_too_long_is_named(platform, typed, pointer):
    with pytest.raises(Invalid) as refused:
        sent(platform, **typed)
    assert [problem.pointer for problem in refused.value.problems] == [pointer]


def test_nobody_writes_to_a_withdrawn_platform_or_to_five(platform):
    gone = factories.PlatformFactory(status="withdrawn", status_reason="示例", status_on=timezone.localdate())
    many = [factories.PlatformFactory() for _n in range(5)]
    for chosen in ([gone], [platform, gone], many, []):
        with pytest.raises(Invalid):
            sent(*chosen)
    assert Letter.objects.count() == 0


def test_the_writer_follows_the_letter_with_number_and_code_only(client, cast, platform):
    receipt = sent(platform)
    delivery = receipt.letter.deliveries.get()
    letters.answer(delivery=delivery, reply="可以承接，请来电。", by=cast.operator)
    query = {"receipt": receipt.letter.receipt.lower(), "query_code": receipt.query_code}

    shown = client.post("/letters/status/", query)
    wrong = client.post("/letters/status/", query | {"query_code": "2222222222"})

    assert "可以承接，请来电。" in shown.content.decode()
    assert wrong.status_code == 400 and "可以承接" not in wrong.content.decode()


def test_the_authoritys_clerk_may_answer_another_authority_sees_nothing(cast, platform, signed_in):
    delivery = sent(platform).letter.deliveries.get()
    address = f"/desk/letters/{delivery.pk}/"

    assert signed_in(cast.ningbo_clerk).get(address).status_code == 404
    assert (
        signed_in(cast.jiangsu_clerk).post(address, {"reply": "已转告。", "do": "answer"}).status_code == 302
    )
    delivery.refresh_from_db()
    assert (delivery.status, delivery.answered_by) == ("answered", cast.jiangsu_clerk)
    with pytest.raises(IllegalStep):
        letters.decline(delivery=delivery, reason="示例", by=cast.jiangsu_clerk)


def test_the_approver_reads_but_does_not_answer(cast, platform):
    delivery = sent(platform).letter.deliveries.get()
    with pytest.raises(NotPermitted):
        letters.answer(delivery=delivery, reply="示例", by=cast.jiangsu_approver)


def test_how_fast_a_platform_answers_is_public_from_five_answers_on(cast, platform):
    def answer_one(days: int) -> None:
        delivery = sent(platform).letter.deliveries.get()
        Letter.objects.update(sent_at=timezone.now() - datetime.timedelta(days=days))
        letters.answer(delivery=delivery, reply="示例", by=cast.operator)

    before = Change.objects.count()
    for days in (1, 2, 3, 4):
        answer_one(days)
    assert PublicPlatform.objects.get(code=platform.code).document["answering"] is None
    assert Change.objects.count() == before
    answer_one(5)
    shown = PublicPlatform.objects.get(code=platform.code).document["answering"]
    assert shown["at_least"] == 5 and shown["median_days"] >= 1
    assert Change.objects.count() == before + 1


def test_a_machine_is_asked_to_look_again_and_a_person_loses_nothing(client, platform, settings):
    settings.FORM_LEAST_SECONDS = 60
    typed = form_of(client, f"/enquiry/?code={platform.code}") | {
        "need": "示例需求",
        "contact": "示例",
        "code": platform.code,
    }

    hasty = client.post("/enquiry/", typed)
    trapped = client.post("/enquiry/", typed | {"website": "https://example.org"})

    assert (hasty.status_code, trapped.status_code) == (400, 400)
    assert "示例需求" in hasty.content.decode()
    assert Letter.objects.count() == 0


def test_many_links_are_refused(client, platform):
    typed = form_of(client, f"/enquiry/?code={platform.code}") | {"contact": "示例", "code": platform.code}
    answer = client.post("/enquiry/", typed | {"need": "https://a https://b https://c https://d"})
    assert answer.status_code == 400 and Letter.objects.count() == 0


def test_one_address_may_not_send_without_end(client, platform):
    cache.clear()
    page = f"/platforms/{platform.code}/report/"
    codes = [
        client.post(page, form_of(client, page) | {"need": f"第{n}处有误"}).status_code for n in range(11)
    ]
    assert codes == [302] * 10 + [429]
    assert Letter.objects.count() == 10


def test_after_the_retention_period_words_and_names_are_gone_and_the_figure_stays(cast, platform, settings):
    receipt = sent(platform, name="示例公司")
    letters.answer(delivery=receipt.letter.deliveries.get(), reply="张先生您好。", by=cast.operator)
    fresh = sent(platform).letter
    Letter.objects.filter(pk=receipt.letter.pk).update(
        sent_at=timezone.now() - datetime.timedelta(days=settings.LETTER_KEEP_DAYS + 1)
    )

    assert pruning.prune()["letters"] == 1

    old = Letter.objects.get(pk=receipt.letter.pk)
    assert (old.need, old.party_name, old.party_contact, old.deliveries.get().reply) == ("", "", "", "")
    assert Letter.objects.get(pk=fresh.pk).need
    # What cannot forget has never known.
    kept = {field.name for field in Letter.events.rel.related_model._meta.fields}
    assert kept & {"need", "party_name", "party_contact"} == set()


def test_the_page_of_a_platform_leads_to_enquiry_and_report(client, platform):
    page = client.get(f"/platforms/{platform.code}/").content.decode()
    assert f"/enquiry/?code={platform.code}" in page and f"/platforms/{platform.code}/report/" in page
    assert client.get("/platforms/ZS-32-99999-1/report/").status_code == 404


def test_roles_that_answer_are_operator_and_authority_clerk():
    from platforms.access import GRANTS, Permission

    holders = {role for role, held in GRANTS.items() if Permission.LETTER_ANSWER in held}
    assert holders == {Role.OPERATOR, Role.AUTHORITY_CLERK}


def test_a_writer_is_told_that_a_quoted_platform_is_not_kept_by_its_own_people(client, platform):
    told = "平台还没有在本站维护"
    assert told not in client.get(f"/enquiry/?code={platform.code}").text
    platform.source_zh, platform.source_url = "示例公报", "https://example.org/"
    platform.save()
    publish(platform)
    assert told in client.get(f"/enquiry/?code={platform.code}").text


def test_an_enquiry_that_nobody_would_read_is_refused_and_a_correction_is_not(client, platform):
    platform.source_zh = "示例公报"
    platform.save()
    publish(platform)
    assert sent(platform).letter.deliveries.count() == 1
    Membership.objects.all().delete()
    with pytest.raises(Invalid) as refused:
        sent(platform)
    [problem] = refused.value.problems
    assert problem.code == "unattended"
    typed = form_of(client, f"/enquiry/?code={platform.code}")
    typed |= {"need": "500 L 发酵放大", "contact": "示例电话", "code": [platform.code]}
    page = client.post("/enquiry/", typed)
    assert page.status_code == 400
    assert problem.message in page.text
    assert Letter.objects.count() == 1
    assert sent(platform, kind="error").letter.deliveries.count() == 1
