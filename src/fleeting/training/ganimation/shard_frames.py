"""The frames of a data set that `fleeting synthesize` wrote, each with the action units that it was drawn with.

Only the manifest's action units and the indexes of a few shards are in memory, whatever the size of the data set.
"""

from __future__ import annotations

from collections import OrderedDict
from itertools import pairwise
from pathlib import Path
from threading import Lock

import numpy as np

from ... import files, manifest
from ...datasets.tar_index import Span, index_tar, read_span
from ...errors import DatasetError
from ...types import AU_NUMBERS, Floats, Image
from .images import decoded
from .order import WINDOW

COLUMNS = ["key", "status", "reason", "shard", "z_onset", "z_apex", "track", "sides"]


class ShardFrames:
    """See KnownImages; the frames are numbered shard by shard, sample by sample, in order of time."""

    synthetic = True

    def __init__(self, root: Path) -> None:
        """Read the manifest of the data set at `root`.

        Raises:
            DatasetError: it holds flow images, or frames that are not square.
            ManifestError: the manifest or a shard cannot be used.
        """
        self.root = root
        table = manifest.read(root, COLUMNS)
        lost = table[table["status"] != "done"]
        self.left_out = list(zip(lost["key"].tolist(), lost["reason"].tolist(), strict=True))
        table = table[table["status"] == "done"].sort_values(["shard", "key"], kind="stable")
        tracks = [_track(*row) for row in zip(*(table[name] for name in COLUMNS[4:]), strict=True)]
        if not tracks:
            raise DatasetError("No sample of this data set was finished.", where=str(root))
        self.aus: Floats = np.concatenate(tracks)
        counts = np.array([len(track) for track in tracks])
        self._keys: list[str] = table["key"].tolist()
        self._shards: list[int] = table["shard"].tolist()
        self._starts = np.concatenate([[0], np.cumsum(counts)])
        bounds = [0, *(np.flatnonzero(np.diff(self._shards)) + 1), len(self._keys)]
        self.groups = [range(self._starts[low], self._starts[high]) for low, high in pairwise(bounds)]
        self._indexes: OrderedDict[int, dict[str, dict[str, Span]]] = OrderedDict()
        self._lock = Lock()
        shape = self.read(0).shape
        if shape[0] != shape[1]:
            raise DatasetError(
                "The frames are not square.",
                expected="as many rows as columns",
                got=f"{shape[0]} x {shape[1]}",
                where=str(root),
                cure="leave faces.height out of the recipe that made them",
            )

    def read(self, number: int) -> Image:
        """(S, S, 3) uint8 RGB.

        Raises:
            DatasetError: the sample holds no such frame.
            ManifestError: its shard is damaged.
        """
        sample = int(np.searchsorted(self._starts, number, side="right")) - 1
        frame, length = number - self._starts[sample], self._starts[sample + 1] - self._starts[sample]
        members = self._index(self._shards[sample]).get(self._keys[sample], {})
        stem = ("onset", "apex")[frame] if length == 2 else f"{frame:02d}"
        name = next((name for name in members if name.partition(".")[0] == stem), None)
        path = self._path(self._shards[sample])
        if name is None:
            raise DatasetError(
                f"Sample {self._keys[sample]} has no frame {stem}.",
                expected="a data set of frames",
                got=", ".join(members) or "no such sample",
                where=str(path),
            )
        with path.open("rb") as file:
            return decoded(read_span(file, members[name]), f"{path}:{self._keys[sample]}.{name}")

    def digest(self) -> str:
        """Hash of the manifest."""
        return files.sha256(self.root / manifest.NAME)

    def _path(self, shard: int) -> Path:
        return self.root / "shards" / f"{shard:06d}.tar"

    def _index(self, shard: int) -> dict[str, dict[str, Span]]:
        with self._lock:
            if shard not in self._indexes:
                self._indexes[shard] = index_tar(self._path(shard))
            self._indexes.move_to_end(shard)
            if len(self._indexes) > 2 * WINDOW:  # two windows are open while one follows the other
                self._indexes.popitem(last=False)
            return self._indexes[shard]


def _track(onset: Floats, apex: Floats, track: Floats, sides: Floats) -> Floats:
    """(T, 17) action units of a sample's frames; what one half of the face alone shows counts half (ours)."""
    values = np.reshape(track, (-1, len(AU_NUMBERS))) if len(track) else np.stack([onset, apex])
    shown = np.reshape(sides, (2, -1)).mean(axis=0) if len(sides) else 1.0
    return np.asarray(values * shown, np.float32)
