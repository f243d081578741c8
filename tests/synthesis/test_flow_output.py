"""Flow images of the exact motion, with the error model."""

import numpy as np
import pytest

from fleeting.action_units import create_sources
from fleeting.errors import OptionsError
from fleeting.faces import create_faces
from fleeting.generators import create_generator
from fleeting.synthesis.flow_output import PEAK, flow_images
from fleeting.synthesis.plan import plan_samples
from small_recipe import small_recipe

RECIPE = small_recipe()


def images(first: int, last: int, generator: str = "warp") -> np.ndarray:
    samples = list(plan_samples(RECIPE, create_sources(RECIPE.action_units), first, last))
    return flow_images(create_generator(generator), create_faces(RECIPE.faces), 0, samples)


def test_flow_is_stretched_and_strain_has_a_lower_peak() -> None:
    found = images(0, 3)
    assert (found.shape, found.dtype) == ((3, 28, 28, 3), np.uint8)
    assert (found[..., :2].min((1, 2)) == 0).all()
    assert (found[..., :2].max((1, 2)) == 255).all()
    assert (found[..., 2].max((1, 2)) == round(255 * PEAK)).all()


def test_sample_does_not_depend_on_its_neighbours() -> None:
    np.testing.assert_array_equal(images(0, 3)[1], images(1, 2)[0])


def test_surprise_lifts_the_brows() -> None:
    """Brows stand in rows 1 to 4 of this crop; v runs down, so lifting makes them dark against the cheeks."""
    surprise = images(2, 3)[0, ..., 1].astype(float)
    brow, cheek = (slice(1, 5), slice(6, 22)), (slice(13, 17), slice(4, 9))
    assert surprise[brow].min() < surprise[cheek].mean() - 40


def test_generator_without_motion_is_refused() -> None:
    class Blind:
        name = "blind"

    with pytest.raises(OptionsError, match="does not state its motion"):
        flow_images(Blind(), create_faces(RECIPE.faces), 0, [])  # type: ignore[arg-type]
