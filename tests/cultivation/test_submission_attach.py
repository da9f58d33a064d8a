"""Files of a submission: judged by what is in them, without what cameras add, for those who see the submission."""

import io
import zipfile
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from cultivation.actions.submission import prepare, submit
from cultivation.models import Attachment, Submission
from platforms.errors import Invalid
from platforms.models import Document
from platforms.uploads import MOST_BYTES, read_upload
from tests.cultivation.submissions import drafted
from tests.cultivation.test_submission_pages import HOME

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


@pytest.fixture(autouse=True)
def _files(own_files):
    """Attachments are kept."""


def photo(**more) -> bytes:
    picture, out = Image.new("RGB", (40, 20), "navy"), io.BytesIO()
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "示例相机 SN-123456".encode().decode("latin-1"), 6
    exif.get_ifd(0x8825)[1] = "N"
    picture.save(out, "JPEG", exif=exif, comment=b"secret place", **more)
    return out.getvalue()


def packed(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return out.getvalue()


def word(**more: bytes) -> bytes:
    types = f'<Types><Override ContentType="{WORD}"/></Types>'.encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", types)
        archive.writestr("word/document.xml", b"<w:document/>")
        for name, content in more.items():
            archive.writestr(
                name.replace("___rels__", "/_rels/").replace("_xml_rels", ".xml.rels").replace("__", "/"),
                content,
            )
    return out.getvalue()


def pdf(objects: bytes) -> bytes:
    return b"%PDF-1.7\n1 0 obj\n" + objects + b"\nendobj\n%%EOF\n"


def packed_objects(objects: bytes) -> bytes:
    return b"<< /Type /ObjStm /Filter /FlateDecode >>\nstream\n" + zlib.compress(objects) + b"\nendstream"


def relation(kind: str, target: str) -> bytes:
    kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    return (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{kinds}/{kind}" Target="{target}" TargetMode="External"/></Relationships>'
    ).encode()


def file(content: bytes, name: str = "示例.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def send(client, submission, content: bytes, name: str = "示例.pdf", **more):
    data = {"kind": "licence", "title": "", "file": file(content, name)} | more
    return client.post(f"{HOME}{submission.number}/attachments/", data)


def test_a_photograph_loses_place_and_device_and_stands_upright():
    upload = read_upload(file(photo(), "IMG_1.jpg"))

    with Image.open(io.BytesIO(upload.content)) as picture:
        assert picture.size == (20, 40)
        assert dict(picture.getexif()) == {}
    assert b"SN-123456" not in upload.content
    assert b"secret place" not in upload.content


def test_a_document_without_macros_is_taken():
    assert read_upload(file(word(), "说明.docx")).extension == "docx"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"<html><script>alert(1)</script>", "kind"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "kind"),
        (b"MZ\x90\x00", "kind"),
        (b"%PDF-1.7 /OpenAction << /JavaScript (x) >> %%EOF", "active"),
        (b"%PDF-1.7 << /S /J#61vaScript >> %%EOF", "active"),
        (pdf(packed_objects(b"<< /S /JavaScript /JS (x) >>")), "active"),
        (pdf(b"% stream\n2 0 obj << /S /JavaScript >> endobj % endstream"), "active"),
        (pdf(b"<< /Names << /EmbeddedFiles 2 0 R >> >>"), "active"),
        (word(word___rels__settings_xml_rels=relation("attachedTemplate", "https://example.com/x.dotm")), "active"),
        (word(word___rels__settings_xml_rels=relation("oleObject", r"\\example\x")), "active"),
        (b"%PDF-1.7 cut off", "kind"),
        (b"\xff\xd8\xff\xe0 not a picture", "broken"),
        (b"PK\x03\x04 not an archive", "kind"),
        (word(word__vbaProject_bin=b"x"), "kind"),
        (PDF + b" " * MOST_BYTES, "too_large"),
    ],
    ids=["empty", "html", "svg", "exe", "pdf with script", "spelt otherwise", "packed", "hidden by words", "file inside", "template from elsewhere", "object from elsewhere", "cut pdf", "broken picture", "broken zip", "macros", "10 MB"],
)  # fmt: skip
def test_what_is_refused_whatever_its_name(content, code):
    with pytest.raises(Invalid) as refusal:
        read_upload(file(content, "营业执照.pdf"))
    assert [problem.code for problem in refusal.value.problems] == [code]


