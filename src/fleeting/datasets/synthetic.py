"""`synthetic`: the data set that `fleeting synthesize` wrote, used exactly as a recorded one.

The subject of a clip is the identity of the face; the donor says whose action units it shows. Samples that failed are
left out and counted. Shards are read by random access, one index at a time, so memory does not grow with the data set.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal, Self

import numpy as np
import pandas as pd

from .. import files, manifest
from ..errors import DatasetError, ManifestError
from ..options import Options
from ..remote import AnyPath, place
from ..types import LABELS, Clip, Donor, Image
from .frame_files import decode_image
from .legacy_flow import SHAPE
from .tar_index import Span, index_tar, read_span

COLUMNS = [
    "key", "status", "reason", "label", "emotion", "identity", "donor_dataset", "donor_subject", "donor_clip", "shard",
]  # fmt: skip
PICTURES: tuple[str, ...] = ("onset.png", "onset.jpg", "apex.png", "apex.jpg", "flow.png")
OPEN_INDEXES = 4
"""Shard indexes kept in memory; clips come in shard order, so one would nearly do."""


class Synthetic:
    """One folder with manifest.parquet and shards/."""

    name = "synthetic"
    classes: tuple[str, ...] = LABELS

    def __init__(self, root: AnyPath) -> None:
        self.root = root
        self._indexes: OrderedDict[int, dict[str, dict[str, Span]]] = OrderedDict()
        if self._rows.empty:
            raise ManifestError("No sample of this data set was finished.", got=str(self.failed()), where=str(root))

    @classmethod
    def open(cls, root: str = "", options: Mapping[str, Any] | None = None) -> Self:
        """Open the folder `root`.

        Raises:
            DatasetError: no folder is named, or it does not exist.
            ManifestError: there is no manifest, or it cannot be used.
        """
        Options.parse(options or {}, cls.name)
        if not root:
            raise DatasetError(
                "A synthetic data set has no usual place.",
                expected="its folder",
                cure="set train.root or test.root to what `fleeting synthesize` wrote",
            )
        return cls(place(root) if "://" in root else files.locate(root))

    def clips(self) -> list[Clip]:
        """Every finished sample in manifest order."""
        rows = self._rows
        columns = (rows[name].tolist() for name in ("identity", "key", "label", "emotion"))
        return [
            Clip("synthetic", identity, key, label, emotion, donor=donor)
            for identity, key, label, emotion, donor in zip(*columns, self._donors(), strict=True)
        ]

    def failed(self) -> dict[str, int]:
        """Why samples are missing: reason -> number."""
        lost = self._table[self._table["status"] != "done"]
        return {str(reason): int(count) for reason, count in lost["reason"].value_counts().items()}

    @cached_property
    def holds(self) -> Literal["frames", "flow"]:
        """What the samples are, seen from the first one."""
        first = self._rows.iloc[0]
        return "flow" if "flow.png" in self._members(str(first["key"]), int(first["shard"])) else "frames"

    def frames(self, clip: Clip) -> Image:
        """Read one sample: (T, H, W, 3) uint8 RGB, onset first; (1, 28, 28, 3) = u, v, strain for flow.

        Raises:
            ManifestError: the sample is not in the manifest or not in its shard, or an image is damaged.
        """
        shard = self._shards.get(clip.clip)
        if shard is None:
            raise ManifestError(f"There is no finished sample {clip.clip!r}.", where=str(self.root / manifest.NAME))
        members = self._members(clip.clip, shard)
        names = [name for name in PICTURES if name in members]
        names = names or sorted(
            (name for name in members if _number(name).isdecimal()), key=lambda it: int(_number(it))
        )
        if not names:
            raise ManifestError(
                f"Sample {clip.clip} holds no images.", got=", ".join(members), where=str(self._path(shard))
            )
        with self._path(shard).open("rb") as file:
            images = [
                _decode(read_span(file, members[name]), f"{self._path(shard)}:{clip.clip}.{name}") for name in names
            ]
        shapes = {image.shape for image in images}
        if len(shapes) > 1 or (names == ["flow.png"] and shapes != {SHAPE}):
            raise ManifestError(
                f"The images of sample {clip.clip} have wrong sizes.", got=str(shapes), where=str(self._path(shard))
            )
        return np.stack(images)

    def digest(self) -> str:
        """Hash of the manifest and of the shards' own hashes."""
        state = hashlib.sha256(files.sha256(self.root / manifest.NAME).encode())
        for shard in sorted(set(self._shards.values())):
            state.update(str(_read_done(self._path(shard)).get("sha256")).encode())
        return state.hexdigest()

    def __getstate__(self) -> dict[str, AnyPath]:
        """Workers read what they need themselves."""
        return {"root": self.root}

    def __setstate__(self, state: dict[str, AnyPath]) -> None:
        self.root = state["root"]
        self._indexes = OrderedDict()

    @cached_property
    def _table(self) -> pd.DataFrame:
        table = manifest.read(self.root, COLUMNS)
        done = table[table["status"] == "done"]
        for problem, wrong in (
            ("are listed twice", table[table["key"].duplicated()]),
            ("have no label that is a class", done[~done["label"].isin(range(len(LABELS)))]),
            ("have neither status done nor failed", table[~table["status"].isin(["done", "failed"])]),
        ):
            if len(wrong):
                names = ", ".join(map(str, wrong["key"].head(10)))
                raise ManifestError(f"{len(wrong)} samples {problem}.", got=names, where=str(self.root / manifest.NAME))
        return table

    @cached_property
    def _rows(self) -> pd.DataFrame:
        return self._table[self._table["status"] == "done"]

    @cached_property
    def _shards(self) -> dict[str, int]:
        return dict(zip(self._rows["key"].tolist(), self._rows["shard"].tolist(), strict=True))

    def _donors(self) -> list[Donor | None]:
        """One object per donor clip, however many samples share it."""
        known: dict[tuple[str, str, str], Donor] = {}
        columns = (self._rows[name].tolist() for name in ("donor_dataset", "donor_subject", "donor_clip"))
        return [known.setdefault(names, Donor(*names)) if any(names) else None for names in zip(*columns, strict=True)]

    def _path(self, shard: int) -> AnyPath:
        return self.root / "shards" / f"{shard:06d}.tar"

    def _members(self, key: str, shard: int) -> dict[str, Span]:
        if shard not in self._indexes:
            self._indexes[shard] = self._open(shard)
            if len(self._indexes) > OPEN_INDEXES:
                self._indexes.popitem(last=False)
        return self._indexes[shard][key]

    def _open(self, shard: int) -> dict[str, dict[str, Span]]:
        """Index a shard and hold it against its marker and the manifest."""
        path = self._path(shard)
        count = _read_done(path).get("count")
        index = index_tar(path)
        planned = set(self._rows["key"][self._rows["shard"] == shard])
        if planned != set(index) or count != len(index):
            stray = sorted(planned ^ set(index))
            raise ManifestError(
                "A shard and the manifest disagree.",
                expected=f"{len(planned)} samples by the manifest, {count} by the marker",
                got=f"{len(index)} samples" + (f"; on one side only: {', '.join(stray[:10])}" if stray else ""),
                where=str(path),
                cure="see `fleeting verify`, then run the same `fleeting synthesize` again",
            )
        return index


def _read_done(path: AnyPath) -> dict[str, Any]:
    marker = path.with_name(f"{path.stem}.done.json")
    try:
        done: dict[str, Any] = json.loads(marker.read_text(encoding="utf-8"))
        if not isinstance(done, dict):
            raise ValueError("it is no table")
    except (OSError, ValueError, RecursionError) as error:
        raise ManifestError(
            "A shard was not finished: its marker is missing or damaged.",
            got=str(error),
            where=str(marker),
            cure="run the same `fleeting synthesize` again; it finishes what is missing",
        ) from error
    return done


def _number(name: str) -> str:
    """The frame's number in "07.png"; there may be more than 100 frames."""
    return name.split(".")[0]


def _decode(data: bytes, where: str) -> Image:
    stored = decode_image(data)
    if stored is None:
        raise ManifestError("An image of a sample is damaged or too large.", where=where, cure="see `fleeting verify`")
    return np.ascontiguousarray(stored[..., ::-1])
