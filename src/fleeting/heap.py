"""The heap of a process that frees and asks for much memory again and again."""

import numpy as np

LARGEST = 31 << 20
"""Bytes: just below the 32 MiB at which glibc stops learning."""


def keep_freed() -> None:
    """Have glibc keep freed memory in the process, here up to 62 MiB; it does nothing under another C library.

    glibc keeps as much as twice the largest piece that it has seen freed. What is beyond goes back to the system, and
    comes again in fresh pages, which often takes longer than the arithmetic on them.
    """
    np.empty(LARGEST, np.uint8)
