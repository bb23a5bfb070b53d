"""Classifier re-training (cRT): a new head on the features of a finished training."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

from steelyard.kit.stages.frozen_features import frozen_features


@contextmanager
def classifier_retraining(
    network: nn.Module, head: nn.Module, *, generator: torch.Generator | int | None = None
) -> Iterator[list[nn.Parameter]]:
    """Draws the head anew and freezes all else while the block lasts.

    Kang et al., Decoupling Representation and Classifier for Long-Tailed Recognition, ICLR 2020,
    section 4.1: the first stage trains on the data as they are, the second only the head, on
    batches of a ``ClassBalancedSampler``. A resumed second stage takes `frozen_features`, which
    leaves the head as it is.

    Parameters
    ----------
    network, head : as in `frozen_features`
    generator : a torch generator, a seed, or None for torch's global random numbers

    Returns
    -------
    The parameters to train, for the second stage's optimizer.

    Raises
    ------
    ValueError
        As `frozen_features` and `reset_head`.

    >>> network = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
    >>> with classifier_retraining(network, network[2], generator=0) as parameters:
    ...     optimizer = torch.optim.SGD(parameters, lr=0.1)
    """
    with frozen_features(network, head) as parameters:
        reset_head(head, generator=generator)
        yield parameters


def reset_head(head: nn.Module, *, generator: torch.Generator | int | None = None) -> None:
    """``reset_parameters()`` of the head and the modules in it, from the generator alone.

    Raises
    ------
    ValueError
        No module of the head has ``reset_parameters``.
    """
    known = [getattr(module, "reset_parameters", None) for module in head.modules()]
    resets = [reset for reset in known if callable(reset)]
    if not resets:
        raise ValueError(f"no module of the head {type(head).__name__} has reset_parameters()")
    devices = {p.device.index for p in head.parameters() if p.device.type == "cuda"}
    # reset_parameters takes no generator: the global one is lent and given back.
    seed = _seed(generator)
    with torch.random.fork_rng(devices=sorted(d for d in devices if d is not None)):
        torch.manual_seed(seed)
        for reset in resets:
            reset()


def _seed(generator: torch.Generator | int | None) -> int:
    if isinstance(generator, int):
        return generator
    device = "cpu" if generator is None else generator.device
    return int(torch.randint(2**63 - 1, (), generator=generator, device=device))
