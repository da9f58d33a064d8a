"""变更申请 and 附件 over the API: the same verbs, two persons and files judged by what is in them."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from cultivation.models import Attachment, ChangeRequest
from platforms.models import Document, Platform, PublicPlatform
from platforms.publish import publish
from tests import factories
from tests.api import V1, problem
from tests.cultivation.test_api_submissions import Caller, drafted

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


@pytest.fixture(autouse=True)
def _files(own_files):
    """Attachments are kept."""


@pytest.fixture
def platform(cast) -> Platform:
    found = factories.PlatformFactory(authority=cast.jiangsu, name_zh="示例·旧名称")
    publish(found)
    return found


def send(caller: Caller, path: str, name: str = "通知书.pdf", content: bytes = PDF, seen: str = "", **fields):
    body = {"file": SimpleUploadedFile(name, content), **fields}
    more = {"If-Match": seen} if seen else {}
    return caller.client.post(V1 + path, body, headers={**caller.headers, **more})


def asked(caller: Caller, platform: Platform, **more) -> dict:
    body = {
        "platform": platform.code, "kind": "name", "after": {"name_zh": "示例·新名称"}, "reason": "示例原因",
        "evidence_note": "示例通知书〔2026〕1 号", **more,
    }  # fmt: skip
    response = caller.post("change-requests/", body)
    assert response.status_code == 201, response.content
    return response.json()


def test_asked_returned_revised_and_agreed(cast, platform):
    clerk, approver = Caller(cast.jiangsu_clerk), Caller(cast.jiangsu_approver)
    ministry = Caller(cast.ministry_approver)
    made = asked(clerk, platform)
    here = f"change-requests/{made['id']}/"
    assert (made["before"]["name_zh"], made["after"]["name_zh"]) == ("示例·旧名称", "示例·新名称")
    problem(ministry.get(here), 404)

    shown = send(clerk, f"{here}documents/").json()
    assert [item["title"] for item in shown["evidence"]] == ["通知书.pdf"]
    problem(send(clerk, f"{here}documents/", "x.html", b"<script>"), 400)
    problem(clerk.post(f"{here}submit/"), 403)
    approver.post(f"{here}submit/")
    problem(send(clerk, f"{here}documents/"), 409)
    problem(ministry.post(f"{here}return/", {}), 400)
    ministry.post(f"{here}return/", {"reason": "请写全称"})
    again = {"after": {"name_zh": "示例·全称"}, "reason": "示例原因", "evidence_note": "示例通知书"}
    assert clerk.post(f"{here}revise/", again).json()["evidence"] == shown["evidence"]
    approver.post(f"{here}submit/")
    assert {move["verb"] for move in ministry.get(here).json()["moves"]} == {"accept", "return", "reject"}

    assert ministry.post(f"{here}accept/").json()["status"] == "accepted"

    assert PublicPlatform.objects.get(code=platform.code).name_zh == "示例·全称"


def test_everything_wrong_is_named_and_nothing_is_kept(cast, platform):
    clerk = Caller(cast.jiangsu_clerk)
    body = {"platform": platform.code, "kind": "name", "after": {"name_zh": ""}}

    refused = problem(clerk.post("change-requests/", body), 400)

    assert {error["pointer"] for error in refused["errors"]} >= {"#/reason", "#/evidence_note", "#/name_zh"}
    problem(clerk.post("change-requests/", body | {"effective_on": "31.12.2026"}), 400)
    problem(clerk.post("change-requests/", body | {"kind": "nonsense"}), 400)
    problem(clerk.post("change-requests/", body | {"after": {"name_zh": 1}}), 400)
    assert not ChangeRequest.objects.exists()


def test_trying_out_keeps_nothing_and_another_office_sees_nothing(cast, platform):
    clerk = Caller(cast.jiangsu_clerk)
    body = {"platform": platform.code, "kind": "cancellation", "reason": "示例", "evidence_note": "示例"}
    assert clerk.post("change-requests/?dry_run=true", body)["Dry-Run"] == "true"
    assert not ChangeRequest.objects.exists()

    made = asked(clerk, platform)
    other = Caller(cast.ningbo_clerk)

    assert other.get("change-requests/").json()["count"] == 0
    problem(other.get(f"change-requests/{made['id']}/"), 404)
    problem(send(other, f"change-requests/{made['id']}/documents/"), 404)
    problem(other.post("change-requests/", body), 404)


def test_files_of_a_draft_come_and_go(cast):
    factories.DirectionFactory()
    clerk = Caller(cast.jiangsu_clerk)
    files = f"submissions/{drafted(clerk)['number']}/attachments/"

    made = send(clerk, files, kind="licence", title="营业执照")

    assert made.status_code == 201, made.content
    assert (made.json()["title"], made.json()["media_type"]) == ("营业执照", "application/pdf")
    assert made["Location"] == made.json()["url"]
    problem(send(clerk, files, kind="licence"), 400)
    problem(send(clerk, files, kind="nonsense", content=PDF + b"1"), 400)
    problem(send(clerk, files, name="x.pdf", content=b"", kind="licence"), 400)
    one = made.json()["url"].partition("/api/v1/")[2]
    assert clerk.get(files).json()["count"] == 1
    problem(Caller(cast.ningbo_clerk).get(one), 404)
    assert clerk.post(f"{one}remove/?dry_run=true").status_code == 200
    assert clerk.get(one).status_code == 200
    assert [clerk.post(f"{one}remove/").status_code for _time in range(2)] == [200, 200]
    problem(clerk.get(one), 404)
    assert clerk.get(files).json()["count"] == 0
    assert (Attachment.objects.count(), Document.objects.count()) == (1, 1)


def test_files_are_changed_in_the_version_that_was_seen(cast):
    """The tag is that of the list: a file added or removed by somebody else makes the caller's older one stale."""
    factories.DirectionFactory()
    clerk = Caller(cast.jiangsu_clerk)
    files = f"submissions/{drafted(clerk)['number']}/attachments/"
    empty = clerk.get(files)["ETag"]
    made = send(clerk, files, kind="licence", seen=empty)
    one = made.json()["url"].partition("/api/v1/")[2]

    assert made["ETag"] == clerk.get(files)["ETag"] == clerk.get(one)["ETag"] != empty
    problem(send(clerk, files, kind="licence", content=PDF + b"2", seen=empty), 412)
    problem(clerk.post(f"{one}remove/", **{"If-Match": empty}), 412)
    assert clerk.get(files).json()["count"] == 1
    gone = clerk.post(f"{one}remove/", **{"If-Match": made["ETag"]})
    assert (gone.status_code, gone["ETag"]) == (200, clerk.get(files)["ETag"])
    problem(send(clerk, files, kind="licence", seen=made["ETag"]), 412)
