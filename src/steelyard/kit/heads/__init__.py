"""Classifier heads, from features (N, D) to logits (N, K), and pooling of maps; they need torch.

Most are a layer of a network. `TauNormalised`, `LearnableWeightScaling` and `NearestClassMean` are
made from what a network has learnt: its last layer, or its features of the training rows.
"""

from steelyard.kit.heads.cosine import CosineHead
from steelyard.kit.heads.learnable_weight_scaling import LearnableWeightScaling
from steelyard.kit.heads.linear import LinearHead
from steelyard.kit.heads.nearest_class_mean import NearestClassMean
from steelyard.kit.heads.pooling import GlobalAveragePooling, SpatialPyramidPooling
from steelyard.kit.heads.tau_normalised import TauNormalised, tau_normalised

__all__ = [
    "CosineHead",
    "GlobalAveragePooling",
    "LearnableWeightScaling",
    "LinearHead",
    "NearestClassMean",
    "SpatialPyramidPooling",
    "TauNormalised",
    "tau_normalised",
]
