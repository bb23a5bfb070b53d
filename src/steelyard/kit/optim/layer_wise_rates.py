"""Learning rates that fall from the head to the first layer, for fine-tuning."""

from collections.abc import Iterable
from typing import Any

from torch import nn

from steelyard.kit.optim.parameter_groups import parameter_groups


def blocks_of(module: nn.Module | Iterable[nn.Module]) -> list[nn.Module]:
    """The blocks from the first layer to the head: given as a list, or a module's children.

    Raises
    ------
    ValueError
        There are none.

    >>> len(blocks_of(nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 2))))
    3
    """
    blocks = list(module.children() if isinstance(module, nn.Module) else module)
    if not blocks:
        raise ValueError(
            f"{type(module).__name__} has no children to take as blocks; give a list of modules, "
            "from the first layer to the head"
        )
    return blocks


def layer_wise_rates(
    module: nn.Module | Iterable[nn.Module],
    lr: float,
    *,
    decay: float = 1 / 2.6,
    weight_decay: float | None = None,
    **undecayed: Any,
) -> list[dict[str, Any]]:
    """Parameter groups in which the block i below the last has the rate ``lr * decay**i``.

    Howard and Ruder, Universal Language Model Fine-tuning, ACL 2018, section 3.2 (discriminative
    fine-tuning; 1 / 2.6 is theirs, for a few blocks; with a dozen 0.65 to 0.9 are usual).

    Blocks without parameters (activations, pooling) make no step. A parameter that two blocks
    share is in the group of the earlier. Give blocks that hold all of the model: a parameter
    in none of them is not trained.

    Parameters
    ----------
    module : blocks from the first layer to the head, or a module whose children these are
    lr : of the last block with parameters, at least 0
    decay : in (0, 1]
    weight_decay : None leaves it to the optimiser; a number splits each block as
        `parameter_groups`
    undecayed : as in `parameter_groups`, where ``weight_decay`` is a number

    Returns
    -------
    Groups from the first layer to the head, with ``params`` and ``lr`` (and ``weight_decay``).

    Raises
    ------
    ValueError
        A setting outside its range; no block has parameters.

    >>> module = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 3), nn.Linear(3, 2))
    >>> [group["lr"] for group in layer_wise_rates(module, 0.1, decay=0.5)]
    [0.025, 0.05, 0.1]
    """
    if not lr >= 0 or not 0 < decay <= 1:
        raise ValueError(f"lr must be >= 0 and decay in (0, 1], got {lr} and {decay}")
    seen: set[nn.Parameter] = set()
    blocks: list[list[dict[str, Any]]] = []
    for block in blocks_of(module):
        if any(param not in seen for param in block.parameters()):
            blocks.append(_groups(block, weight_decay, seen, undecayed))
        seen.update(block.parameters())
    if not blocks:
        raise ValueError("no block has parameters")
    height = len(blocks) - 1
    return [
        {**group, "lr": lr * decay ** (height - i)}
        for i, groups in enumerate(blocks)
        for group in groups
    ]


def _groups(
    block: nn.Module,
    weight_decay: float | None,
    seen: set[nn.Parameter],
    undecayed: dict[str, Any],
) -> list[dict[str, Any]]:
    """The block's groups, without parameters that an earlier block has."""
    groups: list[dict[str, Any]] = [{"params": list(block.parameters())}]
    if weight_decay is not None:
        groups = parameter_groups(block, weight_decay, **undecayed)
    kept = [{**g, "params": [p for p in g["params"] if p not in seen]} for g in groups]
    return [group for group in kept if group["params"]]
