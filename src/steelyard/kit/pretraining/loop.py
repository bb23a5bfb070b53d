"""The loop that both pretrainings share: batches in a drawn order, AdamW, a cosine schedule."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import ceil

import torch
from torch import Tensor, nn

from steelyard.kit.pretraining.features import FeatureNetwork, device_of


@contextmanager
def seeded(generator: torch.Generator, device: torch.device) -> Iterator[None]:
    """Torch's global random numbers start from ``generator`` inside, and are untouched after.

    New layers and dropout draw from them, on the CPU or on ``device``.
    """
    seed = int(torch.randint(2**62, (), generator=generator, device=generator.device))
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        yield


def pretrain(
    network: FeatureNetwork,
    head: nn.Module,
    images: Tensor,
    loss: Callable[[Tensor], Tensor],
    *,
    epochs: int,
    batch_size: int,
    lr: float,
    weight_decay: float,
    generator: torch.Generator,
) -> list[float]:
    """Minimise ``loss(batch)`` over network and head; the mean loss of each epoch."""
    if images.ndim != 4 or not images.is_floating_point() or len(images) < 2:
        raise ValueError(
            f"images must be floats (N, C, H, W) with N at least 2, got {images.dtype} "
            f"{tuple(images.shape)}; scale bytes to about -1..1 first"
        )
    if epochs < 1 or batch_size < 2:
        raise ValueError(
            f"epochs must be at least 1 and batch_size at least 2, got {epochs}, {batch_size}"
        )
    device, trained_before = device_of(network), network.training
    parameters = [*network.parameters(), *head.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=lr, weight_decay=weight_decay)
    per_epoch = min(ceil(len(images) / batch_size), len(images) // 2)  # no batch of one image
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, epochs * per_epoch)
    network.train()
    history = []
    for _ in range(epochs):
        total = 0.0
        order = torch.randperm(len(images), generator=generator, device=generator.device)
        for rows in order.to(images.device).tensor_split(per_epoch):
            value = loss(images[rows].to(device))
            optimiser.zero_grad()
            value.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
            total += value.item() * len(rows)
        history.append(total / len(images))
    network.train(trained_before)
    return history
