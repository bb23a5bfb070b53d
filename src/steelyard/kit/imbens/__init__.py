"""The names of imbalanced-ensemble 0.2.3, for scripts written for it.

A script runs after changing only the import: ``import imbens`` becomes
``import steelyard.kit.imbens as imbens``, and ``from imbens.ensemble import ...``
becomes ``from steelyard.kit.imbens.ensemble import ...``. What runs is this kit's: the
ensembles of `steelyard.kit.ensembles`, the samplers of `steelyard.kit.resampling`, and
imbalanced-learn for the samplers and metrics that both libraries took from it. Numbers differ from
the old library's, for its algorithms were not those of the papers; parameters, attributes and
prints have its names. New scripts should use `steelyard.kit.ensembles` itself.
"""

from typing import Any

from steelyard.kit.imbens import (
    datasets,
    ensemble,
    metrics,
    pipeline,
    sampler,
    utils,
    visualizer,
)
from steelyard.kit.imbens.borrowed import borrowed

__all__ = [
    "FunctionSampler",
    "datasets",
    "ensemble",
    "metrics",
    "pipeline",
    "sampler",
    "utils",
    "visualizer",
]


def __getattr__(name: str) -> Any:
    if name != "FunctionSampler":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return borrowed("base", name, __name__)
