"""What a model takes, and the feature that makes it of a data set's clips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self, cast, runtime_checkable

import cv2
import numpy as np

from ..datasets.dataset import HoldsVectors
from ..datasets.legacy_flow import SHAPE
from ..errors import OptionsError
from ..features import FEATURES, ClipImage, ClipVolume
from ..features.bi_woof import BiWOOF
from ..files import text_digest
from ..models.sketch import sketch_model
from ..types import VECTOR, Floats, Image
from .inputs import Feature, Source, ends_at_apex
from .recipe import FeatureTable, ModelTable

STORED = ("u", "v", "strain")
"""What the flow images of a data set show."""


@dataclass(frozen=True, slots=True)
class ModelInput:
    """Channels and size of a model's input, as the model itself states them; a vector's size is the feature's."""

    model: str
    channels: tuple[str, ...]
    rows: int = 0
    columns: int = 0
    frames: int = 0
    """Images of a volume, for recognisers of video; 0 for one image."""

    @classmethod
    def of(cls, table: ModelTable) -> Self:
        """Read them off the model.

        Raises:
            OptionsError: there is no such model or option.
        """
        model = sketch_model(table.name, **table.options)
        channels = tuple(model.channels)
        if channels == VECTOR:
            return cls(table.name, channels)
        *frames, rows, columns = model.input_shape[1:]
        return cls(table.name, channels, rows, columns, *frames)

    @property
    def shape(self) -> tuple[int, ...]:
        """(rows, columns, C) of one image, or (T, rows, columns, C)."""
        image = self.rows, self.columns, len(self.channels)
        return (self.frames, *image) if self.frames else image

    def shape_from(self, feature: Feature) -> tuple[int, ...]:
        """The shape of one input that `feature` makes: (rows, columns, C), or (D,)."""
        return (cast(VectorFeature, feature).length,) if self.channels == VECTOR else self.shape


class FittedPart(Protocol):
    """As features.descriptor.FittedPart: a step between vectors and classifier that learns from training clips."""

    @property
    def length(self) -> int:
        """Values per vector that it gives."""
        ...

    def fit(self, vectors: Floats) -> Self:
        """Learn from (N, D)."""
        ...

    def transform(self, vectors: Floats) -> Floats:
        """(N, D) -> (N, length) float32."""
        ...


@runtime_checkable
class VectorFeature(Protocol):
    """What a feature has that gives vectors: Descriptor has it."""

    digest: str

    @property
    def length(self) -> int:
        """Values per vector."""
        ...

    def compute_many(self, clips: Sequence[Any]) -> Floats:
        """N clips -> (N, length) float32."""
        ...

    def fitted_part(self, seed: int) -> FittedPart | None:
        """What is fitted on the training clips of each fold; None for most."""
        ...


class StoredVectors:
    """A feature of data sets that hold descriptors: they are taken as they are."""

    digest = text_digest("stored vectors 1")

    def __init__(self, wanted: ModelInput, dataset: Source) -> None:
        if wanted.channels != VECTOR:
            raise OptionsError(
                f"{wanted.model} takes images, and {dataset.name} holds descriptors.",
                expected="a model that takes vectors, for example svm",
                cure="name another model (`fleeting models` lists what each takes) or another data set",
            )
        self.length = cast(HoldsVectors, dataset).dimension

    def compute_many(self, clips: Sequence[Floats]) -> Floats:
        """N vectors (D,) -> (N, D) float32."""
        return np.stack(clips)

    def fitted_part(self, seed: int) -> FittedPart | None:
        """None: nothing is fitted."""
        return None


class StoredFlow:
    """A feature of data sets that hold flow images: picks channels by name and resizes them linearly."""

    def __init__(self, wanted: ModelInput, dataset: str) -> None:
        self.wanted, self.dataset, self.channels = wanted, dataset, wanted.channels
        self.digest = text_digest("stored flow 1", *wanted.channels, str(wanted.shape))
        if wanted.frames:
            raise OptionsError(
                f"{wanted.model} takes clips, and {dataset} holds one flow image of each.",
                expected='a data set of frames, for example made with synthesis.output = "frames"',
                cure="name such a data set, or another model",
            )
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
        OptionsError: there is no such feature or option, its channels are not the model's, the data set holds flow
            images without a channel that the model takes, or its clips go on behind the apex that the feature needs.
        ShapeError: the model takes clips, and the data set's have two frames.
    """
    if dataset.holds == "vectors":
        return StoredVectors(wanted, dataset)
    if wanted.channels == VECTOR:
        return _descriptor(table, wanted, dataset)
    if dataset.holds == "flow":
        return StoredFlow(wanted, dataset.name)
    options = dict(table.options)
    if not table.name:
        width = {"width": wanted.columns} if wanted.columns != wanted.rows else {}
        frames = {"frames": wanted.frames} if wanted.frames else {}
        options = {"channels": wanted.channels, "size": wanted.rows, **width, **frames, **options}
    kind = FEATURES.load(table.name or ("clip-volume" if wanted.frames else "clip-image"))
    feature = kind(kind.Options.parse(options, "features.options"))
    given = VECTOR if isinstance(feature, VectorFeature) else tuple(feature.channels)
    if given != wanted.channels:
        raise OptionsError(
            f"The feature does not give what {wanted.model} takes.",
            expected=", ".join(wanted.channels),
            got=", ".join(given),
            where="features",
            cure='leave features.name and features.options.channels out: "" is what the model takes',
        )
    if isinstance(feature, ClipVolume):
        for clip in dataset.clips()[:1]:  # the others are checked when they are read
            feature.check(dataset.frames(clip))
    made: Feature = feature
    _refuse_offsets(made, table.name, dataset)
    return made


def _refuse_offsets(feature: Feature, name: str, dataset: Source) -> None:
    """What takes a clip's last frame for its apex cannot be made of clips that go on to the offset."""
    if isinstance(feature, ClipImage | BiWOOF) and not ends_at_apex(dataset):
        raise OptionsError(
            f"{name or 'clip-image'} shows the motion from onset to apex, and {dataset.name} is read to the offset.",
            expected='frames = "ends" or "rise"',
            got='frames = "all"',
            where="test.dataset_options",
        )


def _descriptor(table: FeatureTable, wanted: ModelInput, dataset: Source) -> Feature:
    """The feature of a model that takes vectors."""
    fault = ""
    if dataset.holds == "flow":
        fault = f"{wanted.model} takes descriptors of frames, and {dataset.name} holds flow images."
    elif not table.name:
        fault = f"{wanted.model} takes any descriptor, and the recipe names none."
    if fault:
        raise OptionsError(
            fault,
            expected="a data set of frames or of descriptors, and in features.name a descriptor of frames",
            where="features",
            cure="set features.name (`fleeting features` lists them), or name a data set of descriptors",
        )
    kind = FEATURES.load(table.name)
    feature = kind(kind.Options.parse(table.options, "features.options"))
    if not isinstance(feature, VectorFeature):
        raise OptionsError(
            f"{wanted.model} takes vectors, and {table.name} gives images.",
            where="features.name",
            cure="name a descriptor (`fleeting features` lists them), or another model",
        )
    _refuse_offsets(feature, table.name, dataset)
    return feature
