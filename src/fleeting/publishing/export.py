"""Lays a synthetic data set out for others: part by part, so that an interrupted export finishes when run again."""

from __future__ import annotations

import importlib.metadata
import json
import multiprocessing
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from .. import manifest
from ..errors import DatasetError, ManifestError, OptionsError, nearest
from ..files import atomic_write, sha256, write_text
from .card import export_card
from .croissant import NAME as CROISSANT
from .croissant import croissant
from .form import Form, Part, Splits
from .image_folder import ImageFolder
from .legacy import Legacy, LegacyFlow
from .parquet import Parquet
from .rights import FACES, rights
from .source import CARD, Source
from .tar_shards import TarShards

FORMS: dict[str, type[Form]] = {
    "hf": Parquet,
    "webdataset": TarShards,
    "imagefolder": ImageFolder,
    "legacy": Legacy,
    "legacy-flow": LegacyFlow,
}
DONE = "export.json"
"""Written last: an export is whole where it stands."""
STATE = ".fleeting-export"
"""Folder of the records of finished parts; gone once the export is whole."""
FACTS = (manifest.NAME, FACES, "recipe.toml")
"""Files that go along with every form."""


@dataclass(frozen=True)
class Job:
    """A part to be made, small enough to be sent to any process."""

    form: str
    root: Path
    folder: Path
    number: int
    part: Part


def export(
    root: Path, form: str, folder: Path, *, validation: float = 0, workers: int = 1, progress: bool = True
) -> dict[str, Any]:
    """Lay the data set at `root` out in `folder`, or finish what an earlier call left there.

    The data set is taken to be sound: the command line has `fleeting verify` look first.

    Args:
        root: a data set that `fleeting synthesize` made.
        form: one of FORMS.
        folder: new, empty, or that of the same export.
        validation: share of the portraits whose samples make a split of their own; 0: everything is train.
        workers: processes. The files do not depend on it.
        progress: show a bar on standard error.

    Returns:
        What export.json says, and "made": parts made by this call.

    Raises:
        OptionsError: there is no such form, or it has no splits.
        DatasetError: the folder holds something else, or cannot be written.
        ManifestError: the data set contradicts itself.
    """
    if form not in FORMS:
        raise OptionsError(f"There is no form {form!r}.", expected=nearest(form, FORMS), got=form)
    source, chosen = Source(root), FORMS[form]()
    splits = _splits(source, chosen, form, validation)
    claim = {
        "form": form,
        "source": source.digest,
        "validation": validation,
        "fleeting": importlib.metadata.version("fleeting"),
    }
    try:
        if (whole := _claim(root, folder, claim)) is not None:
            return {**whole, "made": 0}
        parts = chosen.parts(source, splits)
        missing = [Job(form, root, folder, number, part) for number, part in enumerate(parts)]
        missing = [job for job in missing if not _mark(folder, job.number).is_file()]
        with tqdm(total=len(parts), initial=len(parts) - len(missing), unit="part", disable=not progress) as bar:
            for _ in _run(missing, workers):
                bar.update()
        return {**_finish(source, chosen, folder, parts, claim), "made": len(missing)}
    except OSError as error:
        raise DatasetError(
            "The export could not be written.",
            got=str(error),
            where=str(folder),
            cure="make room or give the right to write there, then run the same again; it goes on from there",
        ) from error


def _splits(source: Source, form: Form, name: str, validation: float) -> Splits:
    """Split -> portraits: the same for every run, and no portrait in two."""
    if not validation:
        return {"train": None}
    if not form.splits:
        able = ", ".join(key for key, value in FORMS.items() if value.splits)
        raise OptionsError(f"The form {name!r} has no splits.", expected=f"a form of {able}", got=f"{validation}")
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


