"""Ensembles for imbalanced tables: scikit-learn classifiers whose members see balanced rows."""

from steelyard.kit.ensembles.adacost import AdaCostClassifier
from steelyard.kit.ensembles.adau_boost import AdaUBoostClassifier
from steelyard.kit.ensembles.asym_boost import AsymBoostClassifier
from steelyard.kit.ensembles.balance_cascade import BalanceCascadeClassifier
from steelyard.kit.ensembles.balanced_random_forest import BalancedRandomForestClassifier
from steelyard.kit.ensembles.easy_ensemble import EasyEnsembleClassifier
from steelyard.kit.ensembles.kmeans_smote_boost import KMeansSMOTEBoostClassifier
from steelyard.kit.ensembles.over_bagging import OverBaggingClassifier
from steelyard.kit.ensembles.over_boost import OverBoostClassifier
from steelyard.kit.ensembles.rus_boost import RUSBoostClassifier
from steelyard.kit.ensembles.self_paced import SelfPacedEnsembleClassifier
from steelyard.kit.ensembles.smote_bagging import SMOTEBaggingClassifier
from steelyard.kit.ensembles.smote_boost import SMOTEBoostClassifier
from steelyard.kit.ensembles.under_bagging import UnderBaggingClassifier

__all__ = [
    "AdaCostClassifier",
    "AdaUBoostClassifier",
    "AsymBoostClassifier",
    "BalanceCascadeClassifier",
    "BalancedRandomForestClassifier",
    "EasyEnsembleClassifier",
    "KMeansSMOTEBoostClassifier",
    "OverBaggingClassifier",
    "OverBoostClassifier",
    "RUSBoostClassifier",
    "SMOTEBaggingClassifier",
    "SMOTEBoostClassifier",
    "SelfPacedEnsembleClassifier",
    "UnderBaggingClassifier",
]
