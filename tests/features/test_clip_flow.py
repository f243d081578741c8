"""Flow within a clip is that between the frames asked for, in their order."""

import cv2
import numpy as np
import pytest

from drawn_face import texture
from fleeting.features.clip_flow import clip_flows

WIDE = cv2.GaussianBlur(texture(64, 64), (0, 0), 2)[..., 0].astype(np.float32)
CLIP = np.stack([WIDE[8:56, 8 - shift : 56 - shift] for shift in (0, 2, 3)])


@pytest.mark.parametrize(("pairs", "expected"), [("ends", [3]), ("first", [2, 3]), ("steps", [2, 1])])
def test_pairs_of_frames(pairs, expected):
    flows = clip_flows(CLIP, pairs, "dis")
    assert flows.shape == (len(expected), 48, 48, 2)
    np.testing.assert_allclose(np.median(flows, axis=(1, 2)), [(shift, 0) for shift in expected], atol=0.15)


def test_grey_values_are_rounded_for_the_flow():
    near = CLIP + np.random.default_rng(0).uniform(-0.4, 0.4, CLIP.shape).astype(np.float32)
    np.testing.assert_array_equal(clip_flows(near, "steps", "dis"), clip_flows(CLIP, "steps", "dis"))
