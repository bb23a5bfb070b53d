"""PATH -> Data: reads what the user has, names what is wrong with it, writes nothing there.

Its refusals (`UserError`):

- E101 nothing at the path; E103 no such column; E106 pyarrow is lacking; E107 a damaged file;
  E108 an empty one; E109 columns or shapes that do not fit; E118 no obvious label column;
  E119 a form that is not read
- E110 one class; E111 empty labels; E112 only unknown classes in test; E113 a class with one row;
  E114 no useful column; E115 a quantity instead of classes; E117 predictions that do not fit
- E120 images that cannot be read; E122 rows that name no image
- E140 a table larger than memory; E150, E151 a cache that cannot be written; E153 a cache inside
  the data
"""

from steelyard.intake.arrays import from_arrays
from steelyard.intake.reading import read
from steelyard.intake.schema import Schema, read_new, schema_of

__all__ = ["Schema", "from_arrays", "read", "read_new", "schema_of"]
