"""The private name of `ensemble.over_sampling`; the old gallery imports from it."""

from steelyard.kit.imbens.ensemble.over_sampling import *  # noqa: F403
from steelyard.kit.imbens.ensemble.over_sampling import __all__  # noqa: F401
