"""Predictor: the kept model of a case, ready for new data."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from steelyard.core.errors import UserError
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
        """Read the model of the case in folder ``case``.

        Raises `UserError` E186 when there is none, E105 or E187 when it is damaged.
        """
        folder = case / "model"
        if not folder.is_dir():
            raise UserError(
                "E186", f"the case '{case}' has no model", where=str(case),
                why="it was only examined, or the time was up before a model was trained",
                fix="steelyard treat PATH, with more --minutes",
            )  # fmt: skip
        try:
            rule = read_plain(folder / "posthoc.json")
            schema = from_plain(Schema, read_plain(folder / "schema.json"))
            backbone = read_plain(folder / "backbone.json")["backbone"]
            return cls(schema, load_model(folder), rule["name"], rule["fitted"], backbone)
        except UserError:
            raise
        except Exception as error:  # each loader has its own word for a file it does not trust
            raise UserError(
                "E187", f"the model of the case '{case}' is damaged or not steelyard's own",
                where=str(folder), why=f"{type(error).__name__}: {error}"[:300],
                fix="run `steelyard treat` again: what is trained is kept",
            ) from error  # fmt: skip

    @property
    def classes(self) -> tuple[str, ...]:
        """The K class names."""
        return self.schema.classes

    def decide(
        self, source: Any, *, skip_unreadable: bool = False
    ) -> tuple[Decision, NDArray[np.str_]]:
        """Decide about new rows: a path, a data frame, or an array such as was treated.

        Returns ``proba`` (N, K) with ``predicted`` (N,), and the names (N,) of the rows.
        """
        X, names = read_new(source, self.schema, skip_unreadable=skip_unreadable)
        proba = self.model.predict_proba(self._seen_by_model(X))
        return decide(self.rule, self.fitted, proba), names

    def _seen_by_model(self, X: NDArray[Any]) -> NDArray[Any]:
        if self.schema.kind != "images" or self.backbone == "none":
            return X
        from steelyard.engine.features import extract_features
        from steelyard.models.backbone import load_backbone

        return extract_features(X, load_backbone(self.backbone, self.schema.image_size))
