"""Recognisers: one file per paper, each a plain nn.Module behind one interface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..families import Family
from ..types import LABELS

if TYPE_CHECKING:
    from .model import Model

MODELS = Family(
    "models",
    {
        "apexme": "fleeting.models.apexme:ApexME",
        "atnet": "fleeting.models.atnet:ATNet",
        "branches": "fleeting.models.branches:Branches",
        "dssn": "fleeting.models.dssn:DSSN",
        "dual-inception": "fleeting.models.dual_inception:DualInception",
        "htnet": "fleeting.models.htnet:HTNet",
        "linear": "fleeting.models.linear:Linear",
        "micro-attention": "fleeting.models.micro_attention:MicroAttention",
        "nmer": "fleeting.models.nmer:NMER",
        "off-apexnet": "fleeting.models.off_apexnet:OffApexNet",
        "rcn-a": "fleeting.models.rcn:RCNA",
        "resnet-10": "fleeting.models.micro_attention:ResNet10",
        "sssn": "fleeting.models.dssn:SSSN",
        "sssnet": "fleeting.models.sssnet:SSSNet",
        "ststnet": "fleeting.models.ststnet:STSTNet",
    },
)

__all__ = ["MODELS", "create_model", "list_models"]


def create_model(name: str, num_classes: int = len(LABELS), **options: Any) -> Model:
    """Build an untrained model; its weights come from torch's global random state.

    Example:
        >>> sum(weight.numel() for weight in create_model("ststnet", num_classes=3).parameters())
        1683

    Raises:
        OptionsError: there is no such model, or it has no such option.
    """
    kind = MODELS.load(name)
    model: Model = kind(num_classes, kind.Options.parse(options, f"the options of model {name}"))
    return model


def list_models(pattern: str = "*") -> list[str]:
    """The names that match a shell pattern such as "*net*", sorted."""
    return MODELS.list(pattern)
