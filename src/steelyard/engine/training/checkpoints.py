"""Checkpoints: the whole state of a run as safetensors and JSON, replaced whole or not at all."""

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor

from steelyard.core.case import cannot_write


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
    data = save(tensors or {"none": torch.zeros(1)}, metadata={"state": plain})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".part-", delete=False) as part:
            part.write(data)
        os.replace(part.name, path)
    except OSError as error:
        raise cannot_write(path, error) from error


def read_checkpoint(path: Path) -> Any:
    """What `write_checkpoint` wrote, to the last bit; None where there is nothing, or damaged.

    A damaged checkpoint is no loss but time: the run begins anew.
    """
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="pt") as stored:
            plain = json.loads(stored.metadata()["state"])
            return _unpacked(plain, {key: stored.get_tensor(key) for key in stored.keys()})  # noqa: SIM118
    except Exception as error:
        if type(error).__name__ == "SafetensorError" or isinstance(error, (OSError, ValueError)):
            return None
        raise


def _packed(value: Any, tensors: dict[str, Tensor]) -> Any:
    if isinstance(value, Tensor):
        name = str(len(tensors))
        # a copy: parameters that share memory could not be stored
        tensors[name] = value.detach().cpu().clone(memory_format=torch.contiguous_format)
        return {"tensor": name}
    if isinstance(value, dict):  # keys may be numbers, as in the state of an optimiser
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
        return tensors[inner]
    if kind == "dict":
        return {key: _unpacked(one, tensors) for key, one in inner}
    return (list if kind == "list" else tuple)(_unpacked(one, tensors) for one in inner)
