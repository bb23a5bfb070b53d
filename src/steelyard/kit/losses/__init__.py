"""Losses and their class weights. What needs torch has its own file; this imports numpy only."""

from steelyard.kit.losses.class_weights import class_balanced_weights, class_weights

__all__ = ["class_balanced_weights", "class_weights"]
