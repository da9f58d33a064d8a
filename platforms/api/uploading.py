"""Addresses that take a form with one file instead of JSON."""

from __future__ import annotations

from django.utils.translation import gettext as _
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request

from platforms.api.workspace import wrong
from platforms.uploads import Upload, read_upload


class OneFile(MultiPartParser):
    """``multipart/form-data`` with the file in the field ``file``."""


def one_file(request: Request):
    """The file as it was sent. Raises ``Refused`` when there is none, or more than one."""
    file = request.FILES.get("file")
    if file is None or len(request.FILES) != 1 or len(request.FILES.getlist("file")) != 1:
        raise wrong("file", "required", _("请在 file 字段中放一个文件。"))
    return file


def file_of(request: Request) -> Upload:
    """The file judged by its content, as on the pages; raises ``Invalid`` with the reason and the limit."""
    return read_upload(one_file(request))
