"""Named places where a test may make the program fail. They do nothing unless ``REGISTRY_FAILPOINTS`` names them.

``name`` raises, ``name=exit`` kills the process as a power cut would, ``name=sleep:2`` waits. ``check --deploy`` refuses an
installation in which the variable is set.
"""

import os
import time

from django.conf import settings


class Injected(Exception):
    """Raised at a failpoint that a test has switched on."""


def failpoint(name: str) -> None:
    for entry in settings.FAILPOINTS:
        point, _separator, mode = entry.partition("=")
        if point != name:
            continue
        if mode == "exit":
            os._exit(137)
        if mode.startswith("sleep:"):
            time.sleep(float(mode.removeprefix("sleep:")))
            return
        raise Injected(name)
