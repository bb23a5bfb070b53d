"""Out of memory is answered by smaller parts with the same effective batch."""

from collections.abc import Callable

import torch

from steelyard.core.errors import UserError


class PartSize:
    """How many rows go through the network at once; halves when memory ends.

    >>> size = PartSize(64)
    >>> size.try_smaller(), size.rows
    (None, 32)
    """

    def __init__(self, rows: int, tell: Callable[[str], None] = lambda text: None) -> None:
        self.rows, self.tell, self.whole = rows, tell, rows

    def try_smaller(self) -> None:
        """Halve the parts. Raises `UserError` E141 when a part is a single row already."""
        if self.rows <= 1:
            raise UserError(
                "E141",
                "one row at a time does not fit into memory",
                where="the training of a network",
                why="its activations for a single row are larger than the memory that is free",
                fix="take a smaller network (--backbone), or free memory",
            )
        self.rows = -(-self.rows // 2)
        parts = -(-self.whole // self.rows)
        self.tell(
            f"batch {self.whole} did not fit; going on with {self.rows} x {parts} accumulated "
            "(same effective batch)"
        )


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ended, on a GPU or in the CPU's allocator."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return isinstance(error, RuntimeError) and "can't allocate memory" in str(error)