def _claim(root: Path, folder: Path, claim: Mapping[str, Any]) -> dict[str, Any] | None:
    """Mark `folder` as the place of this export; its own record if it is whole already."""
    place, home = folder.resolve(), root.resolve()
    if place == home or home in place.parents:
        raise DatasetError("An export cannot lie inside its data set.", got=str(folder), cure="choose another --out")
    for path in (folder / DONE, folder / STATE / "claim.json"):
        if path.is_file():
            before = _read(path)
            changed = [key for key in claim if before.get(key) != claim[key]]
            if changed:
                raise DatasetError(
                    f"{folder} holds another export.",
                    expected="; ".join(f"{key} = {before.get(key)}" for key in changed),
                    got="; ".join(f"{key} = {claim[key]}" for key in changed),
                    where=str(path),
                    cure="choose another --out, or delete that folder",
                )
            if path.name == DONE:
                shutil.rmtree(folder / STATE, ignore_errors=True)
            return before if path.name == DONE else None
    if folder.is_dir() and any(folder.iterdir()):
        raise DatasetError(
            f"{folder} is not empty and is no export.",
            got=", ".join(sorted(path.name for path in folder.iterdir())[:8]),
            where=str(folder),
            cure="choose another --out",
        )
    write_text(folder / STATE / "claim.json", json.dumps(claim) + "\n")
    return None


def _make(job: Job) -> None:
    record = FORMS[job.form]().make(Source(job.root), job.part, job.folder)
    write_text(_mark(job.folder, job.number), json.dumps(asdict(record)) + "\n")


def _run(jobs: list[Job], workers: int) -> Iterator[None]:
    if workers <= 1 or len(jobs) <= 1:
        for job in jobs:
            _make(job)
            yield
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(jobs)), mp_context=context) as executor:
        try:
            for future in as_completed([executor.submit(_make, job) for job in jobs]):
                future.result()
                yield
        except BaseException:
            executor.shutdown(wait=False, cancel_futures=True)
            raise


class _Records:
    """Every part and its record, read from the disk one at a time, as often as somebody asks."""

    def __init__(self, folder: Path, parts: list[Part]) -> None:
        self._folder, self._parts = folder, parts

    def __iter__(self) -> Iterator[tuple[Part, dict[str, Any]]]:
        for number, part in enumerate(self._parts):
            yield part, _read(_mark(self._folder, number))


def _finish(source: Source, form: Form, folder: Path, parts: list[Part], claim: dict[str, Any]) -> dict[str, Any]:
    """Write lists, facts, card and description, and export.json last."""
    records, counts, files = _Records(folder, parts), dict[str, int](), dict[str, str]()
    for part, record in records:
        counts[part.split] = counts.get(part.split, 0) + record["samples"]
        files |= record["files"]
    if sum(counts.values()) != source.census.done:
        raise ManifestError(
            "The export does not hold every finished sample.",
            expected=f"{source.census.done} by the manifest",
            got=f"{sum(counts.values())}",
            where=str(folder),
            cure="see `fleeting verify`; then delete the export and make it again",
        )
    files |= form.finish(source, folder, records)
    for name in FACTS:
        if (source.root / name).is_file():
            _copy(source.root / name, folder / name)
            files[name] = sha256(folder / name)
    name = folder.resolve().name
    write_text(folder / CARD, export_card(source, form, name, sorted(counts), claim))
    described = croissant(source, name, files, rights(source.root))
    write_text(folder / CROISSANT, json.dumps(described, indent=1) + "\n")
    census = source.census
    done = {
        **claim,
        "kind": source.kind,
        "planned": census.planned,
        "failed": dict(census.failed),
        "samples": counts,
        "parts": len(parts),
        "files": files,
    }
    write_text(folder / DONE, json.dumps(done, indent=1) + "\n")
    shutil.rmtree(folder / STATE)
    return done


def _copy(path: Path, target: Path) -> None:
    """Copied, not linked: somebody may edit a table in place."""
    with path.open("rb") as content, atomic_write(target) as file:
        shutil.copyfileobj(content, file)


def _mark(folder: Path, number: int) -> Path:
    return folder / STATE / f"{number:06d}.json"


def _read(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DatasetError(
            "A record of the export is damaged.", got=str(error), where=str(path), cure="delete the export's folder"
        ) from error
    return found
