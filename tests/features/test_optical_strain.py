"""Strain of flow fields for which it can be written down."""

import numpy as np
import pytest

from fleeting.features import optical_strain


def linear(a, b, c, d, shape=(7, 9)):
    """The field u = a x + b y, v = c x + d y."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    return np.dstack([a * x + b * y, c * x + d * y]).astype(np.float32)


@pytest.mark.parametrize(
    ("field", "strain"),
    [
        ((0.2, 0, 0, 0), 0.2),  # stretched sideways
        ((0, 0, 0, -0.3), 0.3),  # squeezed downwards
        ((0.3, 0, 0, 0.4), 0.5),
        ((0, 0.2, 0, 0), 0.2 / np.sqrt(2)),  # sheared
        ((0, 0.2, 0.2, 0), 0.4 / np.sqrt(2)),
        ((0, 0.2, -0.2, 0), 0.0),  # turned as a whole
        ((0.1, 0.3, -0.1, 0.2), np.sqrt(0.01 + 0.04 + 0.02)),
    ],
)
def test_strain_of_a_linear_field_is_known_and_even(field, strain):
    result = optical_strain(linear(*field))
    assert (result.shape, result.dtype) == ((7, 9), np.float32)
    np.testing.assert_allclose(result, strain, atol=1e-6)


def test_strain_ignores_a_shift_of_the_head():
    flow = np.random.default_rng(0).standard_normal((6, 5, 2)).astype(np.float32)
    np.testing.assert_allclose(optical_strain(flow + np.array([3, -8])), optical_strain(flow), atol=1e-5)


def test_strain_works_on_batches():
    batch = np.stack([linear(0.2, 0, 0, 0), linear(0, 0.2, 0, 0)])[None]
    result = optical_strain(batch)
    assert result.shape == (1, 2, 7, 9)
    np.testing.assert_array_equal(result[0, 1], optical_strain(batch[0, 1]))


def test_strain_takes_x_from_columns_and_y_from_rows():
    """A step in u between two columns is stretch there; the same step in v is shear and weighs half."""
    step = np.zeros((4, 6, 2), np.float32)
    step[:, 3:, 0] = 1
    stretch = np.array([0, 0, 0.5, 0.5, 0, 0])
    np.testing.assert_allclose(optical_strain(step)[1], stretch)
    np.testing.assert_allclose(
        optical_strain(step[..., ::-1])[1], np.array([0, 0, 0.5, 0.5, 0, 0]) / np.sqrt(2), atol=1e-7
    )
