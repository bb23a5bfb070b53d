"""The private name of `ensemble.under_sampling`; the old gallery imports from it."""

from steelyard.kit.imbens.ensemble.under_sampling import *  # noqa: F403
from steelyard.kit.imbens.ensemble.under_sampling import __all__  # noqa: F401
