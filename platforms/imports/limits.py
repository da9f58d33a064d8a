"""What an uploaded table may be. One table of numbers for the web page, the process that reads and the sentence that refuses.

Imported by the reading process, which must start fast and know nothing of the registry: no Django here.
"""

from __future__ import annotations

from typing import Any

MIB = 1024 * 1024

MAX_ROWS = 30_000
MAX_COLUMNS = 120
MAX_CELL_CHARACTERS = 10_000
MAX_CELLS = 2_000_000
MAX_SHEETS = 20
MAX_ENTRIES = 200
MAX_ENTRY_BYTES = 60 * MIB
MAX_INFLATED_BYTES = 100 * MIB
MAX_RATIO = 200
MEMORY_BYTES = 512 * MIB
CPU_SECONDS = 20
WALL_SECONDS = (
    90  # much more than the processor time it may use: on a busy machine an honest file waits its turn
)
OUTPUT_BYTES = 400 * MIB


class Refused(Exception):
    """The file cannot be accepted; ``code`` names the rule and ``params`` what stood against it."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params
