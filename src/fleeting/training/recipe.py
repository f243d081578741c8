"""The training half of a recipe: which features, which model, how it is trained, on what it is tested."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from ..evaluation import create_protocol
from ..faces.options import CropOptions
from ..options import Options


class FeatureTable(Options):
    """[features]: how frames become a model's input. Data sets that hold flow images skip it."""

    name: str = ""
    """Member of the family `features`; "" makes the channels and the size that the model takes."""
    options: dict[str, Any] = Field(default_factory=dict)
    """Options of the feature, for example method = "tvl1"."""
    align: Literal["none", "eyes"] = "none"
    """"eyes": turn and crop recorded frames by the eyes of the onset frame, one map for all frames of a clip (needs the
    extra `faces`); what the raw layouts of recorded data sets need. Synthetic frames are aligned when they are made."""
    crop: CropOptions = CropOptions()
    """[features.crop]: where the face stands after alignment, in the words and with the defaults of [faces]."""


class ModelTable(Options):
    """[model]: the recogniser."""

    name: str = "linear"
    options: dict[str, Any] = Field(default_factory=dict)
    """Options of the model, for example c = 0.01 for `linear`."""

    @field_validator("options")
    @classmethod
    def _own(cls, options: dict[str, Any]) -> dict[str, Any]:
        if "num_classes" in options:
            raise ValueError("num_classes is no option: the classes are those of the data set")
        return options


class AddedTable(Options):
    """[[train.add]]: a further recorded data set that every fold trains on, such as one of macro-expressions."""

    dataset: str
    root: str = ""
    """Its folder, "mirror:PATH", or "" for the usual place."""
    options: dict[str, Any] = Field(default_factory=dict)
    """How to read it."""


class TrainTable(Options):
    """[train]: data and schedule. `linear` is solved exactly and uses data, flip, class_weights and seeds only."""

    root: str = ""
    """Folder of the synthetic data set, with {seed} in it one per seed; "" where the caller makes one per seed."""
    data: Literal["synthetic", "recorded", "both"] = "synthetic"
    """What a fold trains on; "recorded" is the other folds of the test data."""
    add: list[AddedTable] = Field(default_factory=list)
    """Further data sets to train on; whoever is tested in a fold is left out of them there. Models with a domain loss
    (nmer) take them and synthetic clips for the second domain."""
    epochs: int = Field(30, gt=0)
    """Passes over the training data, the same for every fold; the last one is kept. The paper's STSTNet: 500."""
    batch_size: int = Field(256, gt=1)
    learning_rate: float = Field(1e-3, gt=0)
    """Of Adam. The paper's STSTNet: 5e-5."""
    weight_decay: float = Field(0.0, ge=0)
    flip: bool = True
    """Mirror training images at random (mirrored, and u -> 255 - u); `linear` sees both versions."""
    class_weights: Literal["none", "balanced"] = "none"
    """"balanced": a class weighs as much as any other, however many images it has."""
    seeds: list[int] = Field([0, 1, 2], min_length=1)
    device: Literal["auto", "cpu", "cuda"] = "auto"
    folds_at_once: Literal["auto", "off"] = "auto"
    """"auto" trains all folds of a small network in one pass where that is quicker; "off" trains one after another. The
    results agree within rounding."""


class PretrainTable(Options):
    """[pretrain]: what every fold learns from the synthetic data set before its own training on recorded clips."""

    epochs: int = Field(0, ge=0)
    """Passes over the synthetic clips; 0 = no pre-training. The synthetic data set is train.root, or made per seed."""
    batch_size: int = Field(256, gt=1)
    learning_rate: float = Field(1e-3, gt=0)
    weight_decay: float = Field(0.0, ge=0)
    tune: Literal["all", "discriminative", "head"] = "all"
    """What goes on learning afterwards: everything; everything, the trunk slower (trunk_rate); or the head alone, with
    the trunk and its normalisation frozen."""
    trunk_rate: float = Field(0.1, gt=0, le=1)
    """Factor on the learning rate of the trunk, for "discriminative"."""


class TestTable(Options):
    """[test]: the clips that the figures come from. They never choose an epoch or an option."""

    __test__ = False  # not a test class for pytest

    dataset: str = "megc2019-flow"
    root: str = ""
    """Its folder, "mirror:PATH", or "" for the usual place."""
    dataset_options: dict[str, Any] = Field(default_factory=dict)
    """How to read it, for example labels = "five" or bad_apex = "middle" for recorded frames."""
    protocol: str = "direct"
    """Which clips are trained on and which tested; `fleeting protocols` lists them."""
    options: dict[str, Any] = Field(default_factory=dict)
    """Options of the protocol, for example folds = 3 for kfold."""
    also: list[Literal["inner", "oracle"]] = Field(default_factory=list)
    """Further rules for choosing the epoch, reported beside the headline, which is the last epoch whatever stands here.
    inner: the best epoch on validation people of the training side; oracle: the best on the test clips of each fold, as
    many published scores do (not a result: it shows what the choice is worth)."""
    flip: bool = True
    """Average the probabilities of an image and its mirror image."""
    fallback: Literal["none", "holdout"] = "none"
    """What to do where the test data is not on this machine: stop, or hold out synthetic identities and say so."""


class TrainingRecipe(Options):
    """What `fleeting train` reads."""

    features: FeatureTable = FeatureTable()
    model: ModelTable = ModelTable()
    train: TrainTable = TrainTable()
    pretrain: PretrainTable = PretrainTable()
    test: TestTable = TestTable()

    def needs_synthetic(self) -> bool:
        """Whether the run learns from synthetic clips at all."""
        return self.train.data != "recorded" or self.pretrain.epochs > 0

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        protocol = create_protocol(self.test.protocol, **self.test.options)
        if self.train.data not in protocol.trains_on:
            raise ValueError(
                f"test.protocol = {self.test.protocol!r} trains on {'/'.join(sorted(protocol.trains_on))} clips only: "
                f"set train.data, or use kfold or loso; got train.data = {self.train.data!r}"
            )
        if self.pretrain.epochs and self.train.data != "recorded":
            raise ValueError(f"[pretrain] is for train.data = 'recorded', got {self.train.data!r}")
        if len(set(self.train.seeds)) != len(self.train.seeds):
            raise ValueError(f"train.seeds holds a seed twice: {self.train.seeds}")
        return self
