"""What is dropped at random in training, and nothing in evaluation; they need torch.

Dropout and spatial dropout are torch's own. ``p`` is everywhere the probability to *drop*, as in
torch, and what is kept is divided by ``1 - p``, so the mean in training is the value in evaluation.
Random numbers are torch's global ones (``torch.manual_seed``), or those of a given generator.
"""

from torch.nn import Dropout
from torch.nn import Dropout2d as SpatialDropout

from steelyard.kit.regularisers.drop_connect import DropConnect
from steelyard.kit.regularisers.stochastic_depth import (
    StochasticDepth,
    linear_survival,
    stochastic_depth,
)

__all__ = [
    "DropConnect",
    "Dropout",
    "SpatialDropout",
    "StochasticDepth",
    "linear_survival",
    "stochastic_depth",
]
