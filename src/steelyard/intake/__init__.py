"""PATH -> Data: reads what the user has, names what is wrong with it, writes nothing there."""

from steelyard.intake.arrays import from_arrays
from steelyard.intake.reading import read

__all__ = ["from_arrays", "read"]
