"""A list of all classes."""

from typing import Any

from steelyard.kit.imbens import ensemble, sampler


def all_estimators(type_filter: str | list[str] | None = None) -> list[tuple[str, Any]]:
    """``(name, class)`` of the ensembles, the samplers or both, by name.

    >>> [name for name, _ in all_estimators("ensemble")][:2]
    ['AdaCostClassifier', 'AdaUBoostClassifier']
    """
    rooms = {"ensemble": ensemble, "sampler": sampler}
    asked = [type_filter] if isinstance(type_filter, str) else (type_filter or list(rooms))
    if unknown := [kind for kind in asked if kind not in rooms]:
        raise ValueError(f"type_filter must be ensemble or sampler, got {unknown[0]!r}")
    names = [(n, rooms[kind]) for kind in asked for n in rooms[kind].__all__ if n[0].isupper()]
    return [(name, getattr(room, name)) for name, room in sorted(names, key=lambda n: n[0])]
