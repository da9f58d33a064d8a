"""Run several programs as one: prefix their output, restart what dies, stop all in order.

Meant for one machine (``make run``); a cluster has its own supervisor and starts the same programs one by one.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

FIRST_PAUSE = 1.0  # seconds before a program that died is started again; doubles with every death
LONGEST_PAUSE = 30.0
HEALTHY_AFTER = 60.0  # a program that ran this long has earned a fresh start at the first pause
PATIENCE = 20.0  # seconds between the polite and the final signal
PR_SET_PDEATHSIG = 1

Say = Callable[[str], None]


def say(line: str) -> None:
    print(line, flush=True)


@dataclass
class Program:
    """One supervised program; the parent restarts it with growing pauses until ``stop`` is called."""

    name: str
    command: Sequence[str]
    say: Say = say
    process: subprocess.Popen[str] | None = None
    started: float = 0.0
    pause: float = FIRST_PAUSE
    due: float = 0.0
    _reader: threading.Thread | None = field(default=None, repr=False)

    def start(self) -> None:
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            list(self.command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            # Ctrl-C reaches every process of a terminal's group at once; a session of its own leaves the order to us.
            start_new_session=True,
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - a prctl call, safe between fork and exec
        )
        self._reader = threading.Thread(target=self._relay, args=(self.process,), daemon=True)
        self._reader.start()

    def tend(self, now: float) -> None:
        """Start again a program that ended, once its pause is over."""
        if self.process is not None and self.process.poll() is not None:
            if now - self.started > HEALTHY_AFTER:
                self.pause = FIRST_PAUSE
            self.say(f"{self.name} ended with {self.process.returncode}; starting again in {self.pause:g} s")
            self.process, self.due = None, now + self.pause
            self.pause = min(self.pause * 2, LONGEST_PAUSE)
        if self.process is None and now >= self.due:
            self.start()

    def stop(self, patience: float = PATIENCE) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.say(f"{self.name} did not stop in {patience:g} s; killing it")
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        if self._reader:
            self._reader.join(1)  # its last words

    def _relay(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout  # noqa: S101 - start() asked for the pipe
        with process.stdout as lines:
            for line in lines:
                self.say(f"{self.name:6} | {line.rstrip()}")


def _die_with_parent() -> None:
    """Ask Linux to stop the program when the supervisor is killed, so that no orphan keeps the port."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Supervisor:
    """Start programs in the order given, stop them in that order too: who takes requests goes first, who works them off
    goes last."""

    def __init__(self, programs: Sequence[Program], patience: float = PATIENCE) -> None:
        self.programs = programs
        self.patience = patience
        self._stop = threading.Event()

    def run(
        self, ready: Callable[[], bool] = lambda: True, announce: Callable[[], None] = lambda: None
    ) -> None:
        """Block until a stop is asked for; call ``announce`` once, when ``ready`` first says so.

        Must run in the main thread: Linux ties the death signal of a child to the thread that started it.
        """
        before = {
            number: signal.signal(number, self.stop)
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        }
        announced = False
        try:
            while not self._stop.is_set():
                for program in self.programs:
                    program.tend(time.monotonic())
                if not announced and ready():
                    announced = True
                    announce()
                self._stop.wait(0.2)
        finally:
            for program in self.programs:
                program.stop(self.patience)
            for number, handler in before.items():
                signal.signal(number, handler)

    def stop(self, *_: object) -> None:
        self._stop.set()
