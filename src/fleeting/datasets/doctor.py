"""Examines a folder that is said to hold a data set: what is there, what is not, and whether it can be used.

A copy is usable when every clip that its own annotation names can be read. Clips whose onset, apex and offset are
impossible are reported and do not count against it: `bad_apex` says what is done with them. Counts that differ from
those of a complete copy are reported too; a part of a data set can be used. (The rule is ours.)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..action_units.labels import label_of
from ..errors import DatasetError, FleetingError, ManifestError
from ..types import LABELS, Clip
from . import DATASETS, AbsentError, Dataset, open_dataset
from .annotation import Annotation, Fault
from .compmie import Compmie
from .diagnosis import Count, Diagnosis
from .expected import Expected, expected
from .joined_readers import JoinedReaders
from .layout import Found
from .megc2019_flow import Megc2019Flow
from .recorded import Recorded
from .several import Several
from .synthetic import Synthetic


def examine(name: str, root: str, options: Mapping[str, Any] | None = None) -> Diagnosis:
    """Open a data set, decode onset and apex of every clip, and compare its counts with those of a complete copy.

    Args:
        name: a name of `list_datasets()`.
        root: its folder, as for `open_dataset`.
        options: how to read it, as for `open_dataset`.

    Returns:
        What was found. A folder that cannot be opened as this data set at all is a diagnosis too, with one problem.

    Raises:
        OptionsError: there is no such data set or option.
        AbsentError: root is "" and the data is not on this machine.
        DatasetError: the folder does not exist.
    """
    access = getattr(DATASETS.load(name), "access", "")
    if root and not root.startswith("mirror:") and not Path(root).expanduser().exists():
        raise DatasetError(f"There is no file or folder {root}.", where=str(Path(root).expanduser().resolve()))
    try:
        dataset = open_dataset(name, root, options)
    except AbsentError:
        raise
    except (DatasetError, ManifestError) as error:
        return Diagnosis(name, root, problem=str(error), access=access)
    clips = dataset.clips()
    return Diagnosis(
        name,
        str(dataset.root),
        layouts=_layouts(dataset),
        corrections=[str(correction) for correction in getattr(dataset, "applied", ())],
        clips=len(clips),
        counts=_counts(dataset, clips),
        subjects=_subjects(clips, dataset.classes),
        faults=[*getattr(dataset, "faults", ()), *_decode(dataset, clips)],
        left_out=dict(getattr(dataset, "left_out", {})),
        notes=_notes(dataset, clips),
        remarks=_remarks(dataset),
        access=access,
    )


def _annotated(dataset: Dataset | Recorded, clips: list[Clip]) -> list[tuple[str, str, str]]:
    """(subject, clip, emotion) of every clip that the annotation names."""
    rows: list[Annotation] | None = getattr(dataset, "annotated", None)
    if rows is None:
        return [(f"{clip.dataset}/{clip.subject}", clip.clip, clip.emotion) for clip in clips]
    unique = {(row.subject, row.clip): (row.subject, row.clip, row.emotion) for row in rows}
    return list(unique.values())


def _layouts(dataset: Dataset) -> list[str]:
    found: list[Found] = getattr(dataset, "found", [])
    lines = [
        f"{item.layout.name}: {_below(item.frames, dataset.root)}"
        + (f" with {_below(item.table, dataset.root)}" if item.table else "")
        for item in found
    ]
    if isinstance(dataset, Recorded):
        unused = "" if dataset.parts else " (there too, not used)"
        return [line + (unused if place else "") for place, line in enumerate(lines)]
    return lines


def _below(path: Path, root: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


def _remarks(dataset: Dataset) -> dict[str, list[str]]:
    """What holds for some clips, files or rows and is no fault of theirs."""
    if not isinstance(dataset, Recorded | JoinedReaders):
        return {}
    unnamed = [_below(path, dataset.root) for path in dataset.unnamed()]
    return {**dataset.notes, **({"folders are there that the annotation does not name": unnamed} if unnamed else {})}


def _counts(dataset: Dataset | Recorded, clips: list[Clip]) -> list[Count]:
    """Every expected count beside what is here; for a recorded data set the emotions that nobody expects, too."""
    if isinstance(dataset, Several):
        own = {name: _counts(part, part.clips()) for name, part in dataset.readers.items()}
        return [replace(count, what=f"{name} {count.what}") for name, counts in own.items() for count in counts]
    rows = _annotated(dataset, clips)
    emotions = Counter(emotion.strip().casefold() for _, _, emotion in rows if emotion)
    wanted = expected(dataset.name)
    counts = [_count(fact, dataset, rows, emotions, clips) for fact in wanted] or [
        Count("clips", len(rows)),
        Count("subjects", len({subject for subject, _, _ in rows})),
        *(Count(f"class {name}", here) for name, here in _classes(dataset, emotions, clips).items()),
    ]
    if not isinstance(dataset, Recorded):
        return counts
    known = {fact.name for fact in wanted if fact.what == "emotion"}
    return counts + [Count(f"emotion {word}", here) for word, here in emotions.items() if word not in known]


def _count(
    fact: Expected,
    dataset: Dataset | Recorded,
    rows: list[tuple[str, str, str]],
    emotions: Counter[str],
    clips: list[Clip],
) -> Count:
    here = {
        "clips": lambda: len(rows),
        "subjects": lambda: len({subject for subject, _, _ in rows}),
        "emotion": lambda: emotions[fact.name],
        "class": lambda: _classes(dataset, emotions, clips)[fact.name],
    }[fact.what]()
    return Count(f"{fact.what} {fact.name}".strip(), here, fact.counts, fact.source)


def _classes(dataset: Dataset | Recorded, emotions: Counter[str], clips: list[Clip]) -> Counter[str]:
    """Clips per class: of the three where the annotation is one of emotions, else as the clips are labelled."""
    if not isinstance(dataset, Recorded):
        return Counter(dataset.classes[clip.label] for clip in clips)
    counts: Counter[str] = Counter()
    for word, here in emotions.items():
        try:
            label = label_of(dataset.merge, word)
        except FleetingError:  # an unknown word is a fault of its own
            continue
        if label is not None:
            counts[LABELS[label]] += here
    return counts


def _subjects(clips: list[Clip], classes: tuple[str, ...]) -> dict[str, dict[str, int]]:
    """Usable clips per subject and class."""
    table: dict[str, dict[str, int]] = {}
    several = len({clip.dataset for clip in clips}) > 1
    for clip in clips:
        row = table.setdefault(f"{clip.dataset}/{clip.subject}" if several else clip.subject, dict.fromkeys(classes, 0))
        row[classes[clip.label]] += 1
    return table


def _decode(dataset: Dataset, clips: list[Clip]) -> list[Fault]:
    if isinstance(dataset, Recorded | JoinedReaders):
        return dataset.check()
    if dataset.holds == "vectors":  # read and checked when it was opened
        return []
    faults = []
    for clip in clips:
        try:
            dataset.frames(clip)
        except (DatasetError, ManifestError) as error:
            faults.append(Fault("unreadable", clip.key, f"{error.problem} {error.got}".strip(), error.where))
    return faults


def _notes(dataset: Dataset, clips: list[Clip]) -> list[str]:
    """What is worth knowing and no fault of a clip."""
    there = {clip.label for clip in clips}
    notes = [f"no clip of the class {name}" for label, name in enumerate(dataset.classes) if label not in there]
    if isinstance(dataset, Compmie):
        source = _below(dataset.list_file, dataset.root) if dataset.list_file else "the copy in the package"
        notes.append(f"members and labels: {source}")
        notes += [f"{part} could not be opened: {error.problem}" for part, error in dataset.absent.items()]
    if isinstance(dataset, Megc2019Flow):
        notes += [
            f"{len(keys)} clips of the composite are not here: {part}" for part, keys in dataset.missing().items()
        ]
    if isinstance(dataset, Synthetic):
        notes += [f"{count} samples failed when it was made: {why}" for why, count in dataset.failed().items()]
    return notes
