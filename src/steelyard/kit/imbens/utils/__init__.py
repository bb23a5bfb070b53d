"""Printing an evaluation; plots and schedules that the gallery's scripts borrow."""

from steelyard.kit.imbens.utils._evaluate import evaluate_print

__all__ = ["evaluate_print"]
