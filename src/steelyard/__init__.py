"""steelyard: find out why a classifier fails, try the remedies, keep the one that provably helps."""

__version__ = "0.1.0"
