"""Starting the reading process and understanding its answer.

Whatever a file does, it does it to a process that is thrown away: it can use up that process's memory and time, and the
worker goes on with a sentence for the person that names the limit.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from platforms.errors import DomainError
from platforms.imports import limits

#: Why a file was refused, by the code of the rule. Each sentence names the limit or says what to do.
REFUSALS = {
    "empty": _("文件是空的（0 字节）。请重新保存后再上传。"),
    "old_xls": _("这是旧版 .xls 文件。请在表格软件中另存为 .xlsx 后再上传。"),
    "encrypted": _("文件设有打开密码。请取消密码后再上传。"),
    "not_xlsx": _(
        "文件扩展名是 .xlsx，内容却不是。若是文本，请另存为 .csv；否则请在表格软件中另存为 .xlsx。"
    ),
    "not_a_sheet": _("这不是表格文件。只接受 .xlsx 和 .csv。"),
    "truncated": _("文件不完整，不能打开。请重新保存后再上传。"),
    "broken_xml": _("文件内部结构已损坏，不能读取。请在表格软件中另存一份后再上传。"),
    "macro": _("文件带有宏。请另存为不含宏的 .xlsx 后再上传。"),
    "external_links": _("文件引用了其他工作簿。请断开外部链接、只保留数值后再上传。"),
    "embedded": _("文件中嵌有其他文件。请删除后再上传。"),
    "unsafe_path": _("文件内部的路径不合规则，不能打开。"),
    "entities": _("文件声明了外部实体，不能打开。"),
    "lying_sizes": _("文件内部标明的大小与实际不符，不能打开。"),
    "too_many_entries": _("文件由 %(n)s 个部分组成，最多 %(most)s 个。"),
    "inflates": _("文件展开后约 %(n)s MiB，最多 %(most)s MiB。"),
    "entry_inflates": _("文件的一个部分展开后约 %(n)s MiB，最多 %(most)s MiB。"),
    "ratio": _("文件压缩比为 %(n)s，最多 %(most)s。"),
    "too_many_sheets": _("工作表超过 %(most)s 张。"),
    "too_many_rows": _("工作表“%(sheet)s”超过 %(most)s 行。请删除多余的行，或分成几个文件。"),
    "too_many_columns": _("工作表“%(sheet)s”超过 %(most)s 列。请删除多余的列。"),
    "too_many_cells": _("有内容的单元格超过 %(most)s 个。请分成几个文件。"),
    "cell_too_long": _("有单元格超过 %(most)s 个字符。"),
    "memory": _("读取这个文件需要超过 %(most)s MiB 内存，已停止。请分成几个文件。"),
    "time": _("读取这个文件超过 %(most)s 秒，已停止。请分成几个文件。"),
    "output": _("文件内容过多，已停止读取。请分成几个文件。"),
    "broken_csv": _("第 %(row)s 行的引号不成对，不能按 CSV 读取。"),
    "encoding": _("不能确定文本的编码。请另存为 UTF-8 编码的 CSV，或另存为 .xlsx。"),
}


class FileRefused(DomainError):
    """The file as a whole cannot be imported."""

    code = "file_refused"

    def __init__(self, rule: str, params: dict[str, Any] | None = None) -> None:
        self.rule = rule
        super().__init__(str(REFUSALS[rule]) % (params or {}))


@dataclass(slots=True)
class Row:
    """One row as it stood in the file. ``cells`` start at column 1; ``marks`` say by column why a value is not what it seems:
    ``formula``, ``error``, ``percent`` or ``date``."""

    number: int
    cells: list[Any]
    marks: dict[int, str] = field(default_factory=dict)

    def cell(self, column: int) -> Any:
        return self.cells[column - 1] if 0 < column <= len(self.cells) else None


@dataclass
class Reading:
    """Everything in the file: ``sheets`` describes them in order, ``rows`` has those with anything in them."""

    sheets: list[dict[str, Any]]
    rows: dict[str, list[Row]]


def read(path: Path, *, beat: Callable[[], None] = lambda: None) -> Reading:
    """Read an .xlsx or .csv file in a process of its own; ``beat`` is called while waiting. Raises ``FileRefused``."""
    with tempfile.TemporaryDirectory(prefix="import-") as folder:
        target = Path(folder) / "rows.jsonl"
        _run(path, target, beat)
        return _understand(target)


def _run(source: Path, target: Path, beat: Callable[[], None]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "platforms.imports.child", str(source), str(target)],
        cwd=settings.BASE_DIR,
        env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(process, beat)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    if process.returncode != 0:
        raise _death(process.returncode)


def _wait(process: subprocess.Popen[bytes], beat: Callable[[], None]) -> None:
    until = time.monotonic() + limits.WALL_SECONDS
    while True:
        try:
            process.wait(timeout=1)
            return
        except subprocess.TimeoutExpired:
            if time.monotonic() > until:
                raise FileRefused("time", {"most": limits.WALL_SECONDS}) from None
            beat()


def _death(code: int) -> FileRefused:
    """Which limit killed the process: 24 and 9 are processor time, 25 the size of the result; running out of memory aborts."""
    if code in (-24, -9):
        return FileRefused("time", {"most": limits.CPU_SECONDS})
    if code == -25:
        return FileRefused("output")
    return FileRefused("memory", {"most": limits.MEMORY_BYTES // limits.MIB})


def _understand(target: Path) -> Reading:
    rows: dict[str, list[Row]] = {}
    ending: dict[str, Any] = {}
    with target.open("rb") as lines:
        for line in lines:
            found = json.loads(line)
            if "sheet" in found:
                marks = {int(column): mark for column, mark in found.get("marks", {}).items()}
                rows.setdefault(found["sheet"], []).append(Row(found["row"], found["cells"], marks))
            else:
                ending = found
    if "refused" in ending:
        raise FileRefused(ending["refused"], ending["params"])
    if "sheets" not in ending:
        raise FileRefused("truncated")
    return Reading(ending["sheets"], rows)
