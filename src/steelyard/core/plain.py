"""Frozen dataclasses to plain JSON and back; arrays travel as base64 so that nothing is rounded."""

import base64
import dataclasses
import functools
import json
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, Union

import numpy as np

from steelyard.core.errors import UserError

T = TypeVar("T")


def to_plain(value: Any) -> Any:
    """Turn a dataclass, array or container into what ``json.dumps`` takes.

    >>> to_plain({"n": np.int64(3), "low": np.float64("nan")})
    {'n': 3, 'low': None}
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, np.ndarray):
        return {
            "dtype": value.dtype.str,
            "shape": list(value.shape),
            "base64": base64.b64encode(np.ascontiguousarray(value).tobytes()).decode("ascii"),
        }
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [to_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None  # JSON has no NaN; a missing number reads the same
    return value


def from_plain(kind: type[T], plain: Mapping[str, Any]) -> T:
    """Rebuild the dataclass ``kind`` from what `to_plain` made of it; unknown keys are ignored.

    Fields may be added to the schema later, so an older program must read a newer file.
    """
    hints = _hints(typing.cast(Any, kind))
    fields = {f.name for f in dataclasses.fields(kind)}  # type: ignore[arg-type]
    return kind(**{k: _revive(hints[k], v) for k, v in plain.items() if k in fields})


@functools.cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _revive(hint: Any, value: Any) -> Any:
    if value is None:
        return float("nan") if hint is float else None
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Union, types.UnionType):
        return _revive(next(a for a in args if a is not type(None)), value)
    if isinstance(value, Mapping) and set(value) == {"dtype", "shape", "base64"}:
        raw = np.frombuffer(base64.b64decode(value["base64"]), dtype=np.dtype(value["dtype"]))
        return raw.reshape(value["shape"]).copy()
    if dataclasses.is_dataclass(hint):
        return from_plain(typing.cast(type[Any], hint), value)
    if origin is tuple:
        inner = args[0] if len(args) == 2 and args[1] is Ellipsis else None
        hints = [inner] * len(value) if inner is not None else args
        return tuple(_revive(h, v) for h, v in zip(hints, value))
    if isinstance(value, Mapping) and len(args) == 2:
        return {key: _revive(args[1], item) for key, item in value.items()}
    return value


def read_plain(path: Path) -> Any:
    """What a JSON file holds. Raises `UserError` E105 when it is missing or damaged."""
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise UserError(
            "E105",
            f"cannot read '{path}'",
            where=str(path),
            why="it is missing" if isinstance(error, FileNotFoundError) else str(error),
            fix="make the case again: steelyard treat PATH",
        ) from error
