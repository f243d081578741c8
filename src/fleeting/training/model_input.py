"""What a model takes, and the feature that makes it of a data set's clips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self, cast, runtime_checkable

import numpy as np

from ..datasets.dataset import HoldsVectors
from ..datasets.legacy_flow import SHAPE
from ..errors import OptionsError
from ..features import FEATURES, ClipImage
from ..features.bi_woof import BiWOOF
from ..features.channels import shrink
from ..features.clip_volume import ClipVolume
from ..features.face_parts import PUBLISHED, ClipParts, FaceParts, Template, WholeFeature
from ..features.fitted_part import FittedPart
from ..features.flow_image import image_magnitude
from ..features.mbh import MBH
from ..files import text_digest
from ..models.sketch import sketch_model
from ..types import VECTOR, Floats, Image
from .inputs import Feature, Source, ends_at_apex
from .recipe import FeatureTable, ModelTable

STORED = ("u", "v", "strain")
"""What the flow images of a data set show."""
OFFERED = (*STORED, "magnitude")
"""And what can be had of them."""


@dataclass(frozen=True, slots=True)
class ModelInput:
    """Channels and size of a model's input, as the model itself states them; a vector's size is the feature's."""

    model: str
    channels: tuple[str, ...]
    rows: int = 0
    columns: int = 0
    frames: int = 0
    """Images of a volume, for recognisers of video; 0 for one image."""
    parts: FaceParts | None = None
    """What of the face is seen; None: the whole."""

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
        return cls(table.name, channels, rows, columns, frames[0] if frames else 0, model.face_parts)

    @property
    def shape(self) -> tuple[int, ...]:
        """(rows, columns, C) of one image, or (T, rows, columns, C)."""
        image = self.rows, self.columns, len(self.channels)
        return (self.frames, *image) if self.frames else image

    def shape_from(self, feature: Feature) -> tuple[int, ...]:
        """The shape of one input that `feature` makes: (rows, columns, C), or (D,)."""
        return (cast(VectorFeature, feature).length,) if self.channels == VECTOR else self.shape


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
    """A feature of data sets that hold flow images: picks channels by name and resizes them linearly.

    Magnitude, which no image holds, is made of u and v (image_magnitude).
    """

    def __init__(self, wanted: ModelInput, dataset: str) -> None:
        self.wanted, self.dataset, self.channels = wanted, dataset, wanted.channels
        self.digest = text_digest("stored flow 1", *wanted.channels, str(wanted.shape))
        if wanted.frames:
            raise OptionsError(
                f"{wanted.model} takes clips, and {dataset} holds one flow image of each.",
                expected='a data set of frames, for example made with synthesis.output = "frames"',
                cure="name such a data set, or another model",
            )
        missing = [name for name in wanted.channels if name not in OFFERED]
        if missing:
            shown = ", ".join(missing[:6]) + (f" and {len(missing) - 6} more" if len(missing) > 6 else "")
            raise OptionsError(
                f"{wanted.model} takes {shown}, and {dataset} does not hold that.",
                expected=f"a data set of frames, or a model that takes no more than {', '.join(OFFERED)}",
                got=f"{dataset}: {SHAPE[1]} x {SHAPE[0]} px flow images of {', '.join(STORED)}",
                cure='name a data set of frames (test.dataset; train.root made with synthesis.output = "frames"), '
                "or another model (`fleeting models` lists what each takes)",
            )

    def compute_many(self, clips: Sequence[Image]) -> Image:
        """N stored images (1, H, W, 3) -> (N, rows, columns, C) uint8."""
        picked = [OFFERED.index(name) for name in self.channels]
        images = np.empty((len(clips), *self.wanted.shape), np.uint8)
        for image, clip in zip(images, clips, strict=True):
            planes = [shrink(clip[0], (self.wanted.rows, self.wanted.columns))]
            if "magnitude" in self.channels:
                planes.append(shrink(np.dstack([image_magnitude(clip[0])] * 3), planes[0].shape[:2]))
            image[:] = np.dstack(planes)[..., picked]
        return images

    @property
    def note(self) -> str:
        """Sentences for the results where the size is not the stored one, and where magnitude is asked for; else ""."""
        told = []
        if SHAPE[:2] != (self.wanted.rows, self.wanted.columns):
            size = f"{self.wanted.columns} x {self.wanted.rows} px"
            told.append(
                f"The {SHAPE[1]} x {SHAPE[0]} px flow images of {self.dataset} were resized to {size} for "
                f"{self.wanted.model}, whose paper computed flow at that size: its figures cannot be expected."
            )
        if "magnitude" in self.channels:
            told.append(
                f"Magnitude was computed from u and v of the flow images of {self.dataset}, which keep neither rest "
                "nor scale: it is the distance of both from their medians, in grey levels."
            )
        return " ".join(told)


