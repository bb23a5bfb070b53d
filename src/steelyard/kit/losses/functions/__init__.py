"""One file a loss. ``steelyard.kit.losses`` hands them out, and loads torch no sooner."""

from steelyard.kit.losses.functions.asymmetric import asymmetric
from steelyard.kit.losses.functions.binary_cross_entropy import binary_cross_entropy
from steelyard.kit.losses.functions.class_balanced import (
    class_balanced_cross_entropy,
    class_balanced_focal,
)
from steelyard.kit.losses.functions.cross_entropy import cross_entropy
from steelyard.kit.losses.functions.focal import focal
from steelyard.kit.losses.functions.generalized_cross_entropy import generalized_cross_entropy
from steelyard.kit.losses.functions.influence_balanced import influence_balanced
from steelyard.kit.losses.functions.label_aware_smoothing import label_aware_smoothing
from steelyard.kit.losses.functions.label_smoothing import label_smoothing
from steelyard.kit.losses.functions.ldam import ldam
from steelyard.kit.losses.functions.logit_adjusted import balanced_softmax, logit_adjusted
from steelyard.kit.losses.functions.penalties import (
    elastic_net_penalty,
    l1_penalty,
    l2_penalty,
)
from steelyard.kit.losses.functions.sigmoid_focal import sigmoid_focal
from steelyard.kit.losses.functions.smooth_l1 import smooth_l1
from steelyard.kit.losses.functions.symmetric_cross_entropy import symmetric_cross_entropy
from steelyard.kit.losses.functions.vector_scaling import vector_scaling

__all__ = [
    "asymmetric",
    "balanced_softmax",
    "binary_cross_entropy",
    "class_balanced_cross_entropy",
    "class_balanced_focal",
    "cross_entropy",
    "elastic_net_penalty",
    "focal",
    "generalized_cross_entropy",
    "influence_balanced",
    "l1_penalty",
    "l2_penalty",
    "label_aware_smoothing",
    "label_smoothing",
    "ldam",
    "logit_adjusted",
    "sigmoid_focal",
    "smooth_l1",
    "symmetric_cross_entropy",
    "vector_scaling",
]
