"""Networks on disk: tensors as safetensors, facts as JSON; reading them executes no code."""

from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save
from torch import Tensor

from steelyard.core.case import Case


def save_network(case: Case, name: str, tensors: dict[str, Tensor], facts: dict[str, Any]) -> None:
    """Write ``name/network.safetensors`` and ``name/model.json`` into the case."""
    stored = save({key: tensor.detach().cpu().contiguous() for key, tensor in tensors.items()})
    case.write(f"{name}/network.safetensors", lambda part: part.write(stored))
    case.write_json(f"{name}/model.json", facts)


def load_network(folder: Path) -> dict[str, Tensor]:
    """The tensors that `save_network` wrote into ``folder``."""
    tensors: dict[str, Tensor] = load_file(folder / "network.safetensors")
    return tensors
