import numpy as np
import pytest

from drawn_face import texture
from fleeting.synthesis.measurement.flow_form import Recorded, distances, statistics, varied

ROWS = (np.arange(28, dtype=np.float32) - 10) / 11


def images(count, start=0, low=0, high=28):
    """Motion between two rows, and weak noise everywhere."""
    made = []
    for seed in range(start, start + count):
        image = np.full((28, 28, 3), 100.0) + np.random.default_rng(seed).normal(0, 2, (28, 28, 3))
        image[low:high] += texture(28, 28, seed=seed)[low:high].astype(float) - 128
        made.append(np.clip(image, 0, 255).astype(np.uint8))
    return made


def test_shares_say_where_the_motion_is():
    above, below = (statistics(images(4, low=low, high=high), ROWS) for low, high in ((0, 6), (20, 28)))
    assert above["v: share of brows"].mean() > 0.8
    assert below["v: share of mouth and chin"].mean() > 0.8


def test_shares_of_the_bands_add_up_to_one():
    table = statistics(images(3), ROWS)
    total = sum(values for name, values in table.items() if name.startswith("u: share"))
    np.testing.assert_allclose(total, 1)


def test_a_plane_is_all_plane():
    image = np.zeros((28, 28, 3), np.uint8)
    image[..., 0] = 3 * np.arange(28)[:, None] + 2 * np.arange(28)
    image[..., 1:] = texture(28, 28)[..., 1:]
    found = statistics([image], ROWS)
    assert found["u: plane"][0] == pytest.approx(1)
    assert found["v: plane"][0] < 0.9


def test_statistics_do_not_depend_on_the_strength():
    image = texture(28, 28)
    half = (image.astype(int) // 2 + 60).astype(np.uint8)
    one, two = (statistics([item], ROWS) for item in (image, half))
    for name in ("u: kurtosis", "v: slope", "u: share of eyes", "v: plane"):
        np.testing.assert_allclose(one[name], two[name], atol=0.03)


def test_distance_of_a_table_from_itself_is_nothing():
    table = statistics(images(5), ROWS)
    found = distances(table, table)
    assert max(item["ks"] for item in found.values()) == 0
    assert max(item["wasserstein"] for item in found.values()) == 0


def test_frechet_tells_other_forms_from_chance():
    recorded = Recorded({"one": images(60), "two": images(60, 100)})
    same, other = recorded.frechet(images(60, 200)), recorded.frechet(images(60, 200, high=8))
    assert other > 1.5 * same
    assert recorded.frechet([*images(60), *images(60, 100)]) == pytest.approx(0, abs=1e-6)
    assert 0 < recorded.halves() < other


def test_one_recorded_data_set_has_nothing_to_differ_from():
    assert Recorded({"one": images(40)}).between() is None


def test_images_without_variation_have_no_form():
    flat = np.zeros((28, 28, 3), np.uint8)
    assert len(varied([flat, *images(2)])) == 2
