"""Features held still while the head trains, whatever ``network.train()`` says."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import Tensor, nn


@contextmanager
def frozen_features(network: nn.Module, head: nn.Module) -> Iterator[list[nn.Parameter]]:
    """Inside the block all but the head is frozen; gives the parameters that still train.

    No gradients, and batch norm and dropout as in evaluation: a frozen convolution under a batch
    norm that still follows the batches, re-balanced ones at that, is not frozen. A loop may call
    ``network.train()`` as ever. On leaving, gradients and modes are as they were found.

    The second stage of Kang et al., Decoupling Representation and Classifier for Long-Tailed
    Recognition, ICLR 2020, section 4: for learnable weight scaling put that head in first.

    Parameters
    ----------
    network : the whole model, not wrapped in DistributedDataParallel yet
    head : one of its modules, which goes on training in the mode the loop sets

    Returns
    -------
    The parameters of the head that ask for gradients.

    Raises
    ------
    ValueError
        ``head`` is no module inside the network, or has nothing to train.

    >>> network = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3), nn.Linear(3, 2))
    >>> with frozen_features(network, network[2]) as parameters:
    ...     sum(p.numel() for p in parameters), sum(p.requires_grad for p in network.parameters())
    (8, 2)
    """
    inside = set(head.modules())
    features = [module for module in network.modules() if module not in inside]
    if head is network or head not in set(network.modules()):
        raise ValueError(
            f"head must be a module inside the network {type(network).__name__}, "
            f"got a {type(head).__name__} that is {'all of it' if head is network else 'not'}"
        )
    trained = [parameter for parameter in head.parameters() if parameter.requires_grad]
    if not trained:
        raise ValueError(f"the head {type(head).__name__} has no parameter that asks for gradients")
    own = set(head.parameters())
    held = [p for p in network.parameters() if p.requires_grad and p not in own]
    modes = [(module, module.training) for module in features]
    # Before every call, for each of the features: train() may come at any time, and features may
    # be called without the network around them.
    hooks = [module.register_forward_pre_hook(_evaluate) for module in features]
    try:
        for parameter in held:
            parameter.requires_grad_(False)
        yield trained
    finally:
        for hook in hooks:
            hook.remove()
        for parameter in held:
            parameter.requires_grad_(True)
        for module, mode in modes:
            module.training = mode


def _evaluate(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
    module.training = False  # this module alone: the head may be inside it
