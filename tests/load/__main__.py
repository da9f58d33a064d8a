"""``make bench``: run every benchmark in a process of its own, print one JSON object a line, keep them in bench-results/."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

BENCHMARKS = ("bench_reads", "bench_directory", "bench_import", "bench_workspace")


def main() -> int:
    chosen = sys.argv[1:] or BENCHMARKS
    folder = Path("bench-results")
    folder.mkdir(exist_ok=True)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    failed = 0
    for name in chosen:
        run = subprocess.run(
            [sys.executable, "-m", f"tests.load.{name}"], stdout=subprocess.PIPE, text=True, check=False
        )
        if run.returncode:
            failed = 1
            continue
        result = json.loads(run.stdout.strip().splitlines()[-1])
        print(json.dumps(result, ensure_ascii=False), flush=True)
        (folder / f"{stamp}-{name}.json").write_text(
            json.dumps(result, ensure_ascii=False, indent=1), encoding="utf-8"
        )
    return failed


if __name__ == "__main__":
    sys.exit(main())
