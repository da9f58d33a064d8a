"""Whether the web server of this machine answers. ``python -m registry.alive`` is the health check of the image."""

from __future__ import annotations

import sys
from http.client import HTTPConnection, HTTPException

from registry import env


def answers(host: str, port: int, allowed_hosts: list[str]) -> bool:
    """Ask ``/healthz`` where the server listens, by a name that it answers to and as if by HTTPS."""
    reached = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - translated, not bound
    name = next((name.lstrip(".") for name in allowed_hosts if name != "*"), "localhost")
    connection = HTTPConnection(reached, port, timeout=4)
    try:
        connection.request("GET", "/healthz", headers={"Host": name, "X-Forwarded-Proto": "https"})
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    hosts = env.words("REGISTRY_ALLOWED_HOSTS", "localhost")
    listens = (env.text("HOST") or "127.0.0.1", env.integer("PORT", 8000, least=1, most=65535))
    sys.exit(0 if answers(*listens, hosts) else 1)
