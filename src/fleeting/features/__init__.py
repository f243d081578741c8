"""Frames in, arrays out."""

from ..families import Family
from .channels import stretch
from .clip_image import ClipImage, ClipImageOptions
from .flow_image import FlowImage, FlowImageOptions, encode
from .optical_flow import optical_flow, optical_flows
from .optical_strain import optical_strain

FEATURES = Family(
    "features",
    {
        "clip-image": "fleeting.features.clip_image:ClipImage",
        "flow-image": "fleeting.features.flow_image:FlowImage",
    },
)

__all__ = [
    "FEATURES",
    "ClipImage",
    "ClipImageOptions",
    "FlowImage",
    "FlowImageOptions",
    "encode",
    "optical_flow",
    "optical_flows",
    "optical_strain",
    "stretch",
]
