"""Lays a synthetic data set out for others: part by part, so that an interrupted export finishes when run again."""

from __future__ import annotations

import importlib.metadata
import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from tqdm import tqdm

from .. import manifest
from ..errors import DatasetError, ManifestError, OptionsError, nearest
from ..executors import create_executor
from ..file_lock import locked
from ..files import sha256, write_text
from ..remote import AnyPath, place
from .card import export_card
from .croissant import NAME as CROISSANT
from .croissant import croissant
from .form import Form, Part, Splits
from .image_folder import ImageFolder
from .legacy import Legacy, LegacyFlow
from .parquet import Parquet
from .rights import FACES, rights
from .source import CARD, Source
from .tar_shards import TarShards, copy

FORMS: dict[str, type[Form]] = {
    "hf": Parquet,
    "webdataset": TarShards,
    "imagefolder": ImageFolder,
    "legacy": Legacy,
    "legacy-flow": LegacyFlow,
}
DONE = "export.json"
"""Written last: an export is whole where it stands."""
STATE, CLAIM, LOCK = ".fleeting-export", "claim.json", "run.lock"
"""Folder of the records of finished parts, and in it what the export is and its lock; gone once the export is whole."""
FACTS = (manifest.NAME, FACES, "recipe.toml")
"""Files that go along with every form."""


@dataclass(frozen=True)
class Job:
    """A part to be made, small enough to be sent to any process."""

    form: str
    root: AnyPath
    source: str
    """Hash of the data set."""
    folder: Path
    number: int
    part: Part


def export(
    root: AnyPath | str,
    form: str,
    folder: AnyPath | str,
    *,
    validation: float = 0,
    workers: int = 1,
    progress: bool = True,
) -> dict[str, Any]:
    """Lay the data set at `root` out in `folder`, or finish what an earlier call left there.

    The data set is taken to be sound: the command line has `fleeting verify` look first.

    Args:
        root: a data set that `fleeting synthesize` made, on a disk or a store.
        form: one of FORMS.
        folder: new, empty, or that of the same export; on a disk.
        validation: share of the portraits whose samples make a split of their own; 0: everything is train.
        workers: processes. The files do not depend on it.
        progress: show a bar on standard error.

    Returns:
        What export.json says, and "made": parts made by this call.

    Raises:
        OptionsError: there is no such form, it has no splits, or another export is writing to the folder.
        DatasetError: the folder holds something else, or cannot be written.
        ManifestError: the data set contradicts itself.
    """
    if form not in FORMS:
        raise OptionsError(f"There is no form {form!r}.", expected=nearest(form, FORMS), got=form)
    folder = on_disk(folder)
    try:
        source = Source(place(root))
        claim = {
            "form": form,
            "source": source.digest,
            "validation": validation,
            "fleeting": importlib.metadata.version("fleeting"),
        }
        run = _Run(source, FORMS[form](), _splits(source, form, validation), folder, claim)
        done = run.standing()
        if done is None:
            with locked(folder / STATE / LOCK, folder):  # only now is anything written to the folder
                done = run.carry_out(workers, progress)
        shutil.rmtree(folder / STATE, ignore_errors=True)
        return {"made": 0, **done}
    except OSError as error:
        raise DatasetError(
            "The export could not be written.",
            got=str(error),
            where=str(folder),
            cure="make room or give the right to write there, then run the same again; it goes on from there",
        ) from error


def on_disk(folder: AnyPath | str) -> Path:
    """`folder`, which must not be on a store.

    Raises:
        OptionsError: it is.
    """
    folder = place(folder)
    if not isinstance(folder, Path):
        raise OptionsError(
            "This works with a folder on this machine's disks only.",
            got=str(folder),
            cure="export the data set to a folder here; `fleeting push` sends that on",
        )
    return folder


