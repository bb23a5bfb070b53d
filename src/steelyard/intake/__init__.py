"""PATH -> Data: reads what the user has, names what is wrong with it, writes nothing there."""

from steelyard.intake.arrays import from_arrays
from steelyard.intake.reading import read
from steelyard.intake.schema import Schema, read_new, schema_of

__all__ = ["Schema", "from_arrays", "read", "read_new", "schema_of"]
