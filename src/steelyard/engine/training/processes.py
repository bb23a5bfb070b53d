"""A run on several processes, as torchrun starts them, or on one: the same calls for both."""

import inspect
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch.distributed as dist
from torch import nn

from steelyard.engine.training.synchronised_norm import synchronised


@contextmanager
def processes() -> Iterator[int]:
    """Join the processes that torchrun started, and leave them at the end; yields the rank.

    Without torchrun it is one process, rank 0. ``gloo`` on the CPU, ``nccl`` where CUDA is.
    """
    if "RANK" not in os.environ or dist.is_initialized():
        yield dist.get_rank() if dist.is_initialized() else 0
        return
    cuda = torch.cuda.is_available()
    if cuda:
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", 0)))
    dist.init_process_group("nccl" if cuda else "gloo")
    try:
        yield dist.get_rank()
    finally:
        dist.destroy_process_group()


def world_size() -> int:
    """How many processes train together."""
    return dist.get_world_size() if dist.is_initialized() else 1


def rank() -> int:
    """Which of them this one is."""
    return dist.get_rank() if dist.is_initialized() else 0


def shared(module: nn.Module, *, known: bool = True) -> nn.Module:
    """The module wrapped so that all processes learn as one, batch norms included.

    One process gets it back as it is; so does a module of which nothing learns. Of one that is not
    ``known`` some parameters may take no part in an answer.
    """
    if world_size() == 1 or not any(p.requires_grad for p in module.parameters()):
        return module
    wrapper = nn.parallel.DistributedDataParallel
    devices = [torch.cuda.current_device()] if next(module.parameters()).is_cuda else None
    # Statistics are the same everywhere already; torch 2.13 renames the argument that says so.
    named = "forward_sync_buffers" in inspect.signature(wrapper).parameters
    sync: dict[str, Any] = {"forward_sync_buffers" if named else "broadcast_buffers": False}
    return wrapper(module, device_ids=devices, find_unused_parameters=not known, **sync)


def norms_shared(module: nn.Module) -> nn.Module:
    """Batch norms whose statistics are those of all processes' rows; with one process as it is."""
    return synchronised(module) if world_size() > 1 else module


def agreed(value: float) -> float:
    """The value of the first process: what they all decide by must be the same bits."""
    if world_size() == 1:
        return value
    one = torch.tensor([value], dtype=torch.float64)
    if dist.get_backend() == "nccl":
        one = one.cuda()
    dist.broadcast(one, src=0)
    return float(one)
