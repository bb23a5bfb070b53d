"""Every public name of imbalanced-ensemble 0.2.3 is here, or is listed here with the reason."""

from importlib import import_module

import numpy as np
import pytest

from steelyard.kit import imbens

pytest.importorskip("imblearn", reason="many of the names are imbalanced-learn's")

# __all__ of its public modules, as walked in an environment that has it, less private names
OLD = {
    "imbens.datasets": [
        "fetch_openml_datasets",
        "fetch_zenodo_datasets",
        "generate_imbalance_data",
        "make_imbalance",
    ],
    "imbens.ensemble": [
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
    ],
    "imbens.ensemble.base": [
        "BaseImbalancedEnsemble",
        "ImbalancedEnsembleClassifierMixin",
        "sort_dict_by_key",
    ],
    "imbens.ensemble.compatible": ["CompatibleAdaBoostClassifier", "CompatibleBaggingClassifier"],
    "imbens.ensemble.compatible.adaboost_compatible": ["CompatibleAdaBoostClassifier"],
    "imbens.ensemble.compatible.bagging_compatible": ["CompatibleBaggingClassifier"],
    "imbens.ensemble.over_sampling": [
        "KmeansSMOTEBoostClassifier",
        "OverBaggingClassifier",
        "OverBoostClassifier",
        "SMOTEBaggingClassifier",
        "SMOTEBoostClassifier",
    ],
    "imbens.ensemble.over_sampling.kmeans_smote_boost": ["KmeansSMOTEBoostClassifier"],
    "imbens.ensemble.over_sampling.over_bagging": ["OverBaggingClassifier"],
    "imbens.ensemble.over_sampling.over_boost": ["OverBoostClassifier"],
    "imbens.ensemble.over_sampling.smote_bagging": ["SMOTEBaggingClassifier"],
    "imbens.ensemble.over_sampling.smote_boost": ["SMOTEBoostClassifier"],
    "imbens.ensemble.reweighting": [
        "AdaCostClassifier",
        "AdaUBoostClassifier",
        "AsymBoostClassifier",
    ],
    "imbens.ensemble.reweighting.adacost": ["AdaCostClassifier"],
    "imbens.ensemble.reweighting.adauboost": ["AdaUBoostClassifier"],
    "imbens.ensemble.reweighting.asymmetric_boost": ["AsymBoostClassifier"],
    "imbens.ensemble.under_sampling": [
        "BalanceCascadeClassifier",
        "BalancedRandomForestClassifier",
        "EasyEnsembleClassifier",
        "RUSBoostClassifier",
        "SelfPacedEnsembleClassifier",
        "UnderBaggingClassifier",
    ],
    "imbens.ensemble.under_sampling.balance_cascade": ["BalanceCascadeClassifier"],
    "imbens.ensemble.under_sampling.balanced_random_forest": ["BalancedRandomForestClassifier"],
    "imbens.ensemble.under_sampling.easy_ensemble": ["EasyEnsembleClassifier"],
    "imbens.ensemble.under_sampling.rus_boost": ["RUSBoostClassifier"],
    "imbens.ensemble.under_sampling.self_paced_ensemble": ["SelfPacedEnsembleClassifier"],
    "imbens.ensemble.under_sampling.under_bagging": ["UnderBaggingClassifier"],
    "imbens.exceptions": ["raise_isinstance_error"],
    "imbens.metrics": [
        "ValueDifferenceMetric",
        "classification_report_imbalanced",
        "geometric_mean_score",
        "macro_averaged_mean_absolute_error",
        "make_index_balanced_accuracy",
        "sensitivity_score",
        "sensitivity_specificity_support",
        "specificity_score",
    ],
    "imbens.metrics.pairwise": ["ValueDifferenceMetric"],
    "imbens.pipeline": ["Pipeline", "make_pipeline"],
    "imbens.sampler": [
        "ADASYN",
        "AllKNN",
        "BalanceCascadeUnderSampler",
        "BorderlineSMOTE",
        "ClusterCentroids",
        "CondensedNearestNeighbour",
        "EditedNearestNeighbours",
        "InstanceHardnessThreshold",
        "KMeansSMOTE",
        "NearMiss",
        "NeighbourhoodCleaningRule",
        "OneSidedSelection",
        "RandomOverSampler",
        "RandomUnderSampler",
        "RepeatedEditedNearestNeighbours",
        "SMOTE",
        "SVMSMOTE",
        "SelfPacedUnderSampler",
        "TomekLinks",
    ],
    "imbens.sampler.base": ["BaseSampler", "FunctionSampler", "SamplerMixin"],
    "imbens.sampler.over_sampling": [
        "ADASYN",
        "BorderlineSMOTE",
        "KMeansSMOTE",
        "RandomOverSampler",
        "SMOTE",
        "SVMSMOTE",
    ],
    "imbens.sampler.over_sampling.base": ["BaseOverSampler"],
    "imbens.sampler.under_sampling": [
        "AllKNN",
        "BalanceCascadeUnderSampler",
        "ClusterCentroids",
        "CondensedNearestNeighbour",
        "EditedNearestNeighbours",
        "InstanceHardnessThreshold",
        "NearMiss",
        "NeighbourhoodCleaningRule",
        "OneSidedSelection",
        "RandomUnderSampler",
        "RepeatedEditedNearestNeighbours",
        "SelfPacedUnderSampler",
        "TomekLinks",
    ],
    "imbens.sampler.under_sampling.base": ["BaseCleaningSampler", "BaseUnderSampler"],
    "imbens.utils": [
        "Substitution",
        "check_balancing_schedule",
        "check_eval_datasets",
        "check_eval_metrics",
        "check_neighbors_object",
        "check_sampling_strategy",
        "check_target_label_and_n_target_samples",
        "check_target_type",
        "evaluate_print",
    ],
    "imbens.utils.deprecation": ["deprecate_parameter"],
    "imbens.utils.testing": ["all_estimators"],
    "imbens.visualizer": ["ImbalancedEnsembleVisualizer"],
    "imbens.visualizer.visualizer": ["ImbalancedEnsembleVisualizer", "set_ax_border"],
    "imbens": [
        "FunctionSampler",
        "__version__",
        "datasets",
        "ensemble",
        "exceptions",
        "metrics",
        "pipeline",
        "sampler",
        "utils",
        "visualizer",
    ],
}

