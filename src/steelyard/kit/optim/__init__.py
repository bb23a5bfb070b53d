"""Optimisers and what goes with them that torch lacks: warm-up, averages, groups, freezing."""

from steelyard.kit.optim.accumulation import Accumulation
from steelyard.kit.optim.adam_to_sgd import AdamToSGD
from steelyard.kit.optim.exponential_average import ExponentialAverage
from steelyard.kit.optim.freezing import Frozen, freeze
from steelyard.kit.optim.lamb import LAMB
from steelyard.kit.optim.lars import LARS
from steelyard.kit.optim.layer_wise_rates import layer_wise_rates
from steelyard.kit.optim.lookahead import Lookahead
from steelyard.kit.optim.parameter_groups import parameter_groups
from steelyard.kit.optim.stochastic_average import StochasticAverage
from steelyard.kit.optim.warm_up import WarmUp, warm_up

__all__ = [
    "LAMB",
    "LARS",
    "Accumulation",
    "AdamToSGD",
    "ExponentialAverage",
    "Frozen",
    "Lookahead",
    "StochasticAverage",
    "WarmUp",
    "freeze",
    "layer_wise_rates",
    "parameter_groups",
    "warm_up",
]
