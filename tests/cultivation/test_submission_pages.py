"""The whole path through the pages, clerk → approver → ministry, and what each page refuses."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cultivation.actions import submission as verbs
from cultivation.forms import submission_rows as rows
from cultivation.models import Submission
from platforms import jobs, record
from platforms.models import Job, Platform
from tests.cultivation.submissions import accepted, change_of, drafted, prepared, reference_data, submitted
from tests.factories import uscc, valid_payload
from tests.spreadsheets import checked, good_row, table, workbook

pytestmark = pytest.mark.django_db
HOME = "/authorities/320000/submissions/"


def typed(section: str, payload: dict) -> dict[str, str]:
    """What a browser sends for one section of ``payload``."""
    data: dict[str, str] = {}
    for item in record.FIELDS:
        if item.section != section:
            continue
        if item.aggregate in record.SINGLES:
            data[f"{item.aggregate}-{item.key}"] = str(payload[item.aggregate].get(item.key, ""))
            continue
        rows = payload[item.aggregate]
        data[f"{item.aggregate}-rows"] = str(len(rows))
        for index, row in enumerate(rows):
            data[f"{item.aggregate}-{index}-{item.key}"] = str(row.get(item.key, ""))
    return data


def queries(client, url: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as counted:
        assert client.get(url).status_code == 200
    return len(counted)


def test_from_the_first_section_to_the_register(cast, signed_in):
    reference_data()
    clerk, payload = signed_in(cast.jiangsu_clerk), valid_payload()

    page = clerk.post(f"{HOME}new/", typed("identity", payload))
    assert page.status_code == 302
    submission = Submission.objects.get()
    for section in list(record.SECTIONS)[1:]:
        data = {**typed(section, payload), "version": Submission.objects.get().version}
        page = clerk.post(f"{HOME}{submission.number}/sections/{section}/", data)
        assert page.status_code == 302, page.context["form"].errors
    page = clerk.post(f"{HOME}{submission.number}/prepare/")
    assert (page.status_code, Submission.objects.get().status) == (400, "draft")
    assert "请先确认所填内容不含国家秘密" in page.text
    assert clerk.post(f"{HOME}{submission.number}/prepare/", {"declared": "1"}).status_code == 302
    assert Submission.objects.get().declared_by == cast.jiangsu_clerk

    approver = signed_in(cast.jiangsu_approver)
    page = approver.get(f"{HOME}{submission.number}/")
    assert "审核通过并上报" in page.text
    assert approver.post(f"{HOME}{submission.number}/submit/").status_code == 302

    ministry = signed_in(cast.ministry_clerk)
    assert submission.number in ministry.get("/ministry/submissions/").text
    page = ministry.post(f"/ministry/submissions/{submission.number}/accept/", follow=True)
    assert Platform.objects.get().code in page.text
    assert Platform.objects.get().equipment.get().name_zh == "气氛辊道窑"


def test_a_wrong_check_digit_is_named_beside_its_field_and_nothing_is_saved(cast, signed_in):
    submission = drafted(cast)
    data = typed("identity", submission.payload) | {"version": "1"}
    data["operator-uscc"] = uscc(900001)[:-1] + ("0" if uscc(900001)[-1] != "0" else "1")
    page = signed_in(cast.jiangsu_clerk).post(f"{HOME}{submission.number}/sections/identity/", data)

    assert page.status_code == 400
    assert page.context["form"].errors.keys() == {"operator-uscc"}
    assert 'id="id_operator-uscc_error"' in page.text
    assert data["operator-uscc"] in page.text
    assert Submission.objects.get().version == 1


def test_a_nul_in_a_field_is_refused_and_nothing_is_saved(cast, signed_in):
    submission = drafted(cast)
    data = {**typed("identity", submission.payload), "platform-address": "示例\x00路", "version": "1"}
    page = signed_in(cast.jiangsu_clerk).post(f"{HOME}{submission.number}/sections/identity/", data)

    assert page.status_code == 400
    assert page.context["form"].errors.keys() == {"platform-address"}
    assert Submission.objects.get().version == 1


def test_a_problem_in_a_row_stands_beside_the_row_that_was_typed(cast, signed_in):
    submission = drafted(cast)
    data = typed("equipment", submission.payload)
    data |= {"version": "1", "equipment-rows": "3", "equipment-2-name_zh": "炉", "equipment-2-quantity": "八"}
    page = signed_in(cast.jiangsu_clerk).post(f"{HOME}{submission.number}/sections/equipment/", data)

    assert page.context["form"].errors.keys() == {"equipment-2-quantity"}


def test_a_row_can_be_added_and_removed_without_losing_what_was_typed(cast, signed_in):
    submission, clerk = drafted(cast), signed_in(cast.jiangsu_clerk)
    address = f"{HOME}{submission.number}/sections/equipment/"
    data = {**typed("equipment", submission.payload), "equipment-0-model": "QX-1"}

    page = clerk.post(address, {**data, "add": "equipment"})
    assert page.status_code == 200
    assert 'value="QX-1"' in page.text
    assert 'name="equipment-1-name_zh"' in page.text

    page = clerk.post(address, {**data, "drop": "equipment-0"})
    assert 'name="equipment-0-name_zh"' not in page.text
    assert Submission.objects.get().version == 1


def test_who_files_a_platform_twice_reads_one_sentence_on_page_over_api_and_in_an_import(
    cast, signed_in, settings, tmp_path
):
    files = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = settings.STORAGES | {"default": files}
    first, clerk = drafted(cast, name="示例·导入平台1", serial=700001), signed_in(cast.jiangsu_clerk)
    sentence = f"这个平台已有没有办完的申报 {first.number}，请先办完它。"
    page = clerk.post(f"{HOME}new/", typed("identity", first.payload))
    body = {"authority": "320000", "payload": first.payload}
    api = clerk.post("/api/v1/submissions/", body, content_type="application/json")
    run = checked(workbook({"平台": table([good_row(1)])}), cast.jiangsu, cast.jiangsu_clerk)

    assert (page.status_code, sentence in page.text, Submission.objects.count()) == (400, True, 1)
    assert (api.status_code, sentence in api.text) == (400, True)
    assert [problem["message"] for problem in run.rows.get().problems] == [sentence]
    change = change_of(cast, accepted(cast, name="示例·导入平台2", serial=700002).platform)
    body = {"authority": "320000", "kind": "change", "platform": change.platform.code}
    again = clerk.post("/api/v1/submissions/", body, content_type="application/json")
    assert (again.status_code, sentence.replace(first.number, change.number) in again.text) == (409, True)


@pytest.mark.parametrize("path", ["", "sections/identity/"])
def test_a_submission_of_another_authority_does_not_exist(cast, signed_in, path):
    submission, stranger = drafted(cast), signed_in(cast.ningbo_clerk)

    assert stranger.get(f"{HOME}{submission.number}/{path}").status_code == 404
    assert stranger.get(f"/authorities/330200/submissions/{submission.number}/{path}").status_code == 404
    assert stranger.get(HOME).status_code == 404


def test_a_stranger_cannot_move_it(cast, signed_in):
    submission = drafted(cast)

    assert signed_in(cast.ningbo_clerk).post(f"{HOME}{submission.number}/prepare/").status_code == 404
    assert Submission.objects.get().status == "draft"


def test_the_ministry_does_not_see_drafts(cast, signed_in):
    submission = drafted(cast)

    assert (
        signed_in(cast.ministry_clerk).get(f"/ministry/submissions/{submission.number}/").status_code == 404
    )


def test_pressing_submit_twice_is_harmless(cast, signed_in):
    submission, approver = prepared(cast), signed_in(cast.jiangsu_approver)

    assert approver.post(f"{HOME}{submission.number}/submit/").status_code == 302
    assert approver.post(f"{HOME}{submission.number}/submit/").status_code == 409
    assert Submission.objects.get().status == "submitted"


def test_the_ministry_pins_fields_and_the_clerk_sees_why_beside_them(cast, signed_in):
    submission, ministry = submitted(cast), signed_in(cast.ministry_clerk)
    address = f"/ministry/submissions/{submission.number}/"
    assert ministry.post(f"{address}return/", {"reason": ""}).status_code == 400
    ministry.post(
        f"{address}return/",
        {
            "reason": "与台账不符",
            "fields_": ["platform/staff_total"],
            "why-platform-staff_total": "台账为 28 人",
            "why-platform-floor_area_m2": "请附测绘报告",
            "due_on": "2099-12-31",
        },
    )

    page = signed_in(cast.jiangsu_clerk).get(f"{HOME}{submission.number}/sections/capability/")
    assert "2099-12-31 24:00" in page.text
    assert [(field.name, pin) for field, pin in page.context["form"].single_fields] == [
        ("platform-floor_area_m2", "请附测绘报告"),
        ("platform-staff_total", "台账为 28 人"),
    ]
    assert page.text.count("台账为 28 人") == 1


def test_after_a_return_the_ministry_is_shown_what_was_corrected_first(cast, signed_in):
    submission, ministry = submitted(cast), signed_in(cast.ministry_clerk)
    address = f"/ministry/submissions/{submission.number}/"
    ministry.post(f"{address}return/", {"reason": "核对", "fields_": ["platform/staff_total", "lines"]})
    clerk, own = signed_in(cast.jiangsu_clerk), f"{HOME}{submission.number}/"
    version = str(Submission.objects.get().version)
    clerk.post(
        f"{own}sections/capability/", {"platform-staff_total": "28", "version": version, **lines(submission)}
    )
    clerk.post(f"{own}prepare/", {"declared": "1"})
    signed_in(cast.jiangsu_approver).post(f"{own}submit/")

    corrected = ministry.get(address).context["corrected"]
    assert [(c["label"], c["before"], c["after"]) for c in corrected["changes"]] == [
        ("专职人员（人）", "30", "28")
    ]
    assert [(pin["label"], pin["changed"]) for pin in corrected["pins"]] == [
        ("专职人员（人）", True),
        ("中试线", False),
    ]


def lines(submission) -> dict[str, str]:
    return {
        name: value
        for name, value in typed("capability", submission.payload).items()
        if name.startswith("lines")
    }


def test_many_drafts_are_handed_over_with_one_declaration(cast, signed_in):
    rows = [drafted(cast, name=f"示例·平台{n}", serial=n + 1) for n in range(2)]
    clerk, ticked = signed_in(cast.jiangsu_clerk), {"pick": [row.pk for row in rows], "verb": "prepare"}

    page = clerk.post(f"{HOME}bulk/", ticked | {"confirm": "1", "nonce": "a"})
    assert (page.status_code, Job.objects.count()) == (400, 0)
    clerk.post(f"{HOME}bulk/", ticked | {"confirm": "1", "nonce": "a", "declared": "1"})
    jobs.run(Job.objects.get().pk)
    assert {row.declared_by for row in Submission.objects.in_state("prepared")} == {cast.jiangsu_clerk}


def test_a_change_shows_what_differs_from_the_register(cast, signed_in):
    platform = accepted(cast).platform
    change_of(cast, platform, staff_total=45)
    page = signed_in(cast.jiangsu_clerk).post(
        f"/authorities/320000/platforms/{platform.code}/change/", follow=True
    )

    assert [change["after"] for change in page.context["changes"]] == ["45"]
    assert Submission.objects.count() == 2


def test_many_are_accepted_after_a_preview(cast, signed_in):
    rows = [submitted(cast, name=f"示例·平台{n}", serial=n + 1) for n in range(2)]
    rows.append(drafted(cast, name="示例·草稿", serial=9))
    ministry = signed_in(cast.ministry_clerk)
    ticked = {"pick": [row.pk for row in rows]}

    page = ministry.post("/ministry/submissions/bulk/", ticked)
    assert len(page.context["moving"]) == 2
    assert Job.objects.count() == 0

    confirmed = ticked | {"confirm": "1", "nonce": page.context["nonce"]}
    first = ministry.post("/ministry/submissions/bulk/", confirmed)
    assert ministry.post("/ministry/submissions/bulk/", confirmed).url == first.url
    jobs.run(Job.objects.get().pk)
    page = ministry.get(first.url)
    assert page.context["job"]["state"] == "done"
    assert Platform.objects.count() == 2


def test_a_job_of_another_office_does_not_exist(cast, signed_in):
    from cultivation.actions.submission_bulk import prepare_many

    job = prepare_many(submissions=[drafted(cast)], by=cast.jiangsu_clerk, authority=cast.jiangsu)

    assert signed_in(cast.jiangsu_approver).get(f"/jobs/{job.pk}/").status_code == 200
    assert signed_in(cast.ningbo_clerk).get(f"/jobs/{job.pk}/").status_code == 404


LISTS = (
    ("jiangsu_clerk", HOME),
    ("jiangsu_clerk", "/authorities/320000/platforms/"),
    ("jiangsu_clerk", "/desk/"),
    ("jiangsu_approver", "/desk/"),
    ("ministry_clerk", "/desk/"),
    ("ministry_clerk", "/ministry/submissions/"),
    ("jiangsu_clerk", "/messages/"),
)


def test_lists_ask_as_many_questions_for_three_rows_as_for_one(cast, signed_in):
    clients = {name: signed_in(getattr(cast, name)) for name, _url in LISTS}

    def add(n: int) -> None:
        accepted(cast, name=f"示例·入库{n}", serial=10 * n + 1)
        submitted(cast, name=f"示例·上报{n}", serial=10 * n + 2)
        prepared(cast, name=f"示例·待审{n}", serial=10 * n + 3)
        drafted(cast, name=f"示例·草稿{n}", serial=10 * n + 4)

    add(1)
    for name, url in LISTS:
        clients[name].get(url)
    one = [queries(clients[name], url) for name, url in LISTS]
    add(2)
    add(3)
    assert [queries(clients[name], url) for name, url in LISTS] == one


@pytest.mark.parametrize(
    "name", ["jiangsu_clerk", "jiangsu_approver", "operator", "expert", "ministry_clerk", "ministry_approver",
             "system_admin", "security_admin", "audit_admin"],
)  # fmt: skip
def test_everyone_has_a_desk(cast, signed_in, name):
    submitted(cast)

    assert signed_in(getattr(cast, name)).get("/desk/").status_code == 200
    assert signed_in(getattr(cast, name)).get("/en/desk/").status_code == 200


def test_what_was_given_up_can_be_begun_again_without_typing(cast, signed_in):
    from cultivation.actions.submission import withdraw

    first, clerk = drafted(cast), signed_in(cast.jiangsu_clerk)
    assert clerk.post(f"{HOME}{first.number}/copy/").status_code == 409
    withdraw(submission=first, by=cast.jiangsu_clerk)
    assert "以此为底稿重新填报" in clerk.get(f"{HOME}{first.number}/").text
    assert clerk.post(f"{HOME}{first.number}/copy/").status_code == 302

    again = Submission.objects.exclude(pk=first.pk).get()
    assert (again.status, again.payload) == ("draft", first.payload)
    assert signed_in(cast.jiangsu_approver).post(f"{HOME}{first.number}/copy/").status_code == 403


def test_the_gauge_says_what_is_missing_for_the_tier(cast, signed_in):
    from django.utils import timezone

    from tests.factories import BatchFactory

    criteria = [
        {"field": "platform.floor_area_m2", "op": "gte", "value": 2000, "label_zh": "场地面积"},
        {"field": "platform.staff_total", "op": "gte", "value": 50, "label_zh": "专职人员"},
    ]
    batch = {"opened_at": timezone.now(), "opened_by": cast.ministry_approver, "status": "recommending"}
    BatchFactory(criteria=criteria, **batch)
    page = signed_in(cast.jiangsu_clerk).get(f"{HOME}{drafted(cast).number}/")

    [meter] = page.context["meters"]
    assert (meter["tier"], meter["met"], meter["total"]) == ("key", 1, 2)
    assert "专职人员为30，要求不低于50，不符合。" in page.text


def test_each_thing_lacking_leads_to_the_place_that_fills_it(cast, signed_in):
    from django.utils import timezone

    from tests.factories import BatchFactory

    staff = {"field": "platform.staff_total", "op": "gte", "value": 50, "label_zh": "专职人员"}
    income = {"field": "sum(figures[-3:].income_wan)", "op": "gte", "value": 999999}
    lines = {"field": "count(lines)", "op": "gte", "value": 99}
    met = {"field": "platform.floor_area_m2", "op": "lte", "value": 99999}
    area = {"field": "platform.floor_area_m2", "op": "gte", "value": 88888}
    criteria = [
        {"all_of": [met, area, staff]},
        {"any_of": [income, lines]},
        {"manual": True, "text_zh": "公共服务"},
    ]
    batch = {"opened_at": timezone.now(), "opened_by": cast.ministry_approver, "status": "recommending"}
    BatchFactory(criteria=criteria, **batch)
    draft = drafted(cast)
    author, address = signed_in(cast.jiangsu_clerk), f"{HOME}{draft.number}/"

    def places():
        [meter] = author.get(address).context["meters"]
        return [[place["url"] for place in item["places"]] for item in meter["lacking"]]

    found = places()
    assert [[url.rpartition("#")[2] for url in urls] for urls in found] == [
        ["id_platform-floor_area_m2", "id_platform-staff_total"],
        ["figures-h", "lines-h"],
        [],
    ]
    for url in (url for urls in found for url in urls):
        assert f'id="{url.rpartition("#")[2]}"' in author.get(url.partition("#")[0]).text
    assert f'<a href="{found[0][0]}">' in author.get(address).text

    verbs.prepare(submission=draft, by=cast.jiangsu_clerk, declared=True)
    assert places() == [[], [], []], "who may not write is led nowhere"


def rows_changed(cast):
    """A change of a platform with three pieces of equipment: the first gone, the last two changed and one more."""
    platform = accepted(cast).platform
    platform.equipment.all().delete()
    for position, name in enumerate(("炉", "釜", "泵")):
        platform.equipment.create(
            name_zh=name, quantity=1, commissioned_year=2020 + position, position=position
        )
    draft = change_of(cast, platform)
    kept = [dict(row) for row in draft.payload["equipment"]][1:]
    kept[1]["quantity"] = 7
    new = {"name_zh": "塔", "quantity": 1, "commissioned_year": 2025}
    payload = {**draft.payload, "equipment": [*kept, new]}
    return verbs.save_draft(submission=draft, payload=payload, by=cast.jiangsu_clerk)


def test_rows_show_what_is_on_record_for_them(cast, signed_in):
    """Taking the first row away is one row gone, not three rows changed."""
    draft = rows_changed(cast)
    browser = signed_in(cast.jiangsu_clerk)
    address = f"/authorities/320000/submissions/{draft.number}/"

    [table] = browser.get(f"{address}sections/equipment/").context["form"].tables
    hints = [[cell.help_text for cell in row["cells"] if cell.help_text] for row in table["rows"]]
    assert hints == [[], ["1"], []]
    assert [row["added"] for row in table["rows"]] == [False, False, True]
    [gone] = table["gone"]
    assert "炉" in gone
    content = browser.get(f"{address}sections/equipment/").content.decode()
    assert (content.count("在录没有"), content.count("在录、这里没有的行")) == (1, 1)
    labels = [change["label"] for change in browser.get(address).context["changes"]]
    assert len(labels) == 3


def test_what_is_on_record_is_said_again_when_a_page_is_refused(cast, signed_in):
    draft = rows_changed(cast)
    page = f"/authorities/320000/submissions/{draft.number}/sections/equipment/"
    sent = {
        **rows.data_of(draft.payload, "equipment"),
        "version": draft.version,
        "equipment-1-quantity": "许多",
    }

    answer = signed_in(cast.jiangsu_clerk).post(page, sent)

    assert answer.status_code == 400
    quantity = answer.context["form"]["equipment-1-quantity"]
    assert (quantity.help_text, bool(quantity.errors)) == ("1", True)


def test_words_on_record_are_never_markup(cast, signed_in):
    draft = change_of(cast, accepted(cast).platform, address="甲")
    Platform.objects.filter(pk=draft.platform_id).update(address="<i>乙</i>")

    page = signed_in(cast.jiangsu_clerk).get(
        f"/authorities/320000/submissions/{draft.number}/sections/identity/"
    )

    assert "在录：&lt;i&gt;乙" in page.content.decode()
    assert "<i>乙" not in page.content.decode()


def test_a_change_shows_what_is_on_record_and_leads_to_each_change(cast, signed_in):
    draft = change_of(cast, accepted(cast).platform, staff_total=77)
    before = record.payload_of(draft.platform)["platform"]["staff_total"]
    address = f"/authorities/320000/submissions/{draft.number}/"
    browser = signed_in(cast.jiangsu_clerk)

    [change] = browser.get(address).context["changes"]
    assert (change["before"], change["after"]) == (str(before), "77")
    page, _hash, anchor = change["url"].partition("#")
    content = browser.get(page).content.decode()
    assert f'id="{anchor}"' in content
    assert f"在录：{before}" in content
    assert signed_in(cast.jiangsu_approver).get(address).context["changes"][0]["url"] == ""