INTERNAL = "a check of its own arguments, which no script calls; ours are in fit"
NOT_HERE = {
    "imbens.__version__": "steelyard has its own",
    "imbens.exceptions": "its one function is a check of its own arguments",
    "imbens.exceptions.raise_isinstance_error": INTERNAL,
    "imbens.ensemble.base.BaseImbalancedEnsemble": "its inner structure, not ours: subclass "
    "steelyard.kit.ensembles.sampling.SamplingEnsemble",
    "imbens.ensemble.base.ImbalancedEnsembleClassifierMixin": "as BaseImbalancedEnsemble",
    "imbens.sampler.over_sampling.base.BaseOverSampler": "imblearn.over_sampling.base has it",
    "imbens.sampler.under_sampling.base.BaseCleaningSampler": "imblearn.under_sampling.base has it",
    "imbens.sampler.under_sampling.base.BaseUnderSampler": "imblearn.under_sampling.base has it",
    "imbens.utils.check_balancing_schedule": INTERNAL,
    "imbens.utils.check_eval_datasets": INTERNAL,
    "imbens.utils.check_eval_metrics": INTERNAL,
    "imbens.utils.check_target_label_and_n_target_samples": INTERNAL,
    "imbens.utils.deprecation.deprecate_parameter": INTERNAL,
    "imbens.visualizer.visualizer.ImbalancedEnsembleVisualizer": "in imbens.visualizer",
    "imbens.visualizer.visualizer.set_ax_border": "in imbens.utils._plot",
}
# a module a class, whose class is in the folder: imbens.ensemble.under_sampling.rus_boost and such
A_MODULE_EACH = ("compatible", "over_sampling", "reweighting", "under_sampling")


def is_there(module, name):
    try:
        return hasattr(import_module(module.replace("imbens", "steelyard.kit.imbens", 1)), name)
    except ModuleNotFoundError:
        return False


def folder_of(module):
    parts = module.split(".")
    apart = len(parts) == 4 and parts[1] == "ensemble" and parts[2] in A_MODULE_EACH
    return ".".join(parts[:3]) if apart else module


def test_what_is_not_here_is_known():
    missing = {
        f"{module}.{name}"
        for module, names in OLD.items()
        for name in names
        if not is_there(folder_of(module), name)
    }
    assert missing == set(NOT_HERE)


def test_samplers_by_hardness_hand_out_weights_and_the_mask():
    X, y = np.arange(30.0)[:, None], np.repeat([0, 1], [20, 10])
    proba = np.random.default_rng(0).dirichlet(np.ones(2), 30)
    asked = {"y_pred_proba": proba, "classes_": np.array([0, 1]), "encode_map": {0: 0, 1: 1}}
    paced = imbens.sampler.SelfPacedUnderSampler(random_state=0)
    new_X, new_y, weight = paced.fit_resample(X, y, alpha=0.5, sample_weight=X[:, 0], **asked)
    np.testing.assert_array_equal(weight, new_X[:, 0])
    assert np.bincount(new_y).tolist() == [10, 10]
    assert len(paced.fit_resample(X, y, alpha=0.5, **asked)) == 2
    cascade = imbens.sampler.BalanceCascadeUnderSampler(random_state=0)
    asked |= {"dropped_index": np.zeros(30, bool), "keep_populations": {0: 15, 1: 10}}
    new_X, new_y, weight, dropped = cascade.fit_resample(X, y, sample_weight=X[:, 0], **asked)
    np.testing.assert_array_equal(weight, new_X[:, 0])
    assert set(np.flatnonzero(dropped)) == set(np.argsort(-proba[:20, 0])[:5])
    assert len(cascade.fit_resample(X, y, **asked)) == 3
    with pytest.raises(ValueError, match=r"sample_weight must be 30 numbers.*got shape \(5,\)"):
        cascade.fit_resample(X, y, sample_weight=X[:5, 0], **asked)


def test_the_openml_tables_are_refused_with_a_mend():
    with pytest.raises(NotImplementedError, match=r"fetch_openml\(data_id=310"):
        imbens.datasets.fetch_openml_datasets()
