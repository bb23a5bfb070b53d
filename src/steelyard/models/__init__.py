"""Networks and backbones. Importing this room needs torch; the rest of steelyard does not."""

from steelyard.core.errors import UserError

try:
    import torch  # noqa: F401
except ImportError as error:
    raise UserError(
        "E160",
        "images need PyTorch, and it is not installed",
        why=f"{type(error).__name__}: {error}",
        fix='pip install torch==2.13.0, then pip install "steelyard[torch]"',
    ) from error
