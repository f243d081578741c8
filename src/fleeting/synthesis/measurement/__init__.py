"""What a generator does with the action units that it is asked for: measured from its frames alone."""

from .measure import measure_generators
from .options import MeasurementOptions

__all__ = ["MeasurementOptions", "measure_generators"]
