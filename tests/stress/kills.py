"""kill -9 at random moments: of workers, which the run must survive, and of the parent, after which a run goes on.

Run: python tests/stress/kills.py [kills] [seed]. Each data set is compared with one that was never disturbed. The last
line is one JSON object; exit code 1 if a sample was lost or a shard differs.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

RECIPE = """
[synthesis]
identities = {identities}
shard_size = 12
[faces]
name = "embedded"
size = 64
[action_units]
sources = ["expert"]
"""
MAKING = 0.5
"""Seconds within which the shards of a small run are made, about."""
SAME = ("manifest.parquet", "recipe.toml", "faces.csv", "README.md")


@dataclass
class Tally:
    """What a storm did, and what it found."""

    parents: int = 0
    workers: int = 0
    sets: int = 0
    """Data sets that were finished."""
    lost: int = 0
    """Files that are not there."""
    differing: int = 0
    """Files that differ from the undisturbed data set."""
    left: int = 0
    """Files that should not be there."""
    failures: int = 0
    """Runs that ended with an error of their own."""

    @property
    def kills(self) -> int:
        return self.parents + self.workers


def storm(kills: int, seed: int, folder: Path, identities: int = 1200) -> Tally:
    """Kill processes of runs until `kills` are done and the data set under way is finished."""
    rng, tally = random.Random(seed), Tally()
    recipe, calm = folder / "recipe.toml", folder / "calm" / "set"
    recipe.write_text(RECIPE.format(identities=identities))
    begin = time.monotonic()
    start(recipe, calm).wait()
    usual = time.monotonic() - begin
    number = 0
    while tally.kills < kills:
        out = folder / str(number) / "set"
        number += 1
        while not disturbed(recipe, out, usual, kills, rng, tally):
            pass
        compare(calm, out, tally)
    return tally


def disturbed(recipe: Path, out: Path, usual: float, kills: int, rng: random.Random, tally: Tally) -> bool:
    """One run with a kill or several on the way; True when it finished the data set."""
    run = start(recipe, out)
    while run.poll() is None:
        if tally.kills >= kills:
            run.wait()
            break
        if rng.random() < 0.5:  # at any moment, the start and the end included
            time.sleep(rng.uniform(0, usual))
        else:  # while shards are being made, which is a small part of a small run
            wait_for_shards(run, out)
            time.sleep(rng.uniform(0, MAKING))
        victims = [run.pid] if rng.random() < 0.5 else children(run.pid)
        if not victims:
            continue
        victim = rng.choice(victims)
        try:
            os.kill(victim, signal.SIGKILL)
        except ProcessLookupError:
            continue
        tally.parents += victim == run.pid
        tally.workers += victim != run.pid
    run.wait()
    if run.returncode not in (0, -signal.SIGKILL):
        tally.failures += 1
        sys.stderr.write(errors_of(out).read_text()[-2000:])
    tally.sets += run.returncode == 0
    return run.returncode == 0


def wait_for_shards(run: subprocess.Popen[bytes], out: Path) -> None:
    """Return once the run has finished a shard, or has ended."""
    before = len(list(out.glob("shards/*.done.json")))
    while run.poll() is None and len(list(out.glob("shards/*.done.json"))) == before:
        time.sleep(0.01)


def start(recipe: Path, out: Path) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "fleeting.cli.main", "synthesize", str(recipe), "--out", str(out), "--workers", "2"]
    errors_of(out).parent.mkdir(parents=True, exist_ok=True)
    with errors_of(out).open("wb") as errors:
        return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=errors)


def errors_of(out: Path) -> Path:
    """Where the standard error of the runs goes: a pipe that nobody reads would stop them."""
    return out.with_name("errors.txt")


def children(pid: int) -> list[int]:
    """The workers of a run: the processes that it spawned, its resource tracker left out."""
    try:
        found = [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        return [child for child in found if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def compare(calm: Path, out: Path, tally: Tally) -> None:
    """Hold a finished data set against the undisturbed one, byte by byte."""
    names = {*SAME, *(f"shards/{path.name}" for path in calm.glob("shards/*"))}
    found = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    lost, left = names - found, found - names - {"status.json"}
    differing = {name for name in names & found if (out / name).read_bytes() != (calm / name).read_bytes()}
    tally.lost, tally.left = tally.lost + len(lost), tally.left + len(left)
    tally.differing += len(differing)
    for word, files in (("lost", lost), ("differing", differing), ("left", left)):
        sys.stderr.writelines(f"{word}: {out / name}\n" for name in sorted(files))


def main() -> None:
    kills, seed = (int(word) for word in [*sys.argv[1:], *("50", "0")[len(sys.argv) - 1 :]])
    with tempfile.TemporaryDirectory() as folder:
        tally = storm(kills, seed, Path(folder))
    bad = tally.lost + tally.differing + tally.left + tally.failures
    sys.stdout.write(json.dumps({"stress": "kills", "kills": tally.kills, **asdict(tally)}) + "\n")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
