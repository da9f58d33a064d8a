"""The production configuration of nginx, run by a real nginx on this machine.

Only what names the machine is changed: port, folders and the address of the registry. ``unlimited`` also lifts the rate limit,
which a benchmark from one address would meet at once. Everything else is ``deploy/nginx.conf`` as it stands.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CONFIGURATION = Path(__file__).resolve().parents[2] / "deploy" / "nginx.conf"


def program() -> str | None:
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


def configured(folder: Path, port: int, upstream: str, *, unlimited: bool = False) -> Path:
    text = CONFIGURATION.read_text(encoding="utf-8")
    for old, new in {
        "pid /tmp/nginx.pid;": f"pid {folder}/nginx.pid;\nerror_log {folder}/error.log warn;",
        "worker_processes auto;": "worker_processes 1;",
        "/var/cache/nginx": f"{folder}/cache",
        "server web:8000;": f"server {upstream};",
        "listen 80 default_server;": f"listen 127.0.0.1:{port} default_server;",
        "access_log /dev/stdout brief;": f"access_log {folder}/access.log brief;",
        "error_log /dev/stderr warn;": f"error_log {folder}/error.log warn;",
    }.items():
        if old not in text:
            raise LookupError(f"{CONFIGURATION.name} no longer says {old!r}")
        text = text.replace(old, new)
    if unlimited:
        text = re.sub(r"rate=\d+r/s", "rate=1000000r/s", text)
        text = re.sub(r"limit_conn open \d+;", "limit_conn open 10000;", text)
        text = re.sub(r"burst=\d+", "burst=1000000", text)
        text = text.replace(f"access_log {folder}/access.log brief;", "access_log off;")
    temporary = "".join(
        f"    {kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    text = text.replace("http {\n", "http {\n" + temporary, 1)
    path = folder / "nginx.conf"
    path.write_text(text, encoding="utf-8")
    return path


@contextmanager
def running(folder: Path, port: int, upstream: str, *, unlimited: bool = False) -> Iterator[subprocess.Popen]:
    """A real nginx before ``upstream`` (host:port). Raises ``LookupError`` when this machine has none."""
    nginx = program()
    if nginx is None:
        raise LookupError("no nginx: apt-get install nginx-light")
    folder.chmod(0o755)  # its workers are another user when it is started by root
    path = configured(folder, port, upstream, unlimited=unlimited)
    (folder / "cache").mkdir(exist_ok=True)
    (folder / "cache").chmod(0o777)
    process = subprocess.Popen([nginx, "-c", str(path), "-p", str(folder), "-g", "daemon off;"])
    try:
        yield process
    finally:
        process.terminate()
        process.wait(10)
