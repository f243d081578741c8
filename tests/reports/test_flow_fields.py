import numpy as np
import pytest

from fake_synthetic import write_synthetic
from fleeting.datasets import open_dataset
from fleeting.reports.flow_fields import Means, centred, class_means, likeness


def test_rest_becomes_zero_whatever_the_grey_level_of_no_motion():
    image = np.full((1, 28, 28, 3), 100, np.uint8)
    image[0, 3, 4] = (151, 49, 200)
    field = centred(image)
    assert field[0, 3, 4].tolist() == pytest.approx([0.2, -0.2, 200 / 255])
    assert not field[0, 9, 9, :2].any()


def test_means_show_the_patch_of_each_class(tmp_path):
    dataset = open_dataset("synthetic", str(write_synthetic(tmp_path / "made", identities=10)))
    means = class_means("made", dataset, "flow-image", {})
    assert means.clips == (10, 10, 10)
    patches = [means.images[label, row : row + 6, column : column + 6, 0].mean()
               for label, (row, column) in enumerate(((4, 10), (18, 10), (11, 18)))]  # fmt: skip
    assert min(patches) > 0.3
    assert abs(means.images[0, 20:, 20:, 0].mean()) < 0.1


@pytest.mark.parametrize(
    ("feature", "options"),
    [
        ("flow-image", {"method": "dis"}),
        ("flow-image", {"method": "dis", "size": 60}),
        ("clip-image", {"method": "dis", "channels": ["apex.grey"], "size": 48}),
    ],
)
def test_means_of_frames_are_flow_images_whatever_the_recogniser_takes(tmp_path, feature, options):
    dataset = open_dataset("synthetic", str(write_synthetic(tmp_path / "made", holds="frames", identities=2)))
    v = class_means("made", dataset, feature, options).images[..., 1]
    assert v[1, 19:25, 11:17].mean() > v[1, :8, :8].mean() + 0.2


def test_likeness_is_one_for_equal_shapes_and_absent_classes_have_none():
    first = np.random.default_rng(0).random((3, 28, 28, 3)).astype(np.float32)
    second = 0.5 * first
    second[1] = np.nan
    second[2] = 1 - first[2]
    alike = likeness(Means("a", first, (1, 1, 1)), Means("b", second, (1, 0, 1)))
    assert alike[0].tolist() == pytest.approx([1, 1, 1])
    assert np.isnan(alike[1]).all()
    assert alike[2].tolist() == pytest.approx([-1, -1, -1])
