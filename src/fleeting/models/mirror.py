"""The mirror image of a model's input: what the same motion of a mirrored face would have given.

Convention: channels stand in the LAST axis, columns in the one before it. Mirroring turns the columns round, in all
channels alike, and the sign of horizontal motion; in a volume (T, H, W, C) all frames are mirrored alike:

- u, min-max scaled to 0..255, or 127.5 + levels in a volume: 255 - u;
- flowK.u, in which 128 is no motion: 256 - u (features/channels.py keeps 0 free);
- flow.r, .g, .b, whose hue is the direction: the hue h becomes 180 degrees - h, saturation and value stay.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Images = npt.NDArray[np.uint8]
STEP_U = re.compile(r"flow\d+\.u")


def mirrored(images: Images, channels: Sequence[str] = ("u", "v", "strain")) -> Images:
    """Mirror (..., H, W, C) uint8 images or volumes (..., T, H, W, C); doing it twice gives the images back.

    Args:
        images: the images.
        channels: what the C channels show, as `model.channels`; flow.r, .g and .b come together or not at all.

    Example:
        >>> mirrored(np.array([[[10, 20, 30], [40, 50, 60]]], np.uint8)).tolist()
        [[[215, 50, 60], [245, 20, 30]]]
    """
    turned = images[..., ::-1, :].copy()
    for index, name in enumerate(channels):
        if name == "u":
            turned[..., index] = 255 - turned[..., index]
        elif STEP_U.fullmatch(name):
            turned[..., index] = -turned[..., index]  # modulo 256
    if "flow.r" in channels:
        colours = [list(channels).index(f"flow.{colour}") for colour in "rgb"]
        turned[..., colours] = _turned_hue(turned[..., colours])
    return turned


def _turned_hue(colours: Images) -> Images:
    """Hue h to 180 degrees - h, exactly: -h swaps green and blue, and a half turn takes x to largest + smallest - x."""
    swapped = colours[..., [0, 2, 1]]
    ends = swapped.max(-1, keepdims=True).astype(np.int16) + swapped.min(-1, keepdims=True)
    turned: Images = (ends - swapped).astype(np.uint8)
    return turned
