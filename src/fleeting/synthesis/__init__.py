"""Recipe -> plan -> workers -> shards, manifest and data card."""

from .engine import synthesize
from .lock import report
from .provenance import recipe_of
from .recipe import SynthesisRecipe
from .remake import Remade, remake
from .status import Status
from .verify import Verdict, repair, verify

__all__ = [
    "Remade", "Status", "SynthesisRecipe", "Verdict", "recipe_of", "remake", "repair", "report", "synthesize", "verify",
]  # fmt: skip
