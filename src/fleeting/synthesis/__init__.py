"""Recipe -> plan -> workers -> shards, manifest and data card."""

from .engine import synthesize
from .recipe import SynthesisRecipe
from .verify import Verdict, verify

__all__ = ["SynthesisRecipe", "Verdict", "synthesize", "verify"]
