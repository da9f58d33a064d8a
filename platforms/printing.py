"""Official papers as PDF: a Typst template of ``templates/print/`` and plain data make the pages.

The data reaches the template as JSON and is only ever text there, so nothing a person typed can become markup. The same data
at the same moment gives the same bytes; the fonts are embedded and come with the program or from ``REGISTRY_FONT_DIR`` (an
office that owns 仿宋 and 小标宋 puts them there), never from the machine.
"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any, Final, Literal

import orjson
import pylopdf_fonts_zh_cn
import typst
from django.conf import settings

TEMPLATES = Path(settings.BASE_DIR) / "templates" / "print"
#: ISO 19005-2, what archives take; ``pdf_tags`` keeps headings and tables readable for screen readers.
STANDARD: Final = "a-2b"


def pdf(template: str, data: dict[str, Any], *, at: datetime.datetime) -> bytes:
    """Typeset ``templates/print/<template>.typ``. In it ``data`` is read with ``paper.data``; values must fit JSON.

    ``at`` is the moment written into the file as its date; take it from the record, not from the clock, where the paper has
    to come out the same twice. Raises ``ValueError`` for a template that does not exist or cannot be set.
    """
    source = TEMPLATES / f"{template}.typ"
    if source.parent != TEMPLATES or not source.is_file():
        raise ValueError(f"no such paper: {template}")
    try:
        return typst.compile(
            str(source),
            root=str(TEMPLATES),
            font_paths=font_folders(),
            ignore_system_fonts=True,
            format="pdf",
            sys_inputs={"data": orjson.dumps({"official": settings.OFFICIAL, **data}).decode()},
            pdf_standards=[STANDARD],
            timestamp=int(at.timestamp()),
        )
    except RuntimeError as error:
        raise ValueError(f"{template}: {error}") from error


def font_folders() -> list[str]:
    """Where fonts are looked for, the office's own first."""
    own = [settings.FONT_DIR] if settings.FONT_DIR else []
    return [*own, str(pylopdf_fonts_zh_cn.serif_path().parent)]


def picture(template: str, data: dict[str, Any], *, form: Literal["svg", "png"], ppi: int = 144) -> bytes:
    """The one page of ``templates/print/<template>.typ`` as ``svg`` or ``png``. Raises ``ValueError`` as ``pdf`` does."""
    source = TEMPLATES / f"{template}.typ"
    if source.parent != TEMPLATES or not source.is_file():
        raise ValueError(f"no such picture: {template}")
    try:
        made = typst.compile(
            str(source),
            root=str(TEMPLATES),
            font_paths=font_folders(),
            ignore_system_fonts=True,
            format=form,
            ppi=ppi,
            sys_inputs={"data": orjson.dumps({"official": settings.OFFICIAL, **data}).decode()},
        )
    except RuntimeError as error:
        raise ValueError(f"{template}: {error}") from error
    return made[0] if isinstance(made, list) else made
