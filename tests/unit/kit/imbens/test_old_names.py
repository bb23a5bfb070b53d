"""Every old ensemble: its parameters, its attributes, and what is no longer there."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.datasets import make_classification
from sklearn.svm import LinearSVC

from steelyard.kit import ensembles
from steelyard.kit.imbens import ensemble, visualizer
from steelyard.kit.imbens.utils.testing import all_estimators

NAMES = [name for name in ensemble.__all__ if name[0].isupper()]


@pytest.fixture(scope="module")
def table():
    return make_classification(
        400, 6, n_informative=4, weights=[0.85], class_sep=1.5, random_state=0
    )


def test_there_are_sixteen():
    assert len(NAMES) == 16
    assert [n for n, _ in all_estimators("ensemble")] == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_old_attributes_and_clones(name, table):
    X, y = table
    model = getattr(ensemble, name)(n_estimators=3, random_state=0)
    assert clone(model).get_params() == model.get_params()
    assert model.fit(X, y, eval_datasets={"half": (X[:200], y[:200])}) is model
    assert model.__name__ == name
    assert model.origin_distr_ == {0: (y == 0).sum(), 1: (y == 1).sum()}
    assert set(model.target_distr_) == {0, 1}
    assert model.n_classes_ == 2
    assert hasattr(model.base_estimator_, "predict_proba")
    assert model.estimators_n_training_samples_.shape == (len(model.estimators_),)
    assert set(model.eval_datasets_) == set(model.evals_result_) == {"train", "half"}
    assert set(model.evals_result_["half"]) == {"acc", "balanced_acc", "weighted_f1"}
    accuracy = (model.predict(X[:200]) == y[:200]).mean()
    assert model.evals_result_["half"]["acc"][-1] == pytest.approx(accuracy)
    assert accuracy > 0.7


@pytest.mark.parametrize("name", [n for n in NAMES if n != "BalancedRandomForestClassifier"])
def test_a_base_by_either_name_and_without_probabilities(name, table):
    X, y = table
    kind = getattr(ensemble, name)
    by_name = [
        kind(n_estimators=3, random_state=0, **{key: LinearSVC()}).fit(X, y)
        for key in ("estimator", "base_estimator")
    ]
    first, second = (model.predict_proba(X) for model in by_name)
    np.testing.assert_array_equal(first, second)
    right = by_name[0].predict(X) == y
    assert max(right.mean(), right[y == 1].mean()) > 0.6
    with pytest.raises(ValueError, match="older name"):
        kind(LinearSVC(), base_estimator=LinearSVC()).fit(X, y)


@pytest.mark.parametrize("kind", [ensemble.UnderBaggingClassifier, ensemble.SMOTEBaggingClassifier])
def test_parts_of_rows_and_columns(kind, table):
    X, y = table
    model = kind(n_estimators=6, max_features=0.5, max_samples=0.5, random_state=0).fit(X, y)
    assert {len(member.columns_) for member in model.estimators_} == {3}
    assert len({tuple(member.columns_) for member in model.estimators_}) > 1
    assert (model.predict(X) == y).mean() > 0.7
    whole = kind(n_estimators=6, random_state=0).fit(X, y)
    assert (model.predict_proba(X) != whole.predict_proba(X)).any()
    with pytest.raises(ValueError, match="max_features must be 1 to 6 or a share"):
        kind(max_features=7).fit(X, y)


def test_settings_of_the_forests_trees_are_theirs(table):
    X, y = table
    forest = ensemble.BalancedRandomForestClassifier(5, max_depth=1, random_state=0).fit(X, y)
    assert {member.get_depth() for member in forest.estimators_} == {1}
    drawn = ensemble.BalancedRandomForestClassifier(5, bootstrap=False, random_state=0).fit(X, y)
    assert not np.array_equal(forest.predict_proba(X), drawn.predict_proba(X))


def test_clusters_by_number_or_by_a_k_means():
    kind = ensemble.KmeansSMOTEBoostClassifier
    assert kind().n_clusters == 8
    assert kind(kmeans_estimator=3).n_clusters == kind(kmeans_estimator=KMeans(3)).n_clusters == 3


def test_bagging_balances_nothing_and_adaboost_reads_no_cost(table):
    X, y = table
    bagging = ensemble.CompatibleBaggingClassifier(n_estimators=3, random_state=0).fit(X, y)
    assert bagging.member_counts_.tolist() == [np.bincount(y).tolist()] * 3
    boosting = ensemble.CompatibleAdaBoostClassifier(n_estimators=3, random_state=0).fit(X, y)
    same = ensemble.AdaUBoostClassifier(n_estimators=3, random_state=0).fit(X, y, beta="uniform")
    np.testing.assert_allclose(boosting.predict_proba(X), same.predict_proba(X))


def test_adauboost_reads_one_number_a_class(table):
    X, y = table
    labels, ratio = np.array(["well", "ill"])[y], (y == 0).sum() / (y == 1).sum()

    def model(**fit):
        return ensemble.AdaUBoostClassifier(n_estimators=5, random_state=0).fit(X, labels, **fit)

    assert model().beta_ == pytest.approx({"ill": ratio, "well": 1})
    assert model(beta="log1p-inverse").beta_["ill"] == pytest.approx(np.log1p(ratio))
    asked = model(beta={"ill": 3 * ratio, "well": 3})  # only their ratio counts
    np.testing.assert_allclose(asked.predict_proba(X), model().predict_proba(X))
    np.testing.assert_allclose(asked.cost_matrix_, [[0, 1], [1 / ratio, 0]])
    assert not np.allclose(model(beta={"ill": 9 * ratio, "well": 1}).predict_proba(X),
                           asked.predict_proba(X))  # fmt: skip
    for wrong in ({"ill": 1.0}, "cheap"):
        with pytest.raises(ValueError, match="beta must"):
            model(beta=wrong)


def test_the_cost_of_asymboost_is_the_ratio_and_not_its_square(table):
    X, ratio = table[0], 4  # whose root is exact, so that no split is decided by rounding
    y = (X[:, 0] + X[:, 1] > np.quantile(X[:, 0] + X[:, 1], 0.8)).astype(int)
    old = ensemble.AsymBoostClassifier(n_estimators=5, random_state=0)
    ours = ensembles.AsymBoostClassifier(n_estimators=5, random_state=0).fit(X, y)
    for told in ({}, {"cost_matrix": [[1, ratio], [1 / ratio, 1]]}):
        np.testing.assert_allclose(
            old.fit(X, y, **told).predict_proba(X), ours.predict_proba(X), atol=1e-9
        )
        np.testing.assert_allclose(old.cost_matrix_, [[1, ratio], [1 / ratio, 1]])
    with pytest.raises(ValueError, match="not negative"):
        old.fit(X, y, cost_matrix=[[1, -1], [1, 1]])


@pytest.mark.parametrize(
    ("name", "settings", "says"),
    [
        ("UnderBaggingClassifier", {"oob_score": True}, "oob_score must be False.*cross-valid"),
        ("BalancedRandomForestClassifier", {"class_weight": "balanced"}, "class_weight must be"),
        ("SelfPacedEnsembleClassifier", {"estimator_params": ("a",)}, "estimator_params must be"),
        ("RUSBoostClassifier", {"algorithm": "other"}, "algorithm must be SAMME"),
    ],
)
def test_what_is_no_longer_there_is_said(name, settings, says, table):
    X, y = table
    with pytest.raises(ValueError, match=says):
        getattr(ensemble, name)(**settings).fit(X, y)


def test_a_log_takes_no_other_key(table):
    X, y = table
    with pytest.raises(ValueError, match=r"train_verbose takes granularity.* got 'print_all'"):
        ensemble.RUSBoostClassifier().fit(X, y, train_verbose={"print_all": True})


def test_the_visualizer_asks_for_what_it_needs(table):
    X, y = table
    plain = visualizer.ImbalancedEnsembleVisualizer()
    with pytest.raises(ValueError, match="before a plot"):
        plain.performance_lineplot()
    with pytest.raises(ValueError, match="name -> fitted ensemble"):
        plain.fit({})
    from sklearn.ensemble import RandomForestClassifier

    forest = RandomForestClassifier(5, random_state=0).fit(X, y)
    with pytest.raises(ValueError, match="eval_datasets must be given"):
        plain.fit({"forest": forest})
    ours = ensemble.UnderBaggingClassifier(n_estimators=5, random_state=0).fit(X, y)
    both = plain.fit({"ours": ours, "forest": forest})
    assert both.perf_dataframe_.groupby("method").size().to_dict() == {"forest": 15, "ours": 15}
    with pytest.raises(ValueError, match=r"on_ensembles must be of \['ours', 'forest'\]"):
        both.performance_lineplot(on_ensembles=["oak"])
