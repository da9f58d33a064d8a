"""Sending a stored file to somebody who may have it."""

from __future__ import annotations

import structlog
from django.db.models.fields.files import FieldFile
from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header

log = structlog.get_logger(__name__)


def send(stored: FieldFile, *, name: str, media_type: str) -> HttpResponse:
    """The file as a download called ``name``: never shown inside a page of ours, never kept by a cache on the way.

    A file that is not there, as after a restore without its files, is not found; the log says which.
    """
    extension = str(stored.name).rpartition(".")[2]
    try:
        with stored.open("rb") as file:
            content = file.read()
    except FileNotFoundError:
        log.error("stored_file.missing", stored_as=str(stored.name))
        raise Http404 from None
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = content_disposition_header(
        as_attachment=True, filename=name if name.lower().endswith(f".{extension}") else f"{name}.{extension}"
    )
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
