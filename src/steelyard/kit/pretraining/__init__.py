"""Self-supervised pretraining, and what the features it gives are worth; it needs torch.

The network is any module with ``features`` (N, ...) -> (N, D) and ``n_features`` = D. It is trained
in place, by images without labels::

    losses = pretrain_rotation(network, images, generator=torch.Generator().manual_seed(0))
    features_worth(network_features(network, few), target, network_features(network, new), truth)
"""

from steelyard.kit.pretraining.contrastive import ProjectionHead, nt_xent, pretrain_contrastive
from steelyard.kit.pretraining.features import FeatureNetwork, features_worth, network_features
from steelyard.kit.pretraining.rotation import (
    RotationHead,
    pretrain_rotation,
    rotated,
    rotation_loss,
)

__all__ = [
    "FeatureNetwork",
    "ProjectionHead",
    "RotationHead",
    "features_worth",
    "network_features",
    "nt_xent",
    "pretrain_contrastive",
    "pretrain_rotation",
    "rotated",
    "rotation_loss",
]
