"""Which process is ours: a process id in a file proves nothing once its owner was killed."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

# Larger than any process id a kernel hands out (Linux: 2**22), so it never belongs to anyone.
NO_PROCESS = 2**22 + 1


def alive(pid: int) -> bool:
    """Whether the process runs. A zombie does not: it answers signal 0 until its parent collects it, and a container's
    first process may never do so."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return not Path("/proc/self").exists() and _answers_signal(pid)
    except OSError:
        return False
    return state not in "ZX"


def _answers_signal(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def belongs_to(pid: int, folder: Path, mark: str) -> bool:
    """Whether the process is the server of ``folder``, not a stranger that was given the same number after a restart.

    The working directory is exact (it survives a renamed checkout); where it may not be read, the command line has to
    contain ``mark``.
    """
    if not Path("/proc/self").exists():
        return True
    try:
        return Path(f"/proc/{pid}/cwd").samefile(folder)
    except OSError:
        pass
    try:
        return mark in Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return False


def wait(condition: Callable[[], bool], seconds: float) -> bool:
    """Poll until ``condition`` holds; False when it did not in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def stop(pid: int, *signals: signal.Signals, patience: float = 30) -> None:
    """Send the signals from polite to rude, each with its share of patience, until the process is gone."""
    for number in signals:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        if wait(lambda: not alive(pid), patience):
            return
