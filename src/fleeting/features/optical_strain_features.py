"""OSF and OSW: optical strain of the whole clip, as an image, and as weights of the blocks of LBP-TOP.

Source: Liong, Phan, See, Oh and Wong, 2014. OSF: the strain of the flow, summed over time, resized to 50 x 50. OSW: the
histograms of LBP-TOP, each block times its mean strain. Unconfirmed, so ours: flow between neighbouring frames,
no threshold on the strain and no scaling of the sum, resizing by area, and weights on all three planes.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from ..options import Options
from ..types import Floats, Image
from .block_grid import block_means
from .channels import average
from .clip_flow import clip_flows
from .descriptor import Descriptor, DescriptorOptions
from .lbp_top import LBPTOP, LBPTOPOptions
from .local_binary_pattern import margins
from .optical_flow import Method
from .optical_strain import optical_strain


class OSFOptions(DescriptorOptions):
    """Options of the feature `osf`."""

    side: int = Field(50, ge=1)
    """Side of the strain image, px."""
    method: Method = "tvl1"
    """Flow estimator, see optical_flow."""


class OSF(Descriptor):
    """Feature `osf`: frames of one clip in, a strain image of 50 x 50 px out, row by row; px per px, 0 or more."""

    Options: type[Options] = OSFOptions
    NAME = "osf"
    options: OSFOptions

    @property
    def length(self) -> int:
        """Pixels of the strain image."""
        return self.options.side**2

    def compute(self, frames: Image | Floats) -> Floats:
        """The vector of one clip, see Descriptor.compute."""
        return self.of_flows(clip_flows(self._volume(frames), "steps", self.options.method))

    def of_flows(self, flows: Floats) -> Floats:
        """(length,) of the flows between neighbouring frames, (T - 1, H, W, 2) px."""
        strain: Floats = optical_strain(flows).sum(0)
        return average(strain, (self.options.side, self.options.side)).ravel()


class OSWOptions(LBPTOPOptions):
    """Options of the feature `osw`: those of `lbp-top`, and the flow."""

    method: Method = "tvl1"
    """Flow estimator, see optical_flow."""


class OSW(LBPTOP):
    """Feature `osw`: LBP-TOP, each block times its mean optical strain, px per px."""

    Options: type[Options] = OSWOptions
    NAME = "osw"
    options: OSWOptions

    def of_flows(self, flows: Floats, volume: Floats) -> Floats:
        """(length,) of the grey volume and the flows between its neighbouring frames, (T - 1, H, W, 2) px."""
        histograms = super()._describe(volume).reshape(-1, self.block_length)
        weighted: Floats = histograms * self.weights(flows)[:, None]
        return weighted.ravel()

    def weights(self, flows: Floats) -> Floats:
        """The mean strain (blocks,) of the flows between neighbouring frames, where LBP-TOP has codes in the frame."""
        across, down, _ = margins(self.options.radii)
        rows, columns = flows.shape[1] - 2 * down, flows.shape[2] - 2 * across
        strain = optical_strain(flows)[:, down : down + rows, across : across + columns]
        return block_means(strain, self.options.grid).astype(np.float32)

    def _describe(self, volume: Floats) -> Floats:
        return self.of_flows(clip_flows(volume, "steps", self.options.method), volume)
