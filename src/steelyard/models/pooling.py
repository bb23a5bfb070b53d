"""How the last maps of our networks become features."""

from torch import nn

from steelyard.kit.heads import GlobalAveragePooling, SpatialPyramidPooling

LEVELS = (1, 2, 4)


def pooling(name: str, n_channels: int) -> tuple[nn.Module, int]:
    """The module and D: ``mean`` of each map (D = C), or ``pyramid`` of grids (D = 21 C).

    Raises ValueError for another name.

    >>> pooling("pyramid", 64)[1]
    1344
    """
    if name == "mean":
        return GlobalAveragePooling(), n_channels
    if name != "pyramid":
        raise ValueError(f"pool must be mean or pyramid, got '{name}'")
    pyramid = SpatialPyramidPooling(LEVELS)
    return pyramid, pyramid.n_features(n_channels)
