"""Which part of a network learns: all of it, its head alone, or what a fine-tuning leaves free."""

from torch import nn


def frozen(module: nn.Module) -> None:
    """Stop a part from learning: no gradients, and its batch norms keep their statistics."""
    module.requires_grad_(False)
    module.eval()


def in_training(network: nn.Module) -> None:
    """Training mode for what learns; what is frozen stays as it is."""
    network.train()
    for part in network.modules():
        parameters = list(part.parameters())
        if parameters and not any(p.requires_grad for p in parameters):
            part.eval()


def head_of(network: nn.Module) -> nn.Module:
    """The head. Raises ValueError for a network that has none to be told apart."""
    head = getattr(network, "head", None)
    if not isinstance(head, nn.Module) or not callable(getattr(network, "features", None)):
        raise ValueError(f"{type(network).__name__} has no 'features' and 'head' to tell apart")
    return head


def only_head(network: nn.Module) -> None:
    """Freeze everything but the head."""
    frozen(network)
    head_of(network).requires_grad_(True).train()


def first_parts(parts: list[nn.Module], depth: int) -> None:
    """Freeze the first ``depth`` parts of a network. Raises ValueError if none would be left."""
    if not 0 <= depth < len(parts):
        raise ValueError(f"freeze must be 0 to {len(parts) - 1} of {len(parts)} parts, got {depth}")
    for part in parts[:depth]:
        frozen(part)
