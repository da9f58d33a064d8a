"""Starting the reading process and understanding its answer.

Whatever a file does, it does it to a process that is thrown away: it can use up that process's memory and time, and the
worker goes on with a sentence for the person that names the limit.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import weakref
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import IO, Any, overload

import orjson
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


class Result:
    """The result of the reading process: a file without a name that is closed when nobody can read from it any more."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        weakref.finalize(self, os.close, descriptor)

    def piece(self, start: int, end: int) -> bytes:
        return os.pread(self.descriptor, end - start, start)


class Rows(Sequence[Row]):
    """The rows of one sheet that have anything in them. They stay on disk: each is decoded when it is asked for, so a large
    file never stands in the worker's memory as a whole. ``bounds`` are where the lines begin, and where the last one ends."""

    def __init__(self, result: Result, bounds: array[int]) -> None:
        self._result = result
        self._bounds = bounds

    def __len__(self) -> int:
        return len(self._bounds) - 1

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> list[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | list[Row]:
        if isinstance(index, slice):
            return [self._row(at) for at in range(*index.indices(len(self)))]
        return self._row(range(len(self))[index])

    def __iter__(self) -> Iterator[Row]:
        return map(self._row, range(len(self)))

    def after(self, count: int) -> Rows:
        """The same without the first ``count`` rows."""
        return Rows(self._result, self._bounds[count:])

    def _row(self, at: int) -> Row:
        found = orjson.loads(self._result.piece(self._bounds[at], self._bounds[at + 1]))
        marks = {int(column): mark for column, mark in found.get("marks", {}).items()}
        return Row(found["row"], found["cells"], marks)


@dataclass
class Reading:
    """Everything in the file: ``sheets`` describes them in order, ``rows`` has by name those with anything in them."""

    sheets: list[dict[str, Any]]
    rows: dict[str, Rows]


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
    """The last line says how it ended and where the rows of each sheet are; the open file outlives its name."""
    with target.open("rb") as lines:
        last = _last_line(lines)
        ending = orjson.loads(last) if last else {}
        if "refused" in ending:
            raise FileRefused(ending["refused"], ending["params"])
        if "sheets" not in ending:
            raise FileRefused("truncated")
        result = Result(os.dup(lines.fileno()))
    rows = {
        sheet["name"]: Rows(result, array("Q", accumulate(sheet.pop("lengths"), initial=sheet.pop("start"))))
        for sheet in ending["sheets"]
    }
    return Reading(ending["sheets"], {name: found for name, found in rows.items() if found})


def _last_line(lines: IO[bytes]) -> bytes:
    """The line after the last but one line end; empty when the process died in the middle of a line."""
    end = lines.seek(0, os.SEEK_END)
    tail = b""
    while end > 0:
        size = min(end, 64 * 1024)
        end -= size
        lines.seek(end)
        tail = lines.read(size) + tail
        _head, separator, line = tail.removesuffix(b"\n").rpartition(b"\n")
        if separator or end == 0:
            return line if tail.endswith(b"\n") else b""
    return b""
