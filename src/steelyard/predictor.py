"""Predictor: the kept model of a case, ready for new data."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from steelyard.core.plain import from_plain, read_plain
from steelyard.engine.fitting import load_model
from steelyard.intake import Schema, read_new
from steelyard.kit.posthoc import Decision, decide


@dataclass(frozen=True)
class Predictor:
    """What ``<case>/model/`` holds: how to read rows, the model, and the decision rule.

    Loading executes no code from the folder: arrays, JSON, and trees of known types.
    """

    schema: Schema
    model: Any
    rule: str
    fitted: dict[str, Any]

    @classmethod
    def load(cls, case: Path) -> "Predictor":
        """Read the model of the case in folder ``case``."""
        folder = case / "model"
        rule = read_plain(folder / "posthoc.json")
        schema = from_plain(Schema, read_plain(folder / "schema.json"))
        return cls(schema, load_model(folder), rule["name"], rule["fitted"])

    @property
    def classes(self) -> tuple[str, ...]:
        """The K class names."""
        return self.schema.classes

    def decide(self, X: NDArray[Any]) -> Decision:
        """``proba`` (N, K) and ``predicted`` (N,) for rows that are already arrays."""
        return decide(self.rule, self.fitted, self.model.predict_proba(X))

    def predict_path(
        self, path: str | Path
    ) -> tuple[NDArray[np.str_], NDArray[np.float64], NDArray[np.int64]]:
        """Names (N,), probabilities (N, K) and class indices (N,) for a table or image folder."""
        X, names = read_new(path, self.schema)
        decision = self.decide(X)
        return names, decision.proba, decision.predicted
