"""The private name of `ensemble.reweighting`; the old gallery imports from it."""

from steelyard.kit.imbens.ensemble.reweighting import *  # noqa: F403
from steelyard.kit.imbens.ensemble.reweighting import __all__  # noqa: F401
