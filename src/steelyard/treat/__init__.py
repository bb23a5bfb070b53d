"""The remedies, one file each, and the race that tries them."""

from steelyard.core.shelf import Shelf

REMEDIES = Shelf("steelyard.treat")
