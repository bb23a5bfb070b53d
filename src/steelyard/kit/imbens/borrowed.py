"""What imbalanced-ensemble and imbalanced-learn have in common is taken from the latter."""

from importlib import import_module
from typing import Any

from steelyard.core.errors import UserError


def borrowed(module: str, name: str, here: str) -> Any:
    """``imblearn.<module>.<name>``, loaded when it is asked for.

    Raises
    ------
    UserError
        E192: imbalanced-learn is not installed.
    """
    try:
        return getattr(import_module(f"imblearn.{module}"), name)
    except ImportError as error:
        raise UserError(
            "E192",
            f"{here}.{name} needs imbalanced-learn, which is not installed",
            fix='pip install "steelyard[resample]"',
        ) from error
