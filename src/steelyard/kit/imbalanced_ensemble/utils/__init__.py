"""Printing an evaluation; plots and schedules that the gallery's scripts borrow."""

from steelyard.kit.imbalanced_ensemble.utils._evaluate import evaluate_print

__all__ = ["evaluate_print"]
