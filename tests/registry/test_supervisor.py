"""Several programs run as one: restarted when they die, stopped in order, gone when the supervisor is gone."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from django.core.management.base import CommandError

from registry import supervisor
from registry.local import process
from registry.management.commands import serve
from registry.supervisor import Program, Supervisor

ROOT = Path(__file__).resolve().parents[2]
WAITING = ["/bin/sh", "-c", "trap 'echo bye; exit 0' TERM; echo hello; while :; do sleep 0.05; done"]
STUBBORN = [
    sys.executable,
    "-uc",
    "import signal; signal.signal(15, signal.SIG_IGN); print('hello'); signal.pause()",
]


class Lines(list[str]):
    """What was said, with a way to act when a line comes."""

    def __init__(self):
        super().__init__()
        self.on = {}

    def __call__(self, line):
        self.append(line)
        if action := self.on.pop(line, None):
            action()


@pytest.fixture
def said():
    return Lines()


@pytest.fixture(autouse=True)
def _hang_guard():
    """A supervisor that never stops would hang the whole run."""
    timer = threading.Timer(20, lambda: os.kill(os.getpid(), signal.SIGTERM))
    timer.start()
    yield
    timer.cancel()


def test_output_is_prefixed_and_a_stop_asks_each_in_the_order_given(said):
    several = Supervisor([Program(name, WAITING, said) for name in ("web", "beat", "worker")])
    several.run(ready=lambda: sum("hello" in line for line in said) == 3, announce=several.stop)
    assert said[-3:] == ["web    | bye", "beat   | bye", "worker | bye"]


def test_readiness_is_announced_once(said):
    announced = []
    one = Supervisor([Program("web", WAITING, said)])
    said.on["web    | hello"] = lambda: threading.Timer(0.7, one.stop).start()
    one.run(announce=lambda: announced.append(1))
    assert announced == [1]


def test_a_program_that_dies_is_started_again_with_longer_and_longer_pauses(said, monkeypatch):
    program = Program("web", [sys.executable, "-c", "raise SystemExit(3)"], said, pause=0.1)
    one = Supervisor([program])
    said.on["web ended with 3; starting again in 0.4 s"] = one.stop
    one.run()
    assert said == [f"web ended with 3; starting again in {pause} s" for pause in (0.1, 0.2, 0.4)]


def test_the_pause_has_an_upper_limit_and_a_healthy_run_resets_it(said, monkeypatch):
    monkeypatch.setattr(supervisor, "LONGEST_PAUSE", 2)
    program = Program("web", ["/bin/true"], said, pause=2)
    for started_ago in (1.0, 61.0):
        program.start()
        program.process.wait()
        program.tend(program.started + started_ago)
    assert said == ["web ended with 0; starting again in 2 s", "web ended with 0; starting again in 1 s"]


def test_a_program_that_ignores_the_polite_signal_is_killed(said):
    one = Supervisor([Program("web", STUBBORN, said)], patience=0.2)
    said.on["web    | hello"] = one.stop
    one.run()
    assert said[-1] == "web did not stop in 0.2 s; killing it"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_each_signal_that_means_stop_stops(said, number):
    before = signal.getsignal(number)
    one = Supervisor([Program("web", WAITING, said)])
    said.on["web    | hello"] = lambda: os.kill(os.getpid(), number)
    one.run()
    assert said[-1] == "web    | bye"
    assert signal.getsignal(number) is before


def test_a_killed_supervisor_leaves_no_program_behind():
    script = (
        "from registry.supervisor import Program, Supervisor\n"
        "p = Program('web', ['/bin/sleep', '60'])\n"
        "Supervisor([p]).run(announce=lambda: print(p.process.pid, flush=True))"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    with parent.stdout:
        child = int(parent.stdout.readline())
    assert process.alive(child)
    parent.kill()
    parent.wait()
    assert process.wait(lambda: not process.alive(child), 60)


def test_a_taken_port_is_one_clear_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"port {port} is taken. .* PORT={port + 1} make run"):
            serve.refuse_taken_port("127.0.0.1", port)
    serve.refuse_taken_port("127.0.0.1", port)


def test_a_silent_port_is_not_ready():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert serve.answers("127.0.0.1", port, ["localhost"]) is False


@pytest.mark.parametrize(
    ("allowed", "asked"),
    [
        (["registry.example", "localhost"], "registry.example"),
        ([".example"], "example"),
        (["*"], "localhost"),
    ],
)
def test_health_is_asked_by_a_name_that_is_answered(allowed, asked):
    seen = []

    class Web(BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append((self.path, self.headers["Host"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Web) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        assert serve.answers("127.0.0.1", server.server_port, allowed) is True
        thread.join()
    assert seen == [("/healthz", asked)]


def test_web_stops_taking_requests_before_the_worker_stops_working():
    assert [program.name for program in serve.programs("127.0.0.1", 8000)] == ["web", "beat", "worker"]
