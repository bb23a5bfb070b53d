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
    backbone: str

    @classmethod
    def load(cls, case: Path) -> "Predictor":
        """Read the model of the case in folder ``case``."""
        folder = case / "model"
        rule = read_plain(folder / "posthoc.json")
        schema = from_plain(Schema, read_plain(folder / "schema.json"))
        backbone = read_plain(folder / "backbone.json")["backbone"]
        return cls(schema, load_model(folder), rule["name"], rule["fitted"], backbone)

    @property
    def classes(self) -> tuple[str, ...]:
        """The K class names."""
        return self.schema.classes

    def decide(self, source: Any) -> tuple[Decision, NDArray[np.str_]]:
        """Decide about new rows: a path, a data frame, or an array such as was treated.

        Returns ``proba`` (N, K) with ``predicted`` (N,), and the names (N,) of the rows.
        """
        X, names = read_new(source, self.schema)
        proba = self.model.predict_proba(self._seen_by_model(X))
        return decide(self.rule, self.fitted, proba), names

    def _seen_by_model(self, X: NDArray[Any]) -> NDArray[Any]:
        if self.schema.kind != "images" or self.backbone == "none":
            return X
        from steelyard.engine.features import extract_features
        from steelyard.models.backbone import load_backbone

        return extract_features(X, load_backbone(self.backbone, self.schema.image_size))
