"""Where and in which precision the networks run."""

from contextlib import AbstractContextManager
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Device:
    """Where to compute: ``kind`` is ``"cuda"`` or ``"cpu"``, ``dtype`` that of matrix products."""

    kind: str
    dtype: torch.dtype

    def autocast(self) -> AbstractContextManager[None]:
        """Matrix products and convolutions in ``dtype``; sums, losses and priors stay float32."""
        return torch.autocast(self.kind, self.dtype, enabled=self.dtype != torch.float32)

    def place_model(self, module: nn.Module) -> nn.Module:
        return module.to(self.kind, memory_format=torch.channels_last)

    def place(self, tensor: Tensor) -> Tensor:
        return tensor.to(self.kind)

    def place_images(self, images: Tensor) -> Tensor:
        return images.to(self.kind).contiguous(memory_format=torch.channels_last)


def pick_device() -> Device:
    """CUDA where there is one, else the CPU with one thread; bfloat16 only where it is faster."""
    if torch.cuda.is_available():
        quick = torch.cuda.is_bf16_supported(including_emulation=False)
        return Device("cuda", torch.bfloat16 if quick else torch.float32)
    one_thread()
    return Device("cpu", torch.bfloat16 if cpu_has_bfloat16() else torch.float32)


def one_thread() -> None:
    """One thread a process: on a busy machine two were 3 to 11 times slower than one."""
    if torch.get_num_threads() != 1:
        torch.set_num_threads(1)


def cpu_has_bfloat16() -> bool:
    """True where the CPU itself multiplies bfloat16 (AVX-512 BF16 or AMX); emulated it crawls."""
    try:
        flags = torch.cpu.get_capabilities()
    except (AttributeError, RuntimeError):  # torch before 2.10 cannot tell
        return False
    return bool(flags.get("avx512_bf16") or flags.get("amx_bf16"))
