"""Out of memory is answered by smaller parts with the same effective batch."""

from collections.abc import Callable

import torch
from torch import nn

from steelyard.core.errors import UserError
from steelyard.engine.training import processes


class PartSize:
    """How many rows a process takes through the network at once; halves when memory ends.

    >>> size = PartSize(64)
    >>> size.try_smaller(), size.rows
    (None, 32)
    """

    def __init__(self, rows: int, tell: Callable[[str], None] = lambda text: None) -> None:
        self.rows, self.tell, self.whole = rows, tell, rows
        self._told = rows

    def n_parts(self, n_rows: int) -> int:
        """Into how many parts ``n_rows`` are cut."""
        return -(-n_rows // self.rows)

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

    def fitted(self) -> None:
        """The parts did fit: say so, once, where they had to become smaller."""
        if self.rows != self._told:
            self._told = self.rows
            self.tell(
                f"batch {self.whole} did not fit; going on with {self.rows} x "
                f"{self.n_parts(self.whole)} accumulated (same effective batch)"
            )


class Rewind:
    """What a forward pass changes: the buffers of a network and torch's random numbers."""

    def __init__(self, module: nn.Module) -> None:
        self.buffers = list(module.buffers())
        self.copies = [buffer.clone() for buffer in self.buffers]
        self.note()

    def note(self) -> None:
        """Remember them as they are."""
        if self.buffers:
            torch._foreach_copy_(self.copies, self.buffers)
        self.random = torch.get_rng_state()
        self.cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []

    def back(self) -> None:
        """Bring back what was noted."""
        if self.buffers:
            torch._foreach_copy_(self.buffers, self.copies)
        torch.set_rng_state(self.random)
        torch.cuda.set_rng_state_all(self.cuda)


def fitting(step: Callable[[], None], parts: PartSize, rewind: Rewind) -> None:
    """Do ``step``, again from where it began with smaller parts for as long as it does not fit.

    Raises
    ------
    UserError
        E141 when single rows do not fit, or when this is one of several processes.
    """
    rewind.note()
    while True:
        try:
            step()
            break
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            if processes.world_size() > 1:
                raise _not_alone(parts.rows) from error
        # Out here the error has let go of what it held.
        parts.try_smaller()
        rewind.back()
    parts.fitted()


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ended, on a GPU or in the CPU's allocator."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return isinstance(error, RuntimeError) and "can't allocate memory" in str(error)


def _not_alone(rows: int) -> UserError:
    """Out of memory in one of several processes: the others are in the middle of the same step."""
    return UserError(
        "E141",
        f"{rows} rows at a time do not fit into the memory of one of the processes",
        where="the training of a network",
        why="a process cannot go on with smaller parts while the others wait for its whole batch",
        fix=f"set rows_at_once={max(1, rows // 2)} in the optim slot; the result is the same",
    )
