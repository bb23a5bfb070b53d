"""Pipelines in which a sampler may be a step."""

from typing import Any

from steelyard.kit.imbens.borrowed import borrowed

__all__ = ["Pipeline", "make_pipeline"]  # noqa: F822 - by __getattr__


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return borrowed("pipeline", name, __name__)