def test_what_stands_in_a_picture_by_chance_is_no_script():
    picture = b"<< /Subtype /Image >>\nstream\n" + b"\x00/JS \xff" * 50 + b"\nendstream"
    assert read_upload(file(pdf(picture))).media_type == "application/pdf"


def test_links_to_click_and_a_template_on_the_author_s_disk_are_taken():
    for kind, target in (("hyperlink", "https://example.com/"), ("attachedTemplate", "file:///C:\\x.dotm")):
        content = word(word___rels__settings_xml_rels=relation(kind, target))
        assert read_upload(file(content, "说明.docx")).extension == "docx"


def test_a_plain_archive_and_a_bomb_are_refused(monkeypatch):
    with pytest.raises(Invalid):
        read_upload(file(packed(a_xml=b"x"), "表.xlsx"))
    with pytest.raises(Invalid) as refusal:
        read_upload(file(word(word__media=b"0" * (101 * 1024 * 1024)), "表.docx"))
    assert "过大" in refusal.value.sentence


def test_the_clerk_adds_a_file_and_only_those_who_see_the_submission_read_it(cast, signed_in, own_files):
    submission, clerk = drafted(cast), signed_in(cast.jiangsu_clerk)
    assert send(clerk, submission, PDF, "营业执照.pdf").status_code == 302
    attachment = Attachment.objects.get()
    address = f"/submissions/{submission.number}/attachments/{attachment.pk}/"

    answer = clerk.get(address)
    assert answer.content == PDF
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "private, no-store"
    assert signed_in(cast.ningbo_clerk).get(address).status_code == 404
    assert signed_in(cast.ministry_clerk).get(address).status_code == 404
    assert signed_in(cast.expert).get(address).status_code == 403
    assert "示例" not in str(next(own_files.rglob("*.pdf")))


def test_the_ministry_reads_it_once_the_submission_was_sent_up(cast, signed_in):
    submission = drafted(cast)
    send(signed_in(cast.jiangsu_clerk), submission, PDF)
    ministry = signed_in(cast.ministry_clerk)
    address = f"/submissions/{submission.number}/attachments/{Attachment.objects.get().pk}/"
    assert ministry.get(address).status_code == 404
    assert ministry.get("/api/v1/documents/").json()["results"] == []
    prepare(submission=submission, by=cast.jiangsu_clerk)
    submit(submission=submission, by=cast.jiangsu_approver)

    assert ministry.get(address).content == PDF
    assert [row["title"] for row in ministry.get("/api/v1/documents/").json()["results"]] == ["示例.pdf"]
    assert "附件 1 个" in ministry.get(f"/ministry/submissions/{submission.number}/").text


def test_the_same_file_twice_and_a_file_for_a_submission_that_was_handed_over_are_refused(cast, signed_in):
    submission, clerk = drafted(cast), signed_in(cast.jiangsu_clerk)
    send(clerk, submission, PDF)
    assert "这份文件已经添加过" in send(clerk, submission, PDF).text
    prepare(submission=submission, by=cast.jiangsu_clerk)

    assert send(clerk, submission, PDF + b"\n").status_code == 409
    assert (Attachment.objects.count(), Document.objects.count()) == (1, 1)


def test_a_file_that_was_taken_away_is_gone_from_the_page_and_kept_in_the_record(cast, signed_in):
    submission, clerk = drafted(cast), signed_in(cast.jiangsu_clerk)
    send(clerk, submission, PDF)
    attachment = Attachment.objects.get()
    assert clerk.post(f"{HOME}{submission.number}/attachments/{attachment.pk}/remove/").status_code == 302

    assert list(Submission.objects.get().attachments.in_force()) == []
    assert Attachment.objects.get().removed_by == cast.jiangsu_clerk


def test_a_wrong_kind_of_material_and_a_nul_in_the_title_are_refused(cast, signed_in):
    submission, clerk = drafted(cast), signed_in(cast.jiangsu_clerk)

    assert send(clerk, submission, PDF, kind="nonsense").status_code == 400
    assert send(clerk, submission, PDF, title="a\x00b").status_code == 400
    assert not Attachment.objects.exists()
