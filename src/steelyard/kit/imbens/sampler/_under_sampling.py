"""The under-samplers alone."""

from typing import Any

from steelyard.kit.imbens import sampler

__all__ = [*sampler.UNDER]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return sampler.sampler(name)
