"""Shelf: a folder whose files are its entries. Dropping a file in registers it."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from functools import cached_property
from types import ModuleType

from steelyard.core.errors import UserError, did_you_mean

_ENTRY = re.compile(r"^([a-z]\d{3})_\w+$")


class Shelf:
    """The modules of ``package`` named like ``d101_class_imbalance``, by their code ``D101``."""

    def __init__(self, package: str) -> None:
        self.package = package

    @cached_property
    def _names(self) -> dict[str, str]:
        paths = importlib.import_module(self.package).__path__
        found = (_ENTRY.match(m.name) for m in pkgutil.iter_modules(paths))
        return {m[1].upper(): m[0] for m in sorted((m for m in found if m), key=lambda m: m[0])}

    @property
    def codes(self) -> tuple[str, ...]:
        """All codes, sorted."""
        return tuple(self._names)

    def __contains__(self, code: object) -> bool:
        return code in self._names

    def __getitem__(self, code: str) -> ModuleType:
        """The module of ``code``. Raises `UserError` E102 for an unknown code."""
        if code not in self._names:
            raise UserError(
                "E102",
                f"there is no code '{code}'",
                fix=did_you_mean(code, self.codes) or "see `steelyard list`",
            )
        return importlib.import_module(f"{self.package}.{self._names[code]}")

    def __iter__(self) -> Iterator[ModuleType]:
        return (self[code] for code in self.codes)


def headings(module: ModuleType) -> dict[str, str]:
    """The docstring of an entry as heading -> text; the first line is under ``""``.

    A heading is a line that ends in nothing and is underlined with dashes.
    """
    lines = (module.__doc__ or "").strip().splitlines()
    parts: dict[str, list[str]] = {"": []}
    current = ""
    for line, following in zip(lines, [*lines[1:], ""]):
        if following and set(following.strip()) == {"-"}:
            current = line.strip()
            parts[current] = []
        elif not (line and set(line.strip()) == {"-"}):
            parts[current].append(line)
    return {name: "\n".join(text).strip() for name, text in parts.items()}


def matches(code: str, patterns: tuple[str, ...]) -> bool:
    """Whether ``code`` is selected by one of ``patterns``: a code or the start of one (``P3``)."""
    return any(code.startswith(pattern.upper()) for pattern in patterns)
