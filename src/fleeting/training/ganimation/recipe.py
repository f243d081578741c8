"""What a recipe says about the training of a generator; docs/ganimation.md names the presets' faults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from ...action_units.layouts import TableFormat
from ...options import Options
from ...types import AU_NUMBERS

MaskNorm = Literal["l1", "l2"]
Smoothness = Literal["squared", "absolute"]


class DataTable(Options):
    """[data]: images whose action units are known."""

    root: str = ""
    """A folder that `fleeting synthesize` wrote, or one of aligned square faces; "mirror:PATH" is allowed. "": the data
    set is made from the recipe's tables of synthesis."""
    aus: str = ""
    """For a folder of faces: one action-unit table with a column `input` that holds file names, or a folder with one
    table per image, STEM.csv."""
    format: TableFormat = "auto"
    """Which extractor wrote the tables."""
    min_confidence: float = Field(0.8, ge=0, le=1)
    """Rows below are left out, where the extractor gives a confidence."""
    action_units: list[int] = Field(list(AU_NUMBERS), min_length=1)
    """The AUs that are trained; the networks have inputs and outputs for these alone."""
    flip: bool = True
    """Mirror images at random."""
    sheets: bool | None = None
    """Draw sample sheets. Empty: for synthetic data only, since a folder may hold faces that must not be shown."""
    readers: int = Field(2, ge=1)
    """Threads that read and decode batches ahead."""

    @field_validator("action_units")
    @classmethod
    def _known(cls, numbers: list[int]) -> list[int]:
        unknown = [number for number in numbers if number not in AU_NUMBERS]
        if unknown or len(set(numbers)) != len(numbers):
            raise ValueError(f"each one of {', '.join(map(str, AU_NUMBERS))}, once")
        return sorted(numbers)


class NetworkTable(Options):
    """[network]: sizes; the defaults are the published ones."""

    image_size: int = Field(128, ge=32, le=1024)
    """Side of the images, px: a multiple of 64, or 32. Other images are resized."""
    width: int = Field(64, ge=1, le=512)
    """Maps of the generator's first layer."""
    blocks: int = Field(6, ge=0, le=64)
    """Residual blocks."""
    norm: Literal["affine", "plain"] = "affine"
    """affine: as in the authors' code; plain: as in the replication."""
    critic_width: int = Field(64, ge=1, le=512)
    """Maps of the critic's first layer."""


@dataclass(frozen=True, slots=True)
class Weights:
    """The losses of one training, nothing left open."""

    adversarial: float
    penalty: float
    au: float
    """On the mean squared error over images and trained action units."""
    cycle: float
    """On the mean absolute difference of values in -1..1."""
    mask: float
    mask_norm: MaskNorm
    smooth: float
    """On the sum over a mask's neighbours, mean over images."""
    smoothness: Smoothness


PRESETS = {
    # The weights as printed. Means stand for the printed norms (ours), as for the cycle in both public codes: the
    # literal sums would make the cycle 49,152 times as heavy as printed and tie every weight to the image's size.
    "paper": Weights(1, 10, 4000, 10, 0.1, "l2", 1e-5, "squared"),
    # The authors' code divides the action-unit loss by the batch and sums the smoothness over it. Both are frozen here
    # at its launch script's batch of 25, so that a batch of another size trains the same network. Its gradient penalty
    # has an optimiser step of its own, which is not imitated.
    "official": Weights(1, 10, 4000 / 25, 10, 0.1, "l1", 1e-5 * 25, "absolute"),
    # The replication trains its mask without any loss, on purpose: nothing keeps it from saturating. Kept as it is.
    "replicate": Weights(1, 10, 160, 10, 0, "l1", 0, "squared"),
}


