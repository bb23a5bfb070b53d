"""The sixteen ensembles of imbalanced-ensemble by their old names, parameters and attributes."""

from steelyard.kit.imbens.ensemble import (
    compatible,
    over_sampling,
    reweighting,
    under_sampling,
)
from steelyard.kit.imbens.ensemble.compatible import (
    CompatibleAdaBoostClassifier,
    CompatibleBaggingClassifier,
)
from steelyard.kit.imbens.ensemble.over_sampling import (
    KmeansSMOTEBoostClassifier,
    OverBaggingClassifier,
    OverBoostClassifier,
    SMOTEBaggingClassifier,
    SMOTEBoostClassifier,
)
from steelyard.kit.imbens.ensemble.reweighting import (
    AdaCostClassifier,
    AdaUBoostClassifier,
    AsymBoostClassifier,
)
from steelyard.kit.imbens.ensemble.under_sampling import (
    BalanceCascadeClassifier,
    BalancedRandomForestClassifier,
    EasyEnsembleClassifier,
    RUSBoostClassifier,
    SelfPacedEnsembleClassifier,
    UnderBaggingClassifier,
)

__all__ = [
    "AdaCostClassifier",
    "AdaUBoostClassifier",
    "AsymBoostClassifier",
    "BalanceCascadeClassifier",
    "BalancedRandomForestClassifier",
    "CompatibleAdaBoostClassifier",
    "CompatibleBaggingClassifier",
    "EasyEnsembleClassifier",
    "KmeansSMOTEBoostClassifier",
    "OverBaggingClassifier",
    "OverBoostClassifier",
    "RUSBoostClassifier",
    "SMOTEBaggingClassifier",
    "SMOTEBoostClassifier",
    "SelfPacedEnsembleClassifier",
    "UnderBaggingClassifier",
    "compatible",
    "over_sampling",
    "reweighting",
    "under_sampling",
]
