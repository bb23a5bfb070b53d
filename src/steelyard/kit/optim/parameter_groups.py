"""Parameter groups without weight decay on biases and norms."""

from collections.abc import Iterator
from typing import Any

from torch import nn

NORMS = (
    nn.modules.batchnorm._NormBase,  # batch and instance norms of every dimension, SyncBatchNorm
    nn.GroupNorm,
    nn.LayerNorm,
    nn.RMSNorm,
)


def parameter_groups(
    module: nn.Module, weight_decay: float, **undecayed: Any
) -> list[dict[str, Any]]:
    """Two groups for any optimiser: with weight decay, and without.

    Without are biases, everything inside a norm layer, whatever its shape, and every other tensor
    of one or no dimension (scales, temperatures): shrinking them limits no capacity. He et al., Bag
    of Tricks for Image Classification, CVPR 2019, section 3.1.

    Frozen parameters are in the groups too, so that thawing them needs no new optimiser; one
    passes over parameters without gradient. A shared parameter is in one group, once.

    Parameters
    ----------
    module : whose parameters
    weight_decay : at least 0, of the first group
    undecayed : further settings of the second group, such as ``trust=False`` for `LARS` and `LAMB`

    Returns
    -------
    Groups with ``params`` and ``weight_decay``, an empty one left out.

    Raises
    ------
    ValueError
        ``weight_decay`` below 0, or a module without parameters.

    >>> module = nn.Sequential(nn.Linear(3, 5), nn.LayerNorm((5,)), nn.Linear(5, 2))
    >>> [(g["weight_decay"], len(g["params"])) for g in parameter_groups(module, 1e-4)]
    [(0.0001, 2), (0.0, 4)]
    """
    if not weight_decay >= 0:
        raise ValueError(f"weight_decay must be >= 0, got {weight_decay}")
    kinds: dict[nn.Parameter, bool] = {}
    for param, decays in _parameters(module):
        # One that is shared decays only where it does so everywhere.
        kinds[param] = kinds.get(param, True) and decays
    if not kinds:
        raise ValueError(f"{type(module).__name__} has no parameters to put into groups")
    groups: list[dict[str, Any]] = [
        {"params": [p for p, decays in kinds.items() if decays], "weight_decay": weight_decay},
        {
            "params": [p for p, decays in kinds.items() if not decays],
            "weight_decay": 0.0,
            **undecayed,
        },
    ]
    return [group for group in groups if group["params"]]


def _parameters(module: nn.Module) -> Iterator[tuple[nn.Parameter, bool]]:
    """Every parameter and whether it decays, in the module's order, shared ones repeatedly."""
    for part in module.modules():
        for name, param in part.named_parameters(recurse=False, remove_duplicate=False):
            # nn.MultiheadAttention has in_proj_bias and the three-dimensional bias_k.
            is_bias = "bias" in name.split("_")
            yield param, param.ndim > 1 and not is_bias and not isinstance(part, NORMS)
