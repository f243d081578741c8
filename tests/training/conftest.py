import numpy as np
import pytest

from fake_synthetic import flow_image
from fleeting.datasets.megc2019_flow import Megc2019Flow
from fleeting.types import Clip


@pytest.fixture
def recorded(tmp_path):
    """Six subjects with three clips each, in which the patch that moves tells the class."""
    clips = [Clip("casme2" if s < 3 else "smic", f"s{s}", f"c{label}", label) for s in range(6) for label in range(3)]
    images = [flow_image(clip.label, np.random.default_rng(100 + n)) for n, clip in enumerate(clips)]
    Megc2019Flow.write(tmp_path / "recorded", clips, images)
    return tmp_path / "recorded"
