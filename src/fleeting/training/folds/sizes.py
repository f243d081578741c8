"""Sizes of a stem: convolution, ReLU, batch normalisation, max pooling, and averages of what was pooled."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes in px. The image is (height, width, channels); the rest is square."""

    height: int
    width: int
    channels: int
    padding: int
    kernel: int
    side: int
    border: int
    average: int
    """Windows along a side of a cell, which is their average; 1: a window is a cell."""
    filters: int
    """Of one fold."""

    @property
    def line(self) -> int:
        """Values in a row of the padded image."""
        return (self.width + 2 * self.padding) * self.channels

    @property
    def clip(self) -> int:
        """Values of the padded image."""
        return (self.height + 2 * self.padding) * self.line

    @property
    def taps(self) -> int:
        """Values of a patch; a filter has one more, its bias."""
        return self.kernel**2 * self.channels

    @property
    def map(self) -> tuple[int, int]:
        """Rows and columns of the convolution's output."""
        more = 2 * self.padding - self.kernel + 1
        return self.height + more, self.width + more

    @property
    def pooled(self) -> tuple[int, int]:
        """Rows and columns of windows."""
        down, across = ((size + 2 * self.border - self.side) // self.side + 1 for size in self.map)
        return down, across

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of cells."""
        down, across = (size // self.average for size in self.pooled)
        return down, across

    @property
    def cells(self) -> int:
        """Number of cells."""
        return self.grid[0] * self.grid[1]

    @property
    def windows(self) -> int:
        """Number of windows."""
        return self.pooled[0] * self.pooled[1]

    def period(self, lanes: int) -> int:
        """Vectors of so many lanes after which the filters of a fold begin with a vector again."""
        return math.lcm(self.filters, lanes) // lanes
