import numpy as np
import pytest

from fake_synthetic import write_synthetic
from fleeting.training.ganimation.recipe import GeneratorRecipe

SMALL = {
    "data": {"action_units": [4, 12], "readers": 1},
    "network": {"image_size": 32, "width": 4, "blocks": 1, "critic_width": 4},
    "train": {
        "epochs": 3, "decay_epochs": 1, "batch": 4, "critic_steps": 2, "log_every": 3, "save_every": 3, "device": "cpu",
    },
}  # fmt: skip
"""24 frames make 6 steps per epoch."""


class DrawnImages:
    """KnownImages in memory: random squares, half of them with AU4 and AU12."""

    synthetic = True

    def __init__(self, count=24, side=32):
        rng = np.random.default_rng(0)
        self.pictures = rng.integers(0, 256, (count, side, side, 3), dtype=np.uint8)
        self.aus = np.zeros((count, 2), np.float32)
        self.aus[::2] = rng.random((count // 2, 2))
        self.groups = [range(count)]
        self.left_out = []

    def read(self, number):
        return self.pictures[number]

    def digest(self):
        return "0" * 64


def recipe_of(**tables):
    """The small recipe with values over it, table by table."""
    return GeneratorRecipe.parse(
        {name: SMALL.get(name, {}) | tables.get(name, {}) for name in ("data", "network", "loss", "train")}
    )


@pytest.fixture
def images():
    return DrawnImages()


@pytest.fixture
def small():
    """Gives a small recipe; tables are laid over it."""
    return recipe_of


@pytest.fixture
def shards(tmp_path):
    """12 samples of two frames, 56 px, in three shards."""
    return write_synthetic(tmp_path / "synthetic", holds="frames", shard_size=4)
