"""Who competes: each library's methods by one name, made for a number of members and a seed.

This file is also read by the Python of the old library, which knows nothing of steelyard: what a
library needs is imported when it is asked for.
"""

from collections.abc import Callable
from typing import Any

Make = Callable[[int, int], Any]
OURS, OLD, PEER = "steelyard", "imbalanced-ensemble", "imbalanced-learn"
PLAIN = "scikit-learn"
LIGHT, EXTREME, CAT = BOOSTERS = ("lightgbm", "xgboost", "catboost")
SHORT = "boosting of twenty trees"  # a smoke run does not wait for CatBoost's thousand

CLASSES = {
    "self-paced": "SelfPacedEnsembleClassifier",
    "cascade": "BalanceCascadeClassifier",
    "balanced forest": "BalancedRandomForestClassifier",
    "easy ensemble": "EasyEnsembleClassifier",
    "RUSBoost": "RUSBoostClassifier",
    "under-bagging": "UnderBaggingClassifier",
    "OverBoost": "OverBoostClassifier",
    "SMOTEBoost": "SMOTEBoostClassifier",
    "k-means SMOTEBoost": "KMeansSMOTEBoostClassifier",
    "over-bagging": "OverBaggingClassifier",
    "SMOTE-bagging": "SMOTEBaggingClassifier",
    "AdaCost": "AdaCostClassifier",
    "AdaUBoost": "AdaUBoostClassifier",
    "AsymBoost": "AsymBoostClassifier",
}
FOURTEEN = tuple(CLASSES)


def methods(library: str) -> dict[str, Make]:
    """Method -> how it is made; ImportError where the library is not there."""
    made = {OURS: _ours, OLD: _old, PEER: _peer, PLAIN: _plain}
    return (made | {LIGHT: _light, EXTREME: _extreme, CAT: _cat})[library]()


def _ours() -> dict[str, Make]:
    from steelyard.kit import ensembles as room

    made = {name: _default(getattr(room, kind)) for name, kind in CLASSES.items()}
    made["self-paced of boostings"] = lambda n, seed: room.SelfPacedEnsembleClassifier(
        "boosting", max(n // 8, 3), random_state=seed
    )
    return made


def _old() -> dict[str, Make]:
    from imbens import ensemble as room

    spelt = CLASSES | {"k-means SMOTEBoost": "KmeansSMOTEBoostClassifier"}
    return {name: _default(getattr(room, kind)) for name, kind in spelt.items()}


def _peer() -> dict[str, Make]:
    from imblearn import ensemble as room
    from sklearn.tree import DecisionTreeClassifier

    return {
        "balanced forest": _default(room.BalancedRandomForestClassifier),
        "easy ensemble": _default(room.EasyEnsembleClassifier),
        "RUSBoost": _default(room.RUSBoostClassifier),
        "under-bagging": lambda n, seed: room.BalancedBaggingClassifier(
            DecisionTreeClassifier(), n_estimators=n, random_state=seed
        ),
    }


def _default(kind: Any) -> Make:
    return lambda n, seed: kind(n_estimators=n, random_state=seed)


def _plain() -> dict[str, Make]:
    """Learners that re-balance nothing, and those of scikit-learn's own means to do so."""
    from sklearn.ensemble import (
        BaggingClassifier,
        HistGradientBoostingClassifier,
        RandomForestClassifier,
    )
    from sklearn.tree import ExtraTreeClassifier

    def boosting(weight: Any = None) -> Any:
        return lambda n, seed: HistGradientBoostingClassifier(
            early_stopping=False, class_weight=weight, random_state=seed
        )

    def forest(weight: Any = None) -> Any:
        return lambda n, seed: RandomForestClassifier(
            100, min_samples_leaf=5, class_weight=weight, random_state=seed
        )

    tree = ExtraTreeClassifier(max_features=None, min_samples_leaf=2)  # R730's
    made: dict[str, Make] = {
        "un-rebalanced bagging": lambda n, seed: BaggingClassifier(tree, n, random_state=seed)
    }
    for name, base in {"boosting": boosting, "forest": forest}.items():
        made[name] = base()
        made[f"{name}, class weights"] = base("balanced")
        made[f"{name}, threshold tuned for macro-F1"] = _tuned(base())
        for how in ("random over-sampling", "random under-sampling", "SMOTE"):
            made[f"{name}, {how}"] = _resampled(how, base())
    return made


def _tuned(base: Make) -> Make:
    def make(n: int, seed: int) -> Any:
        from sklearn.model_selection import TunedThresholdClassifierCV

        return TunedThresholdClassifierCV(base(n, seed), scoring="f1_macro", random_state=seed)

    return make


def _resampled(how: str, base: Make) -> Make:
    def make(n: int, seed: int) -> Any:
        from imblearn.over_sampling import SMOTE, RandomOverSampler
        from imblearn.pipeline import make_pipeline
        from imblearn.under_sampling import RandomUnderSampler

        sampler = {
            "random over-sampling": RandomOverSampler,
            "random under-sampling": RandomUnderSampler,
            "SMOTE": SMOTE,
        }[how]
        return make_pipeline(sampler(random_state=seed), base(n, seed))

    return make


def _light() -> dict[str, Make]:
    from lightgbm import LGBMClassifier

    return {
        "boosting": lambda n, seed: LGBMClassifier(n_jobs=1, random_state=seed, verbose=-1),
        "boosting, class weights": lambda n, seed: LGBMClassifier(
            class_weight="balanced", n_jobs=1, random_state=seed, verbose=-1
        ),
    }


def _extreme() -> dict[str, Make]:
    from xgboost import XGBClassifier

    return {"boosting": lambda n, seed: XGBClassifier(n_jobs=1, random_state=seed)}


def _cat() -> dict[str, Make]:
    from catboost import CatBoostClassifier

    def boosting(trees: int | None) -> Make:
        return lambda n, seed: CatBoostClassifier(
            trees, thread_count=1, verbose=False, allow_writing_files=False, random_seed=seed
        )

    return {"boosting": boosting(None), SHORT: boosting(20)}
