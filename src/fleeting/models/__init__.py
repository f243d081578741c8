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
        "drfs-t": "fleeting.models.regeneration:DRFST",
        "drls": "fleeting.models.regeneration:DRLS",
        "dssn": "fleeting.models.dssn:DSSN",
        "dtscnn": "fleeting.models.dtscnn:DTSCNN",
        "dual-inception": "fleeting.models.dual_inception:DualInception",
        "elrcn-se": "fleeting.models.elrcn:ELRCNSE",
        "elrcn-te": "fleeting.models.elrcn:ELRCNTE",
        "gfk": "fleeting.models.gfk:GFK",
        "htnet": "fleeting.models.htnet:HTNet",
        "iw-svm": "fleeting.models.iw_svm:IWSVM",
        "linear": "fleeting.models.linear:Linear",
        "micro-attention": "fleeting.models.micro_attention:MicroAttention",
        "microexpfusenet-intermediate": "fleeting.models.microexpfusenet:IntermediateFuseNet",
        "microexpfusenet-late": "fleeting.models.microexpfusenet:LateFuseNet",
        "microexpstcnn": "fleeting.models.microexpstcnn:MicroExpSTCNN",
        "nmer": "fleeting.models.nmer:NMER",
        "off-apexnet": "fleeting.models.off_apexnet:OffApexNet",
        "rcn-a": "fleeting.models.rcn:RCNA",
        "resnet-10": "fleeting.models.micro_attention:ResNet10",
        "rstr": "fleeting.models.rstr:RSTR",
        "sa": "fleeting.models.sa:SA",
        "sssn": "fleeting.models.dssn:SSSN",
        "sssnet": "fleeting.models.sssnet:SSSNet",
        "stm": "fleeting.models.stm:STM",
        "ststnet": "fleeting.models.ststnet:STSTNet",
        "svm": "fleeting.models.svm:SVM",
        "tca": "fleeting.models.tca:TCA",
        "tgsr": "fleeting.models.tgsr:TGSR",
        "tkl": "fleeting.models.tkl:TKL",
        "tlcnn": "fleeting.models.tlcnn:TLCNN",
        "tsrg": "fleeting.models.regeneration:TSRG",
    },
)

__all__ = ["MODELS", "create_model", "list_models"]


def create_model(name: str, /, num_classes: int = len(LABELS), **options: Any) -> Model:
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
