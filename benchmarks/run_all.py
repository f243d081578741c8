"""Runs every benchmark beside this file and writes docs/benchmarks.md: machine, date, figures. Run: make bench."""

from __future__ import annotations

import datetime
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "benchmarks.md"


def run(program: Path) -> tuple[str, dict[str, object]]:
    """What a program printed, and the JSON object on its last line."""
    print(f"== {program.name}", flush=True)
    done = subprocess.run([sys.executable, str(program)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{program.name} failed:\n{done.stderr}")
    print(done.stdout)
    *table, last = done.stdout.strip().splitlines()
    return "\n".join(table), json.loads(last)


def main() -> None:
    results = [run(path) for path in sorted(HERE.glob("*.py")) if path.name != Path(__file__).name]
    processor = platform.processor() or platform.machine()
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`; do not edit. Each program of benchmarks/ runs alone too.",
        "",
        f"{datetime.datetime.now(datetime.UTC).date()}, {os.cpu_count()} cores, {processor}, {platform.system()}, "
        f"Python {platform.python_version()}.",
        "",
        "| benchmark | ratio | target | against |",
        "|---|---|---|---|",
    ]
    for _, result in results:
        ratio = "not measured" if result["ratio"] is None else result["ratio"]
        lines.append(f"| {result['benchmark']} | {ratio} | {result['target']} | {result['against']} |")
    for table, result in results:
        lines += ["", f"## {result['benchmark']}", "", "```text", table, "```"]
    PAGE.write_text("\n".join(lines) + "\n")
    print(f"written: {PAGE}")


if __name__ == "__main__":
    main()
