"""What a fold learns from synthetic clips before it sees its recorded ones.

A synthetic clip whose donor is tested in the fold is left out, so folds may need trainings of their own; folds that
leave out the same clips share one. The weights go on into the fold's own training: all of them, the head alone, or all
with a slower trunk. A head for other classes begins anew.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..errors import OptionsError
from ..evaluation import Split, person
from ..evaluation.splits import without_people
from ..models import create_model
from ..models.model import Model, SolvedModel
from ..seeds import derive
from ..types import LABELS, Clip
from .loop import Clips, seeded, train
from .pools import Pool
from .recipe import TrainingRecipe
from .schedule import Rows
from .sources import Fold

STEP = "pretraining"
"""The fitted step of training.csv."""


@dataclass
class Pretraining:
    """The pre-trainings of one seed.

    Raises:
        OptionsError: the model has no training that could go on.
    """

    recipe: TrainingRecipe
    seed: int
    pool: Pool
    """Synthetic clips with the labels of types.LABELS."""
    build: Callable[[], Model]
    """The fold's own model, untrained."""
    _kept: dict[str, list[Clip]] = field(default_factory=dict)
    _trained: dict[bytes, Model] = field(default_factory=dict)

    def __post_init__(self) -> None:
        model = self.build()
        if isinstance(model, SolvedModel):
            raise OptionsError(
                f"{self.recipe.model.name} is solved at once and cannot be pre-trained.",
                got="pretrain.epochs > 0",
                cure="set train.data = 'both', or choose a network",
            )
        self._clips = Clips(
            self.pool.images,
            np.array([clip.label for clip in self.pool.clips], np.int64),
            model.channels,
            np.ones(len(self.pool.clips), np.int64),
        )

    def clips(self, fold: Fold) -> Sequence[Clip]:
        """The synthetic clips that the fold may learn from: nobody whom it tests lent action units to them.

        Raises:
            DatasetError: none is left.
        """
        name = fold.split.fold
        if name not in self._kept:
            kept = without_people(self.pool.clips, {person(clip) for clip in fold.split.test})
            Split(name, kept, fold.split.test, dropped=len(self.pool.clips) - len(kept))  # refuses a leak
            self._kept[name] = kept
        return self._kept[name]

    def key(self, fold: Fold) -> bytes:
        """Equal for folds that share a training."""
        return self._rows(fold).tobytes()

    def start(self, fold: Fold) -> Model:
        """The fold's model with the pre-trained weights; a new one on each call."""
        key = self.key(fold)
        if key not in self._trained:
            self._trained[key] = self._train(fold)
        return adopt(self.build(), self._trained[key])

    def _train(self, fold: Fold) -> Model:
        with seeded(derive(self.seed, "weights")):
            model = create_model(self.recipe.model.name, num_classes=len(LABELS), **self.recipe.model.options)
        table = self.recipe.pretrain
        changes = {name: getattr(table, name) for name in ("epochs", "batch_size", "learning_rate", "weight_decay")}
        options = self.recipe.train.model_copy(update=changes)
        rows, seed = self._rows(fold), derive(self.seed, STEP)
        train(model, self._clips, options, seed, rows=rows, bar=f"seed {self.seed}, {STEP}")
        return model.cpu()

    def _rows(self, fold: Fold) -> Rows:
        kept = {clip.key for clip in self.clips(fold)}
        return np.array([row for row, clip in enumerate(self.pool.clips) if clip.key in kept], np.int64)


def adopt(model: Model, trained: Model) -> Model:
    """Give `model` the weights of `trained` wherever name and shape agree; the rest, a head for other classes, stays.

    Raises:
        OptionsError: nothing but the head could differ, and something else does.
    """
    own, known = model.state_dict(), trained.state_dict()
    fitting = {name: value for name, value in known.items() if name in own and own[name].shape == value.shape}
    strange = [name for name in own if name not in fitting and not is_head(name)]
    if strange:
        raise OptionsError("The pre-trained weights do not fit the model.", got=", ".join(strange[:5]))
    model.load_state_dict({**own, **copy.deepcopy(fitting)})
    return model


def is_head(name: str) -> bool:
    """Whether a weight belongs to a classifier: what is retrained when the trunk is not (head.*, upper_head.*, ...)."""
    return name.split(".")[0].endswith("head")


def rates(model: Model, recipe: TrainingRecipe) -> dict[str, float]:
    """Per weight the factor on the learning rate of the fold's own training; {} where all are 1."""
    table = recipe.pretrain
    if not table.epochs or table.tune == "all":
        return {}
    slow = 0.0 if table.tune == "head" else table.trunk_rate
    return {name: 1.0 if is_head(name) else slow for name, _ in model.named_parameters()}
