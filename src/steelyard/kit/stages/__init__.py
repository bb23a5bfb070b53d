"""Parts of which a training loop builds its stages and schemes; they need torch.

Deferred re-weighting and re-sampling, classifier re-training on frozen features, label
over-smoothing, the two branches of BBN, Meta-Weight-Net, and distillation. They hold no loop:
each says in its docstring where a loop calls it.
"""

from steelyard.kit.stages.bilateral_branch import BilateralBranchNetwork, bilateral_loss
from steelyard.kit.stages.classifier_retraining import classifier_retraining, reset_head
from steelyard.kit.stages.deferred import deferred_probabilities, deferred_weights
from steelyard.kit.stages.distillation import balanced_teacher, distillation
from steelyard.kit.stages.frozen_features import frozen_features
from steelyard.kit.stages.label_over_smoothing import label_over_smoothing
from steelyard.kit.stages.meta_weight_net import MetaWeightNet, meta_step, meta_weighted_loss

__all__ = [
    "BilateralBranchNetwork",
    "MetaWeightNet",
    "balanced_teacher",
    "bilateral_loss",
    "classifier_retraining",
    "deferred_probabilities",
    "deferred_weights",
    "distillation",
    "frozen_features",
    "label_over_smoothing",
    "meta_step",
    "meta_weighted_loss",
    "reset_head",
]
