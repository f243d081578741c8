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
        "bi-woof": "fleeting.features.bi_woof:BiWOOF",
        "clip-image": "fleeting.features.clip_image:ClipImage",
        "clip-volume": "fleeting.features.clip_volume:ClipVolume",
        "dcp-top": "fleeting.features.dcp_top:DCPTOP",
        "fdm": "fleeting.features.fdm:FDM",
        "flow-image": "fleeting.features.flow_image:FlowImage",
        "higo-top": "fleeting.features.hog_top:HIGOTOP",
        "hog-3d": "fleeting.features.hog_3d:HOG3D",
        "hog-top": "fleeting.features.hog_top:HOGTOP",
        "lbp-sip": "fleeting.features.lbp_sip:LBPSIP",
        "lbp-top": "fleeting.features.lbp_top:LBPTOP",
        "lpq-top": "fleeting.features.lpq_top:LPQTOP",
        "mbh": "fleeting.features.mbh:MBH",
        "mdmo": "fleeting.features.mdmo:MDMO",
        "osf": "fleeting.features.optical_strain_features:OSF",
        "osw": "fleeting.features.optical_strain_features:OSW",
        "stclqp": "fleeting.features.stclqp:STCLQP",
        "stlbp-ip": "fleeting.features.stlbp_ip:STLBPIP",
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
