"""Checkpoints: the whole state of a run as safetensors and JSON, replaced whole or not at all."""

import json
import zlib
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from steelyard.core.case import Case


def write_checkpoint(path: Path, state: Any) -> None:
    """Write nested dicts, lists, tuples, numbers, texts and tensors to one file.

    Raises
    ------
    UserError
        E150 or E151 where the disk is closed or full.
    TypeError
        Something else in ``state``.
    """
    tensors: dict[str, Tensor] = {}
    plain = json.dumps(_packed(state, tensors))
    tensors = tensors or {"none": torch.zeros(1)}
    data = save(tensors, metadata={"state": plain, "sum": _sum_of(tensors, plain)})
    Case(path.parent).write(path.name, lambda part: part.write(data))


def read_checkpoint(path: Path) -> Any:
    """What `write_checkpoint` wrote, to the last bit; None where there is nothing, or damaged.

    A damaged checkpoint is no loss but time: the run begins anew.
    """
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="pt") as stored:
            facts = stored.metadata() or {}
            tensors = {key: stored.get_tensor(key) for key in stored.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, UnicodeDecodeError):
        return None
    if "state" not in facts or facts.get("sum") != _sum_of(tensors, facts["state"]):
        return None
    return _unpacked(json.loads(facts["state"]), tensors)


def _sum_of(tensors: dict[str, Tensor], plain: str) -> str:
    # a flipped bit among the numbers leaves the file readable
    total = zlib.crc32(plain.encode())
    for name in sorted(tensors):
        numbers = tensors[name].flatten().view(torch.uint8).numpy()
        total = zlib.crc32(numbers.data, total)
    return str(total)


def _packed(value: Any, tensors: dict[str, Tensor]) -> Any:
    if isinstance(value, Tensor):
        name, copy = str(len(tensors)), value.detach().cpu().clone()
        # a copy: parameters that share memory could not be stored
        tensors[name] = copy.contiguous()
        # Strides too: sums run over numbers in the order in which they lie in memory.
        return {"tensor": name, "stride": copy.stride()}
    if isinstance(value, dict):  # keys may be numbers, as in the state of an optimiser
        if not all(isinstance(key, (bool, int, float, str)) for key in value):
            raise TypeError(f"a checkpoint cannot hold the keys {list(value)}")
        return {"dict": [[key, _packed(one, tensors)] for key, one in value.items()]}
    if isinstance(value, (list, tuple)):
        kind = "list" if isinstance(value, list) else "tuple"
        return {kind: [_packed(one, tensors) for one in value]}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(f"a checkpoint cannot hold {type(value).__name__}")


def _unpacked(value: Any, tensors: dict[str, Tensor]) -> Any:
    if not isinstance(value, dict):
        return value
    kind, inner = next(iter(value.items()))
    if kind == "tensor":
        stored = tensors[inner]
        return torch.empty_strided(stored.shape, value["stride"], dtype=stored.dtype).copy_(stored)
    if kind == "dict":
        return {key: _unpacked(one, tensors) for key, one in inner}
    return (list if kind == "list" else tuple)(_unpacked(one, tensors) for one in inner)
