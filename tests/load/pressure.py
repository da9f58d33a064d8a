"""Pressure on a server: a fixed number of open connections, each asking again as soon as it is answered.

One process with a selector, so that the client takes little of the machine it shares with the server. Requests that have no
complete answer when the time is over count as unfinished, and are waited for before the next measurement, so that a slow
server cannot borrow time from the one measured after it.
"""

from __future__ import annotations

import re
import selectors
import socket
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import cycle

LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
CHUNKED = re.compile(rb"transfer-encoding: *chunked", re.IGNORECASE)
DRAIN_AT_MOST = 60.0


@dataclass
class Outcome:
    """``latencies`` in seconds, of finished requests only."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    unfinished: int = 0
    refused: int = 0
    size: int = 0

    def summary(self) -> dict[str, float | int]:
        done = len(self.latencies)
        ordered = sorted(self.latencies)
        return {
            "requests": done,
            "per_second": round(done / self.seconds, 2) if self.seconds else 0,
            "p50_ms": round(statistics.median(ordered) * 1000, 2) if ordered else 0,
            "p99_ms": round(ordered[min(int(done * 0.99), done - 1)] * 1000, 2) if ordered else 0,
            "unfinished": self.unfinished,
            "refused": self.refused,
            "bytes": self.size,
        }


class Connection:
    def __init__(self, port: int, requests: Iterator[bytes]) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.port, self.requests = port, requests
        self.ask()

    def ask(self) -> None:
        self.buffer, self.wanted, self.began = bytearray(), None, time.perf_counter()
        self.chunked, self.status = False, 0
        self.socket.sendall(next(self.requests))

    def read(self) -> bool:
        """Whether the answer is complete."""
        data = self.socket.recv(262_144)
        if not data:
            raise ConnectionError("closed in the middle of an answer")
        self.buffer += data
        if not self.status:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return False
            head = bytes(self.buffer[:end])
            self.status = int(head[9:12])
            length = LENGTH.search(head)
            self.chunked = bool(CHUNKED.search(head))
            body = int(length.group(1)) if length and self.status != 304 else 0
            self.wanted = None if self.chunked else end + 4 + body
        if self.chunked:
            return self.buffer.endswith(b"\r\n0\r\n\r\n")
        return len(self.buffer) >= (self.wanted or 0)


def press(
    port: int, addresses: list[str], *, connections: int, seconds: float, headers: str = "", expect: int = 200
) -> Outcome:
    """Ask for ``addresses`` in turn over ``connections`` for ``seconds``; then wait for what is still on its way."""
    requests = cycle(
        [f"GET {address} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n".encode() for address in addresses]
    )
    selector = selectors.DefaultSelector()
    outcome = Outcome()
    busy: set[Connection] = set()
    began = time.perf_counter()
    for _number in range(connections):
        connection = Connection(port, requests)
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        busy.add(connection)
    until = began + seconds
    while busy and time.perf_counter() < until + DRAIN_AT_MOST:
        for key, _events in selector.select(timeout=1):
            connection = key.data
            try:
                complete = connection.read()
            except ConnectionError:
                outcome.refused += 1
                selector.unregister(connection.socket)
                busy.discard(connection)
                continue
            if not complete:
                continue
            now = time.perf_counter()
            if now > until:
                outcome.unfinished += 1
                selector.unregister(connection.socket)
                busy.discard(connection)
                continue
            outcome.size = len(connection.buffer)
            if connection.status == expect:
                outcome.latencies.append(now - connection.began)
            else:
                outcome.refused += 1
            connection.ask()
    outcome.unfinished += len(busy)  # never finished at all
    outcome.seconds = seconds
    for connection in busy:
        connection.socket.close()
    selector.close()
    return outcome


def one(port: int, address: str, take: Callable[[bytes], None] = lambda data: None) -> dict[str, float | int]:
    """One answer read as a stream: seconds to the first byte of the body and to the end, and its size."""
    began = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(f"GET {address} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        first, size, head = 0.0, 0, b""
        while data := connection.recv(262_144):
            if not first:
                head += data
                if b"\r\n\r\n" in head and len(head) > head.index(b"\r\n\r\n") + 4:
                    first = time.perf_counter() - began
                    data = head.partition(b"\r\n\r\n")[2]
            if first:
                size += len(data)
                take(data)
    return {
        "first_byte_ms": round(first * 1000, 1),
        "seconds": round(time.perf_counter() - began, 3),
        "bytes": size,
    }
