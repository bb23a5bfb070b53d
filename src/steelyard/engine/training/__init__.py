"""Training of networks: one loop that executes a Recipe, and the parts it is made of."""

from steelyard.engine.training.examples import Examples
from steelyard.engine.training.loop import train
from steelyard.engine.training.trained import TrainedNetwork

__all__ = ["Examples", "TrainedNetwork", "train"]
