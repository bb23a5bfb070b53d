"""What another person needs to get the same result: ``reproduce.json``."""

import platform
from collections.abc import Sequence
from contextlib import suppress
from importlib import metadata
from typing import Any

from steelyard.core.recipe import Recipe

PACKAGES = ("steelyard", "numpy", "scipy", "pandas", "scikit-learn", "torch", "imbalanced-learn")


def reproduce(
    base: Recipe,
    kept: Recipe,
    *,
    command: str,
    seeds: int,
    folds: int,
    minutes: float,
    random_state: int,
    notes: Sequence[str] = (),
) -> dict[str, Any]:
    """Plain data: the command, the dials, the versions, and both recipes with their difference."""
    return {
        "command": command,
        "seeds": seeds,
        "folds": folds,
        "minutes": minutes,
        "random_state": random_state,
        "versions": versions(),
        "base": base.to_plain(),
        "kept": kept.to_plain(),
        "changes": list(base.diff(kept)),
        "notes": list(notes),
    }


def versions() -> dict[str, str]:
    """Python, the system and the installed packages that decide numbers; none is imported."""
    found = {"python": platform.python_version(), "system": platform.platform(terse=True)}
    for name in PACKAGES:
        with suppress(metadata.PackageNotFoundError):  # optional ones may be absent
            found[name] = metadata.version(name)
    return found
