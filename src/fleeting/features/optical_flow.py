"""Dense optical flow between two frames behind one call.

Convention: flow[y, x] = (dx, dy) px, x right, y down; the content of `first` at (x, y) is in `second` at (x+dx, y+dy).
Swapping the frames gives a field of the right shape and the wrong sign.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Literal

import cv2
import numpy as np

from ..errors import ShapeError
from ..types import Floats, Image

Method = Literal["tvl1", "tvl1-opencv", "tvl1-full", "dis"]


def optical_flow(first: Image, second: Image, method: Method = "tvl1") -> Floats:
    """Estimate the motion from `first` to `second`.

    Args:
        first: (H, W, 3) uint8 RGB or (H, W) uint8 grey.
        second: the same shape.
        method: `tvl1` is TV-L1 of our own (tvl1.py), about eight times as fast as `tvl1-opencv`, OpenCV's with 3 warps,
            4 outer and 10 inner iterations; `tvl1-full` is OpenCV's with its defaults of 5, 10 and 30; `dis` is DIS at
            full resolution with patch stride 2 and 10 refinements. OpenCV's stock DIS presets miss half of a sub-pixel
            motion. docs/features.md compares all against known motion.

    Returns:
        (H, W, 2) float32.

    Raises:
        ShapeError: the frames differ in shape, are neither RGB nor grey, or are not uint8.
    """
    flow: Floats = optical_flows(first[None], second[None], method)[0]
    return flow


def optical_flows(first: Image, second: Image, method: Method = "tvl1") -> Floats:
    """The same for N pairs of one shape: (N, H, W, 3) or (N, H, W) uint8 twice -> (N, H, W, 2) float32.

    What comes out for a pair does not depend on the pairs beside it.

    Raises:
        ShapeError: as for `optical_flow`.
    """
    known = first.ndim == 3 or (first.ndim == 4 and first.shape[-1] == 3)
    if not known or first.shape != second.shape or first.dtype != np.uint8 or second.dtype != np.uint8:
        raise ShapeError(
            "Optical flow needs two uint8 frames of one shape.",
            expected="(H, W, 3) RGB or (H, W) grey, uint8, twice",
            got=f"{first.shape[1:]} {first.dtype} and {second.shape[1:]} {second.dtype}",
        )
    pairs = [(_grey(one), _grey(other)) for one, other in zip(first, second, strict=True)]
    if method == "tvl1":
        from .tvl1 import tvl1_flow  # torch takes a second to import

        return tvl1_flow(np.stack([one for one, _ in pairs]), np.stack([other for _, other in pairs]))
    return np.stack([_estimator(method).calc(one, other, None) for one, other in pairs])


def _grey(frame: Image) -> Image:
    if frame.ndim == 2:
        return frame
    grey: Image = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
    return grey


@cache
def _estimator(method: Method) -> Any:
    makers: dict[str, Callable[[], Any]] = {
        "tvl1-opencv": cv2.optflow.createOptFlow_DualTVL1,
        "tvl1-full": cv2.optflow.createOptFlow_DualTVL1,
        "dis": lambda: cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM),
    }
    estimator = makers[method]()
    if method == "tvl1-opencv":
        estimator.setWarpingsNumber(3)
        estimator.setOuterIterations(4)
        estimator.setInnerIterations(10)
    if method == "dis":
        estimator.setFinestScale(0)
        estimator.setPatchStride(2)
        estimator.setVariationalRefinementIterations(10)
    return estimator