class DescribedFlow:
    """A feature of data sets that hold flow images: the descriptor that one suffices for."""

    def __init__(self, descriptor: MBH) -> None:
        self.descriptor, self.length = descriptor, descriptor.length
        self.digest = text_digest("described flow 1", descriptor.digest)

    def compute_many(self, clips: Sequence[Image]) -> Floats:
        """N stored images (1, H, W, 3) -> (N, length) float32."""
        return self.descriptor.of_images(np.concatenate(clips))

    def fitted_part(self, seed: int) -> FittedPart | None:
        """None: nothing is fitted."""
        return None


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
    if wanted.parts is not None:
        return _parts(table, wanted, wanted.parts, dataset)
    stored = dataset.holds == "flow"
    if stored and not table.name:
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
    if stored:
        return StoredFlow(wanted, dataset.name)
    if isinstance(feature, ClipVolume):
        for clip in dataset.clips()[:1]:  # the others are checked when they are read
            feature.check(dataset.frames(clip))
    made: Feature = feature
    _refuse_offsets(made, table.name, dataset)
    return made


def _parts(table: FeatureTable, wanted: ModelInput, parts: FaceParts, dataset: Source) -> ClipParts:
    """The feature of a model that sees parts of the face."""
    stored = dataset.holds == "flow"
    if stored and parts.landmarks == "detected":
        raise OptionsError(
            f"{dataset.name} holds flow images, in which no landmarks can be found.",
            expected="a data set of frames",
            where="model.options.landmarks",
            cure='set landmarks = "template"',
        )
    face = replace(wanted, rows=parts.side, columns=parts.side, parts=None)
    template = PUBLISHED if stored else Template(table.crop.eye_level, table.crop.eye_distance)
    whole = cast(WholeFeature, feature_for(table, face, dataset))
    return ClipParts(whole, parts, (wanted.rows, wanted.columns), template)


def _refuse_offsets(feature: Feature, name: str, dataset: Source) -> None:
    """What takes a clip's last frame for its apex cannot be made of clips that go on to the offset."""
    if isinstance(feature, ClipImage | BiWOOF | MBH) and not ends_at_apex(dataset):
        raise OptionsError(
            f"{name or 'clip-image'} shows the motion from onset to apex, and {dataset.name} is read to the offset.",
            expected='frames = "ends" or "rise"',
            got='frames = "all"',
            where="test.dataset_options",
        )


def _descriptor(table: FeatureTable, wanted: ModelInput, dataset: Source) -> Feature:
    """The feature of a model that takes vectors."""
    fault = ""
    kind = FEATURES.load(table.name) if table.name else None
    if dataset.holds == "flow" and kind is not MBH:
        fault = f"{wanted.model} takes descriptors of frames, and {dataset.name} holds flow images."
    elif kind is None:
        fault = f"{wanted.model} takes any descriptor, and the recipe names none."
    if fault:
        raise OptionsError(
            fault,
            expected="a data set of frames or of descriptors, and in features.name a descriptor of frames",
            where="features",
            cure='set features.name (`fleeting features` lists them; flow images: "mbh"), or name a data set of '
            "descriptors",
        )
    assert kind is not None
    feature = kind(kind.Options.parse(table.options, "features.options"))
    if not isinstance(feature, VectorFeature):
        raise OptionsError(
            f"{wanted.model} takes vectors, and {table.name} gives images.",
            where="features.name",
            cure="name a descriptor (`fleeting features` lists them), or another model",
        )
    if dataset.holds == "flow":
        return DescribedFlow(cast(MBH, feature))
    _refuse_offsets(feature, table.name, dataset)
    return feature
