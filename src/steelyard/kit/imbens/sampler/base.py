"""What samplers are built on, imbalanced-learn's."""

from typing import Any

from steelyard.kit.imbens.borrowed import borrowed

__all__ = [  # noqa: F822 - by __getattr__
    "BaseSampler",
    "FunctionSampler",
    "SamplerMixin",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return borrowed("base", name, __name__)
