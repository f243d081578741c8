"""The training half of a recipe: which features, which model, how it is trained, on what it is tested."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from ..options import Options


class FeatureTable(Options):
    """[features]: how frames become a model's input. Data sets that hold flow images skip it."""

    name: str = "flow-image"
    options: dict[str, Any] = Field(default_factory=dict)
    """Options of the feature, for example method = "tvl1"."""


class ModelTable(Options):
    """[model]: the recogniser."""

    name: str = "linear"
    options: dict[str, Any] = Field(default_factory=dict)
    """Options of the model, for example c = 0.01 for `linear`."""


class TrainTable(Options):
    """[train]: data and schedule. `linear` is solved exactly and uses data, flip, class_weights and seeds only."""

    root: str = ""
    """Folder of the synthetic data set, with {seed} in it one per seed; "" where the caller makes one per seed."""
    data: Literal["synthetic", "recorded", "both"] = "synthetic"
    """What a fold trains on; "recorded" is the other folds of the test data."""
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


class TestTable(Options):
    """[test]: the clips that the figures come from. They never choose an epoch or an option."""

    __test__ = False  # not a test class for pytest

    dataset: str = "megc2019-flow"
    root: str = ""
    """Its folder, "mirror:PATH", or "" for the usual place."""
    protocol: Literal["direct", "kfold", "loso", "holdout"] = "direct"
    """direct: train on synthetic, test on all; kfold, loso: subject-disjoint folds; holdout: synthetic identities."""
    folds: int = Field(5, ge=2)
    """For kfold."""
    holdout: float = Field(0.2, gt=0, lt=1)
    """For holdout: share of portraits, and of donors, that is kept for the test."""
    flip: bool = True
    """Average the probabilities of an image and its mirror image."""
    fallback: Literal["none", "holdout"] = "none"
    """What to do where the test data is not on this machine: stop, or hold out synthetic identities and say so."""


class TrainingRecipe(Options):
    """What `fleeting train` reads."""

    features: FeatureTable = FeatureTable()
    model: ModelTable = ModelTable()
    train: TrainTable = TrainTable()
    test: TestTable = TestTable()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        synthetic_only = self.test.protocol in ("direct", "holdout")
        if synthetic_only and self.train.data != "synthetic":
            raise ValueError(
                f"test.protocol = {self.test.protocol!r} trains on synthetic clips only: set train.data = 'synthetic', "
                "or use kfold or loso"
            )
        if len(set(self.train.seeds)) != len(self.train.seeds):
            raise ValueError(f"train.seeds holds a seed twice: {self.train.seeds}")
        return self
