"""What the old module of this name held for scripts."""

from collections.abc import Mapping
from typing import Any


def sort_dict_by_key(d: Mapping[Any, Any]) -> dict[Any, Any]:
    """The same pairs in the order of their keys.

    >>> sort_dict_by_key({2: "b", 0: "a"})
    {0: 'a', 2: 'b'}
    """
    return dict(sorted(d.items(), key=lambda pair: pair[0]))
