"""The private name of `ensemble.compatible`; the old gallery imports from it."""

from steelyard.kit.imbens.ensemble.compatible import *  # noqa: F403
from steelyard.kit.imbens.ensemble.compatible import __all__  # noqa: F401
