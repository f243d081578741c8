"""Let the C library keep the memory that a training step gives back, instead of returning it to the system.

glibc maps every large block anew and unmaps it when it is freed. A step on a CPU allocates the same few megabytes over
and over, and paid up to 20,000 page faults for them: a third of a critic step at 32 px (measured, docs/ganimation.md).
"""

from __future__ import annotations

import ctypes
import sys

TRIM_THRESHOLD, MMAP_MAX = -1, -4
"""Names of mallopt's parameters, from malloc.h."""
KEPT = 1 << 30
"""Free bytes on top of the heap beyond which it shrinks."""


def keep_memory() -> bool:
    """Tell glibc to take large blocks from its heap and to keep them; False where there is no glibc.

    It holds for the rest of the process.
    """
    if not sys.platform.startswith("linux"):
        return False
    library = ctypes.CDLL(None)
    if not hasattr(library, "gnu_get_libc_version"):
        return False
    return bool(library.mallopt(MMAP_MAX, 0)) and bool(library.mallopt(TRIM_THRESHOLD, KEPT))
