"""The demonstration set: marked, deterministic, complete, and the same as what publishing would have made."""

import pytest
from django.core.management import CommandError, call_command

from cultivation.actions import public_facts
from cultivation.demo import bulk
from cultivation.demo.designations import FIRST_KEY, FIRST_NATIONAL, SECOND_KEY, Lists, lists_of
from cultivation.demo.seed import Reference, make
from cultivation.models import (
    Assignment,
    Batch,
    Decision,
    Designation,
    Objection,
    Release,
    Reviewer,
    Submission,
)
from platforms import reference
from platforms.access import Permission, reach
from platforms.demo import accounts
from platforms.demo.plan import counts
from platforms.demo.records import Maker
from platforms.models import ImportRun, Membership, Operator, Platform, PublicPlatform, PublicResource, User
from platforms.projection import of_platform
from platforms.publish import canonical
from platforms.validators import clean_office_phone, clean_uscc
from registry import verification
from registry.pages.home import ENGLISH_EXAMPLES, EXAMPLES

SCALE = 0.05


@pytest.fixture(scope="module")
def django_db_setup_with_demo(django_db_setup, django_db_blocker):
    """The set is written once for all tests of this module; each test runs in a transaction of its own."""
    from django.db import connection, transaction

    with django_db_blocker.unblock():
        atomic = transaction.atomic()
        atomic.__enter__()
        reference.load()
        public_facts.load()
        real = {row.code: canonical(row.document) for row in PublicPlatform.objects.all()}
        call_command("seed_demo", scale=SCALE, verbosity=0)
        yield real
        connection.set_rollback(True)
        atomic.__exit__(None, None, None)


@pytest.fixture
def seeded(django_db_setup_with_demo, django_db_blocker):
    with django_db_blocker.unblock():
        yield django_db_setup_with_demo


def test_there_are_as_many_platforms_of_each_tier_as_the_scale_says(seeded):
    wanted = counts(SCALE)
    demo = Platform.objects.filter(demo=True)

    assert demo.filter(tier="national").count() == wanted["national"]
    assert demo.filter(tier="key").count() == wanted["key"]
    accepted = Submission.objects.filter(status="accepted").count()
    assert demo.filter(tier="reserve").count() == wanted["reserve"] + accepted
    assert demo.filter(status="merged").exists()
    assert demo.filter(status="withdrawn").exists()
    assert demo.values("authority").distinct().count() == 37


def test_one_authority_lets_operators_write_and_one_lets_its_cities_check(seeded):
    waiting = Submission.objects.get(status="city_review")
    reviewer = User.objects.get(username="guangzhou-reviewer")
    assert (waiting.authority_id, waiting.authority.city_review) == ("440000", True)
    assert reach(reviewer).may(Permission.SUBMISSION_CITY_REVIEW, waiting)
    writing = Submission.objects.get(status="filling")
    assert reach(User.objects.get(username="operator")).may(Permission.SUBMISSION_FILL, writing)


def test_everything_made_up_says_so(seeded):
    demo = Platform.objects.filter(demo=True)

    assert not demo.exclude(name_zh__startswith="示例·").exists()
    assert not Operator.objects.filter(demo=True).exclude(name_zh__startswith="示例·").exists()
    assert not Batch.objects.exclude(title_zh__startswith="示例·").exists()
    assert not Decision.objects.exclude(document_no__startswith="示例").exists()


def test_credit_codes_and_telephone_numbers_pass_the_checks_of_the_form(seeded):
    for uscc in Operator.objects.filter(demo=True).values_list("uscc", flat=True):
        assert clean_uscc(uscc) == uscc
    for phone in Platform.objects.filter(demo=True).values_list("office_phone", flat=True):
        assert clean_office_phone(phone) == phone


def test_the_public_record_is_what_publishing_would_have_made(seeded):
    assert [str(difference) for difference in verification.differences()] == []


def test_real_entries_are_untouched(seeded):
    now = PublicPlatform.objects.filter(demo=False)

    assert {row.code: canonical(row.document) for row in now} == seeded


