"""Frames in, arrays out."""

from ..families import Family
from .flow_image import FlowImage, FlowImageOptions, encode, stretch
from .optical_flow import optical_flow, optical_flows
from .optical_strain import optical_strain

FEATURES = Family("features", {"flow-image": "fleeting.features.flow_image:FlowImage"})

__all__ = [
    "FEATURES",
    "FlowImage",
    "FlowImageOptions",
    "encode",
    "optical_flow",
    "optical_flows",
    "optical_strain",
    "stretch",
]