class LossTable(Options):
    """[loss]: a preset, and single weights over it."""

    preset: Literal["paper", "official", "replicate"] = "official"
    """Whose weights: the paper's, the authors' code's or the replication's."""
    adversarial: float | None = Field(None, ge=0)
    """Of the critic's verdict, in the generator's loss."""
    penalty: float | None = Field(None, ge=0)
    """Of the gradient penalty."""
    au: float | None = Field(None, ge=0)
    """Of the action-unit regression, in both losses."""
    cycle: float | None = Field(None, ge=0)
    """Of the way back to the original image."""
    mask: float | None = Field(None, ge=0)
    """Of the mask's magnitude."""
    mask_norm: MaskNorm | None = None
    """l1: mean of the mask; l2: root of its mean square."""
    smooth: float | None = Field(None, ge=0)
    """Of the mask's roughness."""
    smoothness: Smoothness | None = None
    """Which differences between neighbours are summed."""

    @property
    def weights(self) -> Weights:
        """The preset with what was set over it."""
        preset = PRESETS[self.preset]
        own = {name: getattr(self, name) for name in Weights.__slots__}
        values = {name: getattr(preset, name) if value is None else value for name, value in own.items()}
        return Weights(**values)


class ScheduleTable(Options):
    """[train]: the schedule. A step is one update of the critic; every `critic_steps`-th updates the generator too."""

    epochs: int = Field(30, gt=0)
    """Passes of the critic over the data; a last batch that is not full is dropped."""
    decay_epochs: int = Field(10, ge=0)
    """Over the last so many epochs the rates fall to 0, step by step; the last step is still one."""
    batch: int = Field(25, gt=0)
    """Images per update, over all processes and pieces together."""
    accumulate: int = Field(1, gt=0)
    """Pieces that a process cuts its share of the batch into to save memory; the result is that of one piece."""
    critic_steps: int = Field(5, gt=0)
    """Critic updates per generator update."""
    critic_first: int = Field(0, ge=0)
    """Updates by which the critic learns the action units of real images before the first step (ours)."""
    critic_attack: float = Field(0.0, ge=0)
    """Up to which length real images are changed, as vectors of values in -1..1, to worsen the critic's action units
    most, before it learns them (ours); docs/ganimation.md: why."""
    generator_rate: float = Field(1e-4, gt=0)
    """Learning rate of Adam."""
    critic_rate: float = Field(1e-4, gt=0)
    """Learning rate of Adam."""
    betas: tuple[float, float] = (0.5, 0.999)
    """Of both."""
    au_noise: float = Field(0.1, ge=0, le=1)
    """Half width of the uniform noise on the desired action units, which are those of another image."""
    au_clip: bool = True
    """Clip them to 0..1 afterwards (ours). Both public codes ask for values down to -.1, which no face shows."""
    ema: float = Field(0.999, ge=0, lt=1)
    """Decay, per generator update, of the averaged generator that is kept; less at first. 0: no average."""
    seed: int = 0
    device: Literal["auto", "cpu", "cuda"] = "auto"
    amp: Literal["auto", "on", "off"] = "auto"
    """bfloat16 where it loses nothing that matters; auto: on a GPU."""
    channels_last: bool = True
    """Memory order of the images; a GPU convolves bfloat16 faster so."""
    compile: bool = False
    """torch.compile for the generator; the critic's penalty needs second derivatives, which it cannot give."""
    log_every: int = Field(100, gt=0)
    """Steps between two rows of history.csv; each has its sheet."""
    save_every: int = Field(1000, gt=0)
    """Steps between two savings; a multiple of log_every."""
    tensorboard: bool = False
    """Write the rows for TensorBoard too (extra `track`)."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.save_every % self.log_every:
            raise ValueError(f"train.save_every = {self.save_every} is no multiple of log_every = {self.log_every}")
        if self.decay_epochs > self.epochs:
            raise ValueError(f"train.decay_epochs = {self.decay_epochs} is more than epochs = {self.epochs}")
        return self


class GeneratorRecipe(Options):
    """What `fleeting train-generator` reads, beside the tables of a synthesis."""

    data: DataTable = DataTable()
    network: NetworkTable = NetworkTable()
    loss: LossTable = LossTable()
    train: ScheduleTable = ScheduleTable()