def test_the_frozen_lists_match_the_designations(seeded):
    for document_no, tier in (("示例函〔2025〕1号", "key"), ("示例函〔2025〕2号", "national")):
        release = Release.objects.get(document_no=document_no)
        listed = set(release.entries.values_list("row", "platform_code"))
        designated = Designation.objects.filter(decision__document_no=document_no, tier=tier)
        assert listed == set(designated.values_list("row", "platform__code"))
        assert release.entry_count == counts(SCALE)[tier]


def test_there_is_a_batch_in_every_stage_and_a_submission_in_every_state(seeded):
    assert set(Batch.objects.values_list("status", flat=True)) == {
        "draft", "recommending", "assessing", "noticing", "deciding", "concluded", "cancelled",
    }  # fmt: skip
    assert set(Submission.objects.values_list("status", flat=True)) == {
        "draft", "filling", "city_review", "prepared", "submitted", "returned", "accepted", "rejected", "withdrawn",
    }  # fmt: skip
    assert sorted(Objection.objects.values_list("status", flat=True)) == ["dismissed", "lodged"]
    assert set(Assignment.objects.values_list("status", flat=True)) == {"assigned", "submitted", "recused"}
    assert sorted(ImportRun.objects.values_list("status", flat=True)) == ["checked", "done"]


def test_the_people_can_be_told_to_whoever_starts_the_program(seeded):
    told = accounts()

    assert len(told) == User.objects.count() == 22
    assert User.objects.get(username="jiangsu-clerk").check_password(told[0][1])
    assert Membership.objects.get(user__username="operator").operator.demo
    assert Reviewer.objects.filter(areas__isnull=False).distinct().count() == 6


def test_seeding_again_does_nothing(seeded):
    before = Platform.objects.count()

    call_command("seed_demo", scale=SCALE, verbosity=0)

    assert Platform.objects.count() == before


def test_searching_finds_what_the_words_promise(seeded):
    titles = " ".join(PublicResource.objects.values_list("title_zh", flat=True))

    for word in ("病毒载体", "晶圆减薄", "500 L 发酵", "吨级"):
        assert word in titles


@pytest.mark.parametrize("asked", [*EXAMPLES, *ENGLISH_EXAMPLES])
def test_what_the_home_page_gives_as_an_example_finds_something(seeded, client, asked):
    assert client.get("/api/v1/platforms/", {"q": asked}).json()["count"]


@pytest.mark.django_db
def test_the_same_seed_makes_the_same_records_in_any_order():
    reference.load()

    def documents(order):
        known = Reference.load()
        plan = make(scale=0.02, seed=7, reference=known)
        maker = Maker(plan.seed, known, 1, 1)
        made = {}
        for slot in sorted(plan.slots, key=order):
            platform = maker.platform(slot)
            platform._prefetched_objects_cache["designations"] = []
            made[slot.code] = canonical(of_platform(platform).document)
        return made

    assert documents(lambda slot: slot.index) == documents(lambda slot: -slot.index)


@pytest.mark.django_db
def test_the_lists_hold_the_key_and_national_platforms_once_each():
    reference.load()
    plan = make(scale=0.05, seed=7, reference=Reference.load())
    lists = Lists(lists_of(plan))

    key = {slot.index for slot in plan.of_tier("key")}
    national = {slot.index for slot in plan.of_tier("national")}
    first, second = set(lists.members(FIRST_KEY)), set(lists.members(SECOND_KEY))
    assert set(lists.members(FIRST_NATIONAL)) == national
    assert first | second == key | national
    assert not first & second
    assert len(first) == len(key)


@pytest.mark.django_db
def test_an_official_installation_never_has_a_demonstration_set(settings):
    settings.OFFICIAL = True
    reference.load()

    with pytest.raises(CommandError):
        call_command("seed_demo", scale=SCALE, verbosity=0)
    assert not User.objects.exists()
    assert accounts() == []


def test_copy_lines_escape_what_the_format_reserves():
    encoder = bulk.encoders()[PublicResource]
    line = encoder.line(
        PublicResource(code="a\tb\\c\nd", tokens=['"', "\\"], document={"k": "v\n"}, title_zh="x")
    )

    assert line.split("\t")[0] == "a\\tb\\\\c\\nd"
    assert line.endswith("\n")
    assert line.count("\n") == 1
