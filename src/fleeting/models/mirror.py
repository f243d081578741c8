"""The mirror image of a flow image: what the same motion of a mirrored face would have given.

Convention: channels are u (right +), v (down +), strain in the LAST axis, columns in the one before it. Mirroring turns
the columns round and the sign of u; with u min-max scaled to 0..255 the sign turns as 255 - u.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Images = npt.NDArray[np.uint8]


def mirrored(images: Images) -> Images:
    """Mirror (..., H, W, 3) uint8 flow images; doing it twice gives the images back.

    Example:
        >>> mirrored(np.array([[[10, 20, 30], [40, 50, 60]]], np.uint8)).tolist()
        [[[215, 50, 60], [245, 20, 30]]]
    """
    turned = images[..., ::-1, :].copy()
    turned[..., 0] = 255 - turned[..., 0]
    return turned
