"""steelyard: why a classifier fails, which remedy helps, and the proof of it."""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["Doctor", "UserError", "__version__"]

if TYPE_CHECKING:
    from steelyard.core.errors import UserError
    from steelyard.doctor import Doctor

_HOMES = {"Doctor": "steelyard.doctor", "UserError": "steelyard.core.errors"}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used: importing steelyard itself stays light."""
    if name not in _HOMES:
        raise AttributeError(f"module 'steelyard' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)
