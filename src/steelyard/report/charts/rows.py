"""A chart made of rows: a name, some figures and a drawing; long ones are folded in the middle."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

ROW = 28
FOLD_ABOVE = 30
HEAD, TAIL = 10, 14


@dataclass(frozen=True)
class Row:
    """``figures`` are set in columns beside the drawing; ``strong`` marks the kept one."""

    name: str
    figures: tuple[str, ...]
    drawing: Markup
    detail: str = ""
    strong: bool = False


@dataclass(frozen=True)
class RowChart:
    """A table whose drawings share one axis.

    Attributes
    ----------
    title : what the chart says, in one line.
    caption : how to read it.
    first : the head of the name column; ``columns`` those of the figures.
    """

    key: str
    title: str
    caption: str
    first: str
    columns: tuple[str, ...]
    axis: Markup
    rows: tuple[Row, ...]
    folded: str = "classes"
    legend: tuple[tuple[str, str], ...] = ()
    below: str = ""

    @property
    def parts(self) -> list[tuple[str, Sequence[Row]]]:
        """Pieces of the table: what the fold is called (empty when open) and its rows."""
        if len(self.rows) <= FOLD_ABOVE:
            return [("", self.rows)]
        middle = self.rows[HEAD:-TAIL]
        name = f"{len(middle)} {self.folded} between"
        return [("", self.rows[:HEAD]), (name, middle), ("", self.rows[-TAIL:])]
