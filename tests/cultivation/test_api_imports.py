"""批量导入 over the API: a file is taken, its rows are told, and another authority's import does not exist."""

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile

from platforms.models import ImportRow, ImportRun
from tests import factories
from tests.api import V1, problem
from tests.cultivation.test_api_submissions import Caller

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_limits(settings, tmp_path):
    cache.clear()
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    }


def send(caller: Caller, *, authority: str = "320000", content: bytes = b"a,b\n1,2\n", **headers):
    file = SimpleUploadedFile("示例.csv", content, "text/csv")
    body = {"authority": authority, "file": file}
    return caller.client.post(f"{V1}imports/", body, headers={**caller.headers, **headers})


def test_a_file_is_taken_and_its_address_tells_how_far_it_is(cast):
    caller = Caller(cast.jiangsu_clerk)

    response = send(caller)

    assert response.status_code == 202, response.content
    run = ImportRun.objects.get()
    assert response["Location"].endswith(f"/api/v1/imports/{run.pk}/")
    body = caller.get(f"imports/{run.pk}/").json()
    assert (body["status"], body["file_name"], body["rows"]["count"]) == ("received", "示例.csv", 0)
    assert body["job"].endswith(f"/api/v1/jobs/{run.check_job_id}/")
    assert caller.get(f"jobs/{run.check_job_id}/").json()["status"] == "queued"


def test_a_file_that_is_sent_again_with_its_key_is_taken_once(cast):
    caller = Caller(cast.jiangsu_clerk)

    first = send(caller, **{"Idempotency-Key": "file-1"})
    again = send(caller, **{"Idempotency-Key": "file-1"})

    assert again.content == first.content
    problem(send(caller, content=b"other", **{"Idempotency-Key": "file-1"}), 422)
    assert ImportRun.objects.count() == 1


def test_every_row_says_what_is_wrong_with_it(cast):
    caller = Caller(cast.jiangsu_clerk)
    send(caller)
    run = ImportRun.objects.get()
    for number in (2, 3, 4):
        ImportRow.objects.create(
            run=run, number=number, raw={}, outcome="error", problems=[{"pointer": "platform/name_zh"}]
        )

    rows = caller.get(f"imports/{run.pk}/?page_size=2").json()["rows"]

    assert (rows["count"], [row["number"] for row in rows["results"]]) == (3, [2, 3])
    assert rows["next"].endswith("page=2")


def test_an_import_that_is_not_checked_cannot_be_confirmed_but_given_up(cast):
    caller = Caller(cast.jiangsu_clerk)
    send(caller)
    run = ImportRun.objects.get()

    problem(caller.post(f"imports/{run.pk}/confirm/", {"mode": "valid_rows"}), 409)
    problem(caller.post(f"imports/{run.pk}/confirm/", {"mode": "some"}), 400)
    assert caller.post(f"imports/{run.pk}/cancel/").json()["status"] == "cancelled"


def test_an_import_of_another_authority_does_not_exist(cast):
    send(Caller(cast.jiangsu_clerk))
    run = ImportRun.objects.get()
    other = Caller(cast.ningbo_clerk)

    problem(other.get(f"imports/{run.pk}/"), 404)
    problem(other.post(f"imports/{run.pk}/confirm/", {"mode": "valid_rows"}), 404)
    problem(send(other, authority="320000"), 404)
    assert other.get("imports/").json()["count"] == 0
    problem(Caller(cast.jiangsu_approver).get("imports/"), 403)


@pytest.mark.parametrize(
    "form", [{}, {"authority": "320000"}, {"authority": "999999", "file": "x"}, {"other": "1"}]
)
def test_a_form_that_is_not_understood_is_refused(cast, form):
    caller = Caller(cast.jiangsu_clerk)
    factories.AuthorityFactory()

    problem(caller.client.post(f"{V1}imports/", form, headers=caller.headers), 400)
    problem(caller.post("imports/", {"authority": "320000"}), 415)
