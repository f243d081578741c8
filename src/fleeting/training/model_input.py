"""What a model takes, and the feature that makes it of a data set's clips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np

from ..datasets.legacy_flow import SHAPE
from ..errors import OptionsError
from ..features import FEATURES
from ..files import text_digest
from ..models.sketch import sketch_model
from ..types import Image
from .inputs import Feature, Source
from .recipe import FeatureTable, ModelTable

STORED = ("u", "v", "strain")
"""What the flow images of a data set show."""


@dataclass(frozen=True, slots=True)
class ModelInput:
    """Channels and size of a model's input, as the model itself states them."""

    model: str
    channels: tuple[str, ...]
    rows: int
    columns: int

    @classmethod
    def of(cls, table: ModelTable) -> Self:
        """Read them off the model.

        Raises:
            OptionsError: there is no such model or option.
        """
        model = sketch_model(table.name, **table.options)
        return cls(table.name, tuple(model.channels), *model.input_shape[1:])

    @property
    def shape(self) -> tuple[int, int, int]:
        """(rows, columns, C) of one image."""
        return self.rows, self.columns, len(self.channels)


class StoredFlow:
    """A feature of data sets that hold flow images: picks channels by name and resizes them linearly."""

    def __init__(self, wanted: ModelInput, dataset: str) -> None:
        self.wanted, self.dataset, self.channels = wanted, dataset, wanted.channels
        self.digest = text_digest("stored flow 1", *wanted.channels, str(wanted.shape))
        missing = [name for name in wanted.channels if name not in STORED]
        if missing:
            shown = ", ".join(missing[:6]) + (f" and {len(missing) - 6} more" if len(missing) > 6 else "")
            raise OptionsError(
                f"{wanted.model} takes {shown}, and {dataset} does not hold that.",
                expected=f"a data set of frames, or a model that takes no more than {', '.join(STORED)}",
                got=f"{dataset}: {SHAPE[1]} x {SHAPE[0]} px flow images of {', '.join(STORED)}",
                cure='name a data set of frames (test.dataset; train.root made with synthesis.output = "frames"), '
                "or another model (`fleeting models` lists what each takes)",
            )

    def compute_many(self, clips: Sequence[Image]) -> Image:
        """N stored images (1, H, W, 3) -> (N, rows, columns, C) uint8."""
        picked = [STORED.index(name) for name in self.channels]
        size = (self.wanted.columns, self.wanted.rows)
        images = np.empty((len(clips), *self.wanted.shape), np.uint8)
        for image, clip in zip(images, clips, strict=True):
            whole = clip[0]
            if whole.shape[1::-1] != size:
                whole = cv2.resize(whole, size, interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)
            image[:] = whole[..., picked]
        return images

    @property
    def note(self) -> str:
        """A sentence for the results where the size is not the stored one; else ""."""
        if SHAPE[:2] == (self.wanted.rows, self.wanted.columns):
            return ""
        size = f"{self.wanted.columns} x {self.wanted.rows} px"
        return (
            f"The {SHAPE[1]} x {SHAPE[0]} px flow images of {self.dataset} were resized to {size} for "
            f"{self.wanted.model}, whose paper computed flow at that size: its figures cannot be expected."
        )


def feature_for(table: FeatureTable, wanted: ModelInput, dataset: Source) -> Feature:
    """The feature that makes what the model takes of the clips of `dataset`.

    Raises:
        OptionsError: there is no such feature or option, its channels are not the model's, or the data set holds flow
            images without a channel that the model takes.
    """
    if dataset.holds == "flow":
        return StoredFlow(wanted, dataset.name)
    options = dict(table.options)
    if not table.name:
        width = {"width": wanted.columns} if wanted.columns != wanted.rows else {}
        options = {"channels": wanted.channels, "size": wanted.rows, **width, **options}
    kind = FEATURES.load(table.name or "clip-image")
    feature: Feature = kind(kind.Options.parse(options, "features.options"))
    if tuple(feature.channels) != wanted.channels:
        raise OptionsError(
            f"The feature does not give what {wanted.model} takes.",
            expected=", ".join(wanted.channels),
            got=", ".join(feature.channels),
            where="features",
            cure='leave features.name and features.options.channels out: "" is what the model takes',
        )
    return feature
