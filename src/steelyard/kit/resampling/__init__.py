"""Training rows drawn anew so that rare classes weigh more: repeated, left out or synthesised."""

from steelyard.kit.resampling.random_sampling import random_over_sample, random_under_sample
from steelyard.kit.resampling.smote import smote

__all__ = ["random_over_sample", "random_under_sample", "smote"]
