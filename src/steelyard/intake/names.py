"""Column names: text, and each once."""

from collections.abc import Iterable
from typing import Any

import pandas as pd


def distinct_texts(names: Iterable[Any]) -> list[str]:
    """Texts of ``names``, a repeated one numbered as pandas' CSV reader does.

    >>> distinct_texts(["a", 1, "a", "a"])
    ['a', '1', 'a.1', 'a.2']
    """
    texts = [str(name) for name in names]
    taken, seen = set(texts), set[str]()
    if len(taken) == len(texts):
        return texts
    for j, text in enumerate(texts):
        n, name = 0, text
        while name in seen or (n and name in taken):
            n += 1
            name = f"{text}.{n}"
        seen.add(name)
        texts[j] = name
    return texts


def with_distinct_names(frame: pd.DataFrame) -> pd.DataFrame:
    """The same frame under text names that differ."""
    return frame.set_axis(pd.Index(distinct_texts(frame.columns), dtype=object), axis=1)
