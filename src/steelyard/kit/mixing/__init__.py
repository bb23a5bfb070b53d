"""Images mixed in pairs, and the soft targets that go with them; they need torch."""

from steelyard.kit.mixing.balanced_mixup import balanced_mixup
from steelyard.kit.mixing.bilateral import bilateral_features, bilateral_share
from steelyard.kit.mixing.cutmix import cut_boxes, cutmix
from steelyard.kit.mixing.mixup import mixup
from steelyard.kit.mixing.pairs import blend, soft_target
from steelyard.kit.mixing.remix import remix, remix_target_share

__all__ = [
    "balanced_mixup",
    "bilateral_features",
    "bilateral_share",
    "blend",
    "cut_boxes",
    "cutmix",
    "mixup",
    "remix",
    "remix_target_share",
    "soft_target",
]
