"""What may be uploaded as an 附件: few kinds, known by their content and not by their name, pictures without what cameras add.

A file is read whole (the limit is small), judged, and handed on as bytes with a media type of our choosing. It is kept
outside the web root and only ever sent as a download.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from typing import Final

from django.core.files.uploadedfile import UploadedFile
from PIL import Image, ImageOps, UnidentifiedImageError

from platforms import active_content
from platforms.errors import Invalid, Problem
from platforms.words import gettext_lazy as _

MOST_BYTES: Final = 10 * 1024 * 1024
MOST_PIXELS: Final = 50_000_000
MOST_ENTRIES: Final = 2_000
LONGEST_TITLE: Final = 160

PDF = "application/pdf"
JPEG, PNG = "image/jpeg", "image/png"
OOXML = {
    "word": ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "xl": ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
#: What a form offers to choose; the content decides.
ACCEPT = ".pdf,.jpg,.jpeg,.png,.docx,.xlsx"


@dataclass(frozen=True)
class Upload:
    """A file that may be kept. ``name`` is for people; ``extension`` and ``media_type`` are what the content is."""

    name: str
    extension: str
    media_type: str
    content: bytes


def read_upload(file: UploadedFile | None, *, pointer: str = "file") -> Upload:
    """Judge an uploaded file; raises ``Invalid`` with the reason and the limit."""
    if file is None:
        raise _refusal(pointer, "required", _("请选择要上传的文件。"))
    if not file.size:
        raise _refusal(pointer, "empty", _("文件是空的。"))
    if file.size > MOST_BYTES:
        raise _refusal(pointer, "too_large", _("文件不能超过 10 MB，请压缩或拆分后再上传。"))
    content = file.read()
    name = _plain_name(file.name or "")
    kind = _kind_of(content, pointer)
    if kind in (JPEG, PNG):
        return Upload(name, "jpg" if kind == JPEG else "png", kind, _without_metadata(content, kind, pointer))
    if kind == PDF:
        if active_content.in_pdf(content):
            raise _refusal(pointer, "active", _("PDF 中含有脚本或嵌入的文件，请另存为普通 PDF 后再上传。"))
        return Upload(name, "pdf", PDF, content)
    extension, media_type = OOXML[kind]
    return Upload(name, extension, media_type, content)


def _refusal(pointer: str, code: str, sentence) -> Invalid:
    return Invalid([Problem(pointer, code, sentence)])


def _plain_name(name: str) -> str:
    """The last part of the name, without control characters."""
    last = re.split(r"[\\/]", name)[-1]
    return "".join(character for character in last if character.isprintable()).strip()[-LONGEST_TITLE:] or "—"


def _kind_of(content: bytes, pointer: str) -> str:
    if content.startswith(b"%PDF-") and b"%%EOF" in content[-2048:]:
        return PDF
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if content.startswith(b"PK\x03\x04"):
        return _office_kind(content, pointer)
    raise _refusal(
        pointer,
        "kind",
        _("不能上传这种文件。可上传 PDF、JPG、PNG 图片和不含宏的 Word、Excel 文件（docx、xlsx）。"),
    )


def _office_kind(content: bytes, pointer: str) -> str:
    """A document or a workbook without macros, packed as such files are."""
    refusal = _refusal(
        pointer, "kind", _("压缩包和含宏的文件不能上传。可上传 PDF、图片和不含宏的 docx、xlsx。")
    )
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            names = {entry.filename for entry in entries}
            if (
                len(entries) > MOST_ENTRIES
                or sum(entry.file_size for entry in entries) > active_content.MOST_UNPACKED
            ):
                raise _refusal(pointer, "too_large", _("文件解开后过大，不能上传。"))
            if any(entry.flag_bits & 1 for entry in entries) or "[Content_Types].xml" not in names:
                raise refusal
            with archive.open("[Content_Types].xml") as part:
                types = part.read(1024 * 1024)
            if active_content.in_office(archive):
                raise _refusal(
                    pointer, "active", _("文件会从网络上读取模板或对象，请去掉外部引用、另存后再上传。")
                )
    except (zipfile.BadZipFile, NotImplementedError, OSError, RuntimeError, ValueError):
        raise refusal from None
    active = any("vbaproject" in name.lower() or name.lower().endswith((".exe", ".js")) for name in names)
    found = [kind for kind in OOXML if f"{kind}/" in {name[: len(kind) + 1] for name in names}]
    if active or b"macroEnabled" in types or len(found) != 1 or OOXML[found[0]][1].encode() not in types:
        raise refusal
    return found[0]


def _without_metadata(content: bytes, kind: str, pointer: str) -> bytes:
    """The picture drawn anew: turned as the camera held it, without place, device, comment or preview."""
    name = "JPEG" if kind == JPEG else "PNG"
    try:
        with Image.open(io.BytesIO(content), formats=[name]) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise _refusal(pointer, "too_large", _("图片过大，请缩小到 5000 万像素以内。"))
            picture.load()
            upright = ImageOps.exif_transpose(picture)
            plain = Image.new(upright.mode, upright.size)
            if upright.mode == "P":
                plain = upright.convert("RGBA" if "transparency" in upright.info else "RGB")
                plain.info = {}
            else:
                plain.paste(upright)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise _refusal(pointer, "broken", _("图片打不开，可能已经损坏，请重新导出后再上传。")) from None
    if kind == JPEG and plain.mode not in ("RGB", "L", "CMYK"):
        plain = plain.convert("RGB")
    out = io.BytesIO()
    plain.save(out, name, **({"quality": 90} if kind == JPEG else {}))
    return out.getvalue()