def _splits(source: Source, form: str, validation: float) -> Splits:
    """Split -> portraits: the same for every run, and no portrait in two."""
    if not validation:
        return {"train": None}
    if not FORMS[form].splits:
        able = ", ".join(key for key, value in FORMS.items() if value.splits)
        raise OptionsError(f"The form {form!r} has no splits.", expected=f"a form of {able}", got=f"{validation}")
    people = sorted(set().union(*source.census.people.values()))
    # Every second, third, ... of the sorted names: a fixed choice that needs no chance and is spread over the sources.
    count = round(validation * len(people))
    held = frozenset(people[(2 * turn + 1) * len(people) // (2 * count)] for turn in range(count)) if count else None
    if not held or len(held) == len(people):
        raise OptionsError(
            "The portraits cannot be split in this way.",
            expected="at least one portrait on each side",
            got=f"{validation} of {len(people)} portraits",
            cure="choose another --validation, or synthesize from more faces",
        )
    return {"train": frozenset(people) - held, "validation": held}


@dataclass(frozen=True)
class _Run:
    """One export, its data set looked through."""

    source: Source
    form: Form
    splits: Splits
    folder: Path
    claim: dict[str, Any]
    """What must be equal for a folder to be that of this export."""

    def standing(self) -> dict[str, Any] | None:
        """What export.json says where the export is whole already; the folder may also be new, empty or half done.

        Raises:
            DatasetError: the folder cannot be the place of this export.
        """
        folder, home = self.folder, self.source.root.resolve()
        if home in (folder.resolve(), *folder.resolve().parents):
            raise DatasetError(
                "An export cannot lie inside its data set.", got=str(folder), cure="choose another --out"
            )
        for path in (folder / DONE, folder / STATE / CLAIM):
            if path.is_file():
                self._compare(path)
                return read_table(path) if path.name == DONE else None
        strange = sorted(path.name for path in folder.iterdir() if path.name != STATE) if folder.is_dir() else []
        if strange:
            raise DatasetError(
                f"{folder} is not empty and is no export.",
                got=", ".join(strange[:8]),
                where=str(folder),
                cure="choose another --out",
            )
        return None

    def _compare(self, path: Path) -> None:
        before = read_table(path)
        changed = [key for key in self.claim if before.get(key) != self.claim[key]]
        if changed:
            raise DatasetError(
                f"{self.folder} holds another export.",
                expected="; ".join(f"{key} = {before.get(key)}" for key in changed),
                got="; ".join(f"{key} = {self.claim[key]}" for key in changed),
                where=str(path),
                cure="choose another --out, or delete that folder",
            )

    def carry_out(self, workers: int, progress: bool) -> dict[str, Any]:
        """Make what is missing; only for who holds the lock."""
        if (whole := self.standing()) is not None:  # by another run, since we looked
            return whole
        write_text(self.folder / STATE / CLAIM, json.dumps(self.claim) + "\n")
        parts = self.form.parts(self.source, self.splits)
        missing = [
            Job(self.claim["form"], self.source.root, self.claim["source"], self.folder, number, part)
            for number, part in enumerate(parts)
            if not _mark(self.folder, number).is_file()
        ]
        places = min(workers, len(missing))
        executor = create_executor("process" if places > 1 else "inline", places)
        bar = tqdm(total=len(parts), initial=len(parts) - len(missing), unit="part", disable=not progress)
        with bar, closing(executor.run(_make, missing)) as results:
            for _ in results:
                bar.update()
        return {**self._finish(parts), "made": len(missing)}

    def _finish(self, parts: list[Part]) -> dict[str, Any]:
        """Write lists, facts, card and description, and export.json last."""
        source, folder, census = self.source, self.folder, self.source.census
        records, counts, files = _Records(folder, parts), dict[str, int](), dict[str, str]()
        for part, record in records:
            counts[part.split] = counts.get(part.split, 0) + record["samples"]
            files |= record["files"]
        if sum(counts.values()) != census.done:
            raise ManifestError(
                "The export does not hold every finished sample.",
                expected=f"{census.done} by the manifest",
                got=f"{sum(counts.values())}",
                where=str(folder),
                cure="see `fleeting verify`; then delete the export and make it again",
            )
        files |= self.form.finish(source, folder, records)
        for name in FACTS:
            if (source.root / name).is_file():
                copy(source.root / name, folder / name)  # not linked: somebody may edit a table in place
                files[name] = sha256(folder / name)
        name = folder.resolve().name
        write_text(folder / CARD, export_card(source, self.form, name, sorted(counts), self.claim))
        described = croissant(source, name, files, rights(source.root))
        write_text(folder / CROISSANT, json.dumps(described, indent=1) + "\n")
        done = {
            **self.claim,
            "kind": source.kind,
            "planned": census.planned,
            "failed": dict(census.failed),
            "samples": counts,
            "parts": len(parts),
            "files": files,
        }
        write_text(folder / DONE, json.dumps(done, indent=1) + "\n")
        return done


def _make(job: Job) -> None:
    record = FORMS[job.form]().make(_source(job.root, job.source), job.part, job.folder)
    write_text(_mark(job.folder, job.number), json.dumps(asdict(record)) + "\n")


@lru_cache(maxsize=1)
def _source(root: AnyPath, digest: str) -> Source:
    """The data set with this hash; kept, so that a process goes through the manifest once and not for every part."""
    return Source(root)


class _Records:
    """Every part and its record, read from the disk one at a time, as often as somebody asks."""

    def __init__(self, folder: Path, parts: list[Part]) -> None:
        self._folder, self._parts = folder, parts

    def __iter__(self) -> Iterator[tuple[Part, dict[str, Any]]]:
        for number, part in enumerate(self._parts):
            yield part, read_table(_mark(self._folder, number))


def _mark(folder: Path, number: int) -> Path:
    return folder / STATE / f"{number:06d}.json"


def read_table(path: Path) -> dict[str, Any]:
    """A record of an export.

    Raises:
        DatasetError: it is damaged.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(found, dict):
            raise ValueError("it is no table")
    except (OSError, ValueError, RecursionError) as error:
        raise DatasetError(
            "A record of the export is damaged.", got=str(error), where=str(path), cure="delete the export's folder"
        ) from error
    return found
