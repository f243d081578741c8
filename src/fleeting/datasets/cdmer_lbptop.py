"""`cdmer-lbptop`: the released descriptors of CDMER, the cross-database benchmark: LBP-TOP of 85 blocks, no pixels.

Source: repository jiangxingxun/Seeking_Salient_Facial_Region (TGSR, ICPR 2022), data/3class; state no licence, research
use. It holds CASME II ("selected", 130 clips), SMIC VIS and NIR (71 each); SMIC-HS is read where a user has it. Classes
follow the label vectors, in which 1 is negative: the papers print SMIC's negative and positive the other way round. The
numbers stand plane by plane in each level of the grid, so that 177 neighbours are a block only in our order (`order`).
The release names neither people nor clips, so all clips of a part count as one person, and no interval is claimed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NoReturn, Self

import numpy as np
import numpy.typing as npt

from .. import files
from ..errors import DatasetError
from ..evaluation.people import UNKNOWN
from ..features.lbp_top import released_order
from ..options import Options
from ..types import LABELS, Clip, Floats, Image
from .bounds import refuse_large_arrays
from .dataset import AbsentError, Holds

FOLDER, TOGETHER = "cdmer_lbptop", "features.npz"
PARTS = {"CASME2": "casme2", "SMIC_HS": "smic", "SMIC_VIS": "smic-vis", "SMIC_NIR": "smic-nir"}
"""Name in the release -> ours."""
UPSTREAM = "https://github.com/jiangxingxun/Seeking_Salient_Facial_Region"
Table = tuple[Floats, npt.NDArray[np.int64]]
"""Descriptors (N, D) and classes (N,) of a part."""


class CdmerOptions(Options):
    """Options of `cdmer-lbptop`."""

    order: Literal["released", "blocks"] = "released"
    """"released": the numbers as the authors use them; "blocks": as our lbp-top gives them, 177 to a block."""


class CdmerLbptop:
    """Descriptors of CDMER: a folder with the authors' .mat files, or with features.npz (PART_X and PART_y)."""

    name = "cdmer-lbptop"
    holds: Holds = "vectors"
    classes: tuple[str, ...] = LABELS

    def __init__(self, root: Path, options: CdmerOptions | None = None) -> None:
        self.root = root
        self.tables = _read(root)
        if options is not None and options.order == "blocks":
            self.tables = {part: (_in_blocks(vectors, root), labels) for part, (vectors, labels) in self.tables.items()}
        self.dimension = next(iter(self.tables.values()))[0].shape[1]
        self.notes = {
            "the release does not say who is filmed; all clips of a part count as one person": [
                clip.key for clip in self.clips()
            ]
        }
        self.faults: list[Any] = []
        self.left_out: dict[str, int] = {}

    @classmethod
    def open(cls, root: str = "", options: Mapping[str, Any] | None = None) -> Self:
        """Open the folder `root`, or for "" the mirror's or the one in the cache folder.

        Raises:
            AbsentError: root is "" and there is neither.
            DatasetError: the folder holds none of the files, or one is damaged.
        """
        chosen = CdmerOptions.parse(options or {}, cls.name)
        if root:
            return cls(files.locate(root), chosen)
        mirror = files.mirror()
        places = ([mirror / FOLDER] if mirror else []) + [files.cache() / FOLDER]
        for place in places:
            if place.is_dir():
                return cls(place, chosen)
        raise AbsentError(
            "The descriptors of CDMER are not on this machine.",
            where=" or ".join(map(str, places)),
            cure=f"put data/3class of {UPSTREAM} there, set FLEETING_MIRROR, or name a folder in test.root",
        )

    def clips(self) -> list[Clip]:
        """Part by part in the order of the release, numbered from 001."""
        return [
            Clip(part, UNKNOWN, f"{number:03}", int(label))
            for part, (_, labels) in self.tables.items()
            for number, label in enumerate(labels, start=1)
        ]

    def vector(self, clip: Clip) -> Floats:
        """The descriptor of a clip, (15045,) float32.

        Raises:
            DatasetError: the clip is not in this data set.
        """
        table = self.tables.get(clip.dataset)
        number = int(clip.clip) - 1 if clip.clip.isdecimal() else -1
        if table is None or clip.subject != UNKNOWN or not 0 <= number < len(table[1]):
            raise DatasetError(f"There is no clip {clip.key}.", where=str(self.root))
        vector: Floats = table[0][number]
        return vector

    def frames(self, clip: Clip) -> Image:
        """There are none.

        Raises:
            DatasetError: always.
        """
        raise DatasetError(f"{self.name} holds descriptors of {clip.key}, no frames.", where=str(self.root))

    def digest(self) -> str:
        """Hash of names, descriptors and classes."""
        state = hashlib.sha256()
        for part, (vectors, labels) in self.tables.items():
            state.update(part.encode() + np.ascontiguousarray(vectors).tobytes() + labels.tobytes())
        return state.hexdigest()


def _read(root: Path) -> dict[str, Table]:
    together = root / TOGETHER
    tables: dict[str, Table] = {}
    try:
        if together.is_file():
            refuse_large_arrays(together)
            with np.load(together) as stored:
                for name, part in PARTS.items():
                    if f"{name}_X" in stored:
                        tables[part] = _checked(stored[f"{name}_X"], stored[f"{name}_y"], together)
        else:
            for name, part in PARTS.items():
                for path in sorted(root.rglob(f"CrossCorpus_LBPTOP_R3P8_{name}_*.mat"))[:1]:
                    tables[part] = _matlab(path, name)
    except DatasetError:
        raise
    except Exception as error:  # a damaged archive may fail in any way
        raise DatasetError("The descriptors cannot be read.", got=str(error)[:300], where=str(root)) from error
    if not tables:
        raise DatasetError(
            "The folder holds no descriptors of CDMER.",
            expected=f"{TOGETHER}, or CrossCorpus_LBPTOP_R3P8_*.mat as in data/3class of {UPSTREAM}",
            where=str(root),
        )
    widths = {part: vectors.shape[1] for part, (vectors, _) in tables.items()}
    if len(set(widths.values())) > 1:
        _refuse("vectors of one length", str(widths), root)
    return tables


def _in_blocks(vectors: Floats, root: Path) -> Floats:
    order = released_order()
    if vectors.shape[1] != len(order):
        _refuse(f"{len(order)} values for order = 'blocks'", str(vectors.shape[1]), root)
    return np.ascontiguousarray(vectors[:, order])


def _matlab(path: Path, name: str) -> Table:
    from scipy.io import loadmat

    refuse_large_arrays(path)
    content = loadmat(path)
    return _checked(content[f"{name}_micro_feature"], content[f"{name}_micro_label"].ravel(), path)


def _checked(vectors: npt.NDArray[Any], labels: npt.NDArray[Any], path: Path) -> Table:
    if vectors.ndim != 2 or labels.shape != (len(vectors),) or not len(vectors):
        _refuse("(N, D) descriptors and (N,) classes", f"{vectors.shape} and {labels.shape}", path)
    if not np.isin(labels, (1, 2, 3)).all() or not np.isfinite(vectors).all():
        _refuse("finite descriptors and classes 1, 2, 3", f"classes {np.unique(labels).tolist()[:6]}", path)
    return vectors.astype(np.float32), labels.astype(np.int64) - 1


def _refuse(expected: str, got: str, where: Path) -> NoReturn:
    raise DatasetError("The descriptors are damaged.", expected=expected, got=got, where=str(where))
