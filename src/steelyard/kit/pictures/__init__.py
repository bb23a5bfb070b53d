"""Pictures of ensembles: numbers by plain functions, and the same drawn by matplotlib.

``scores_over_members``, ``class_counts_by_member`` and ``decision_grid`` compute and need no
matplotlib; ``training_curves``, ``member_class_counts``, ``decision_regions`` and
``confusion_matrices`` draw them and return a ``matplotlib.figure.Figure``, which a notebook shows
and ``savefig`` writes. None touches pyplot, and all follow the style that is set there.
"""

from steelyard.kit.pictures.confusions import confusion_matrices
from steelyard.kit.pictures.grid import DecisionGrid, decision_grid
from steelyard.kit.pictures.member_counts import (
    MemberCounts,
    class_counts_by_member,
    member_class_counts,
)
from steelyard.kit.pictures.member_scores import ScoreCurve, scores_over_members
from steelyard.kit.pictures.regions import decision_regions
from steelyard.kit.pictures.stages import staged_proba
from steelyard.kit.pictures.training_curves import training_curves

__all__ = [
    "DecisionGrid",
    "MemberCounts",
    "ScoreCurve",
    "class_counts_by_member",
    "confusion_matrices",
    "decision_grid",
    "decision_regions",
    "member_class_counts",
    "scores_over_members",
    "staged_proba",
    "training_curves",
]
