"""steelyard: why a classifier fails, which remedy helps, and the proof of it."""

__version__ = "0.1.0"
