"""Every ensemble does what its name says: costs, members, errors, schedules, weights, watching."""

import numpy as np
import pytest
from imbalanced_tables import (
    BOOSTERS,
    COST_BOOSTERS,
    NAMES,
    average_precision,
    made,
    three_classes,
    two_classes,
)
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import average_precision_score, balanced_accuracy_score, f1_score
from sklearn.tree import DecisionTreeClassifier

from steelyard.kit.ensembles import (
    BalanceCascadeClassifier,
    EasyEnsembleClassifier,
    RUSBoostClassifier,
    SelfPacedEnsembleClassifier,
    UnderBaggingClassifier,
)
from steelyard.kit.ensembles.schedule import Balancing
from steelyard.kit.metrics import calibration_error

STUMP = DecisionTreeClassifier(max_depth=1)


@pytest.mark.parametrize("name", COST_BOOSTERS)
def test_a_cost_matrix_lowers_the_cost_that_it_names(name):
    X, y, X_test, y_test = two_classes(1500, share=0.2, flip=0.15)
    dear = np.array([[0, 1], [15, 0]])
    costs, recalls = [], []
    for matrix in (1 - np.eye(2), dear):
        predicted = made(name, 15).fit(X, y, cost_matrix=matrix).predict(X_test)
        costs.append(dear[y_test, predicted].mean())
        recalls.append((predicted[y_test == 1] == 1).mean())
    assert recalls[1] > recalls[0]
    assert costs[1] < 0.95 * costs[0]


def test_the_three_cost_boosters_are_three_methods_and_adaboost_only_at_equal_costs():
    X, y, X_test, _ = two_classes(800)
    equal, dear = "uniform", [[0, 1], [8, 0]]
    proba = {
        (name, str(cost)): made(name, 8).fit(X, y, cost_matrix=cost).predict_proba(X_test)
        for name in COST_BOOSTERS
        for cost in (equal, dear)
    }
    _, unequal_start, every_round = COST_BOOSTERS
    plain = proba[unequal_start, equal]
    np.testing.assert_allclose(plain, proba[every_round, equal], atol=1e-9)
    for i, name in enumerate(COST_BOOSTERS):
        assert np.abs(proba[name, str(dear)] - plain).max() > 0.05
        for other in COST_BOOSTERS[:i]:
            assert np.abs(proba[name, str(dear)] - proba[other, str(dear)]).max() > 0.05


@pytest.mark.parametrize("name", NAMES)
def test_fifty_members_are_no_worse_than_ten(name):
    X, y, X_test, y_test = two_classes(1500)
    ten, fifty = (average_precision(made(name, n).fit(X, y), X_test, y_test) for n in (10, 50))
    assert fifty > ten - 0.01


@pytest.mark.parametrize("name", BOOSTERS)
@pytest.mark.parametrize("K", [2, 3])
def test_boosters_stay_under_chance_and_do_not_stop_after_one_stump(name, K):
    X, y, X_test, y_test = two_classes(1500)
    if K == 3:
        X_test, y_test = X, y = three_classes()
    scores = []
    for n in (1, 25):
        model = made(name, n, estimator=STUMP).fit(X, y)
        assert len(model.estimators_) == n
        assert (model.estimator_errors_ < 0.5).all()
        assert (model.estimator_weights_ > 0).all()
        one_hot = np.eye(K)[y_test]
        scores.append(average_precision_score(one_hot, model.predict_proba(X_test)))
    assert scores[1] > scores[0] + 0.02


def test_under_sampling_by_hardness_beats_under_sampling_at_random():
    X, y, X_test, y_test = two_classes(6000, share=0.04)

    def macro_f1(model):
        return f1_score(y_test, model.fit(X, y).predict(X_test), average="macro")

    plain = macro_f1(UnderBaggingClassifier(n_estimators=20, random_state=0))
    paced = macro_f1(SelfPacedEnsembleClassifier(n_estimators=20, random_state=0))
    cascade = macro_f1(BalanceCascadeClassifier(n_estimators=20, random_state=0))
    assert paced > plain + 0.02
    assert cascade > plain + 0.02


def test_boosted_members_learn_from_small_subsets_too():
    X, y, X_test, y_test = two_classes(400, share=0.05)
    usual = HistGradientBoostingClassifier(max_iter=25, learning_rate=0.3, early_stopping=False)
    score = [
        average_precision(
            SelfPacedEnsembleClassifier(member, 5, random_state=0).fit(X, y), X_test, y_test
        )
        for member in (usual, "boosting")
    ]
    assert score[1] > score[0] + 0.1


def test_boosting_inside_the_subsets_beats_one_stump_in_each():
    X, y, X_test, y_test = two_classes(1500)
    score = {
        rounds: average_precision(
            EasyEnsembleClassifier(STUMP, 5, n_boosting_rounds=rounds, random_state=0).fit(X, y),
            X_test,
            y_test,
        )
        for rounds in (1, 10)
    }
    assert score[10] > score[1] + 0.05


SAMPLE_TREES = ["UnderBaggingClassifier", "SelfPacedEnsembleClassifier", "BalanceCascadeClassifier"]


@pytest.mark.parametrize("name", SAMPLE_TREES)
def test_members_see_the_rows_that_schedule_and_target_name(name):
    X, y, *_ = two_classes(1000)
    labels = np.where(y == 1, "ill", "healthy")
    n, rare = len(y), int(y.sum())

    def rows(**fit):
        model = made(name, 5, estimator=DecisionTreeClassifier()).fit(X, labels, **fit)
        return [int(tree.tree_.n_node_samples[0]) for tree in model.estimators_]

    assert rows() == [2 * rare] * 5
    assert rows(n_target_samples={"healthy": 200}) == [200 + rare] * 5
    assert rows(n_target_samples=300) == [300 + rare] * 5
    assert rows(target_label="healthy") == [n] * 5
    asked = []

    def schedule(origin, target, member, members):
        asked.append((origin, target, member, members))
        return {"healthy": rare + 10 * (members - member), "ill": rare}

    assert rows(balancing_schedule=schedule) == [2 * rare + 10 * k for k in (5, 4, 3, 2, 1)]
    assert ({"healthy": n - rare, "ill": rare}, {"healthy": rare, "ill": rare}, 2, 5) in asked
    progressive = rows(balancing_schedule="progressive")
    assert progressive[0] == n
    assert progressive[-1] == 2 * rare
    assert np.ptp(np.diff(progressive)) <= 1
    one = made(name, 1).fit(X, labels, balancing_schedule="progressive")
    assert one.member_counts_[0].tolist() == [rare, rare]  # the last member has the target


@pytest.mark.parametrize(
    ("name", "asked", "says"),
    [
        ("UnderBagging", {"target_label": 1, "n_target_samples": 80}, "name two targets"),
        ("UnderBagging", {"n_target_samples": 0}, "whole and at least 1, got 0"),
        ("OverBagging", {"n_target_samples": 500.5}, "whole and at least 1, got 500.5"),
        ("SMOTEBoost", {"n_target_samples": {1: "many"}}, "whole and at least 1, got {1: 'many'}"),
        ("UnderBagging", {"n_target_samples": 901}, "at most the 900 rows of the largest"),
        ("OverBoost", {"n_target_samples": 99}, "at least the 100 rows of the smallest"),
        ("RUSBoost", {"target_label": 2}, r"target 2 is not among the classes \[0, 1\]"),
        ("EasyEnsemble", {"balancing_schedule": "slow"}, "must be uniform, progressive or"),
    ],
)
def test_a_target_that_cannot_be_or_changes_nothing_is_refused(name, asked, says):
    y = np.repeat([0, 1], [900, 100])
    X = np.random.default_rng(0).normal(size=(1000, 2)) + y[:, None]
    with pytest.raises(ValueError, match=says):
        made(f"{name}Classifier", 2).fit(X, y, **asked)


def test_progressive_counts_are_those_that_imbalanced_ensemble_shows():
    from steelyard.kit.imbens.utils._validation_param import _progressive_schedule

    origin, target = {"a": 101, "b": 58, "c": 7}, {"a": 12, "b": 12, "c": 7}
    labels = tuple(origin)
    plan = Balancing(
        labels, np.array([*origin.values()]), np.array([*target.values()]), "progressive"
    )
    for n in (1, 2, 7):
        for i in range(n):
            shown = _progressive_schedule(origin, target, i, n)
            assert plan.counts(i, n).tolist() == [shown[label] for label in labels]


@pytest.mark.parametrize("name", [name for name in NAMES if name not in COST_BOOSTERS])
def test_less_balancing_by_schedule_or_target_makes_the_rare_class_less_likely(name):
    X, y, X_test, _ = two_classes(1500, flip=0.1)
    own = dict(enumerate(np.bincount(y).tolist()))
    asked = [
        {},
        {"balancing_schedule": "progressive"},
        {"balancing_schedule": lambda origin, target, member, members: origin},
        {"n_target_samples": own},
    ]
    models = [made(name, 10).fit(X, y, **fit) for fit in asked]
    balanced, midway, by_schedule, by_target = (
        model.predict_proba(X_test)[:, 1].mean() for model in models
    )
    assert max(by_schedule, by_target) < balanced - 0.02
    assert by_schedule < midway < balanced
    counts = [model.member_counts_ for model in models]
    assert (
        counts[1][0].tolist() == counts[2][0].tolist() == counts[3][-1].tolist() == [*own.values()]
    )
    assert counts[1][-1].tolist() == counts[0][-1].tolist()
    assert counts[0][0].min() == counts[0][0].max()


@pytest.mark.parametrize("name", ["OverBaggingClassifier", "SMOTEBaggingClassifier"])
def test_over_sampled_members_see_the_shares_of_the_target(name):
    X, y, *_ = two_classes(800)
    rare, frequent = int(y.sum()), int((y == 0).sum())
    model = made(name, 3).fit(X, y)
    np.testing.assert_allclose(model.trained_prior_, [0.5, 0.5])
    model = made(name, 3).fit(X, y, n_target_samples={1: 2 * rare})
    np.testing.assert_allclose(model.trained_prior_[1], 2 * rare / (frequent + 2 * rare))


@pytest.mark.parametrize("name", NAMES)
def test_weight_on_a_class_makes_it_likelier_and_weight_zero_is_no_row(name):
    X, y, X_test, _ = two_classes(800, flip=0.1)
    plain = made(name, 5).fit(X, y).predict_proba(X_test)[:, 1].mean()
    heavy = made(name, 5).fit(X, y, np.where(y == 1, 10.0, 1.0)).predict_proba(X_test)[:, 1].mean()
    assert heavy > plain + 0.02
    kept = np.arange(len(y)) % 5 != 0
    without = made(name, 3).fit(X[kept], y[kept]).predict_proba(X_test)
    zero = made(name, 3).fit(X, y, kept.astype(float)).predict_proba(X_test)
    np.testing.assert_array_equal(without, zero)


@pytest.mark.parametrize("name", BOOSTERS)
def test_early_termination_ends_at_a_perfect_member(name):
    X = np.repeat([[0.0], [1.0]], [40, 10], axis=0)
    y = np.repeat([0, 1], [40, 10])
    length = {
        early: len(made(name, 6, early_termination=early, estimator=STUMP).fit(X, y).estimators_)
        for early in (True, False)
    }
    assert length == {True: 1, False: 6}


class CountingTree(DecisionTreeClassifier):
    """A tree that counts how often it is asked."""

    asked = 0

    def predict_proba(self, X, check_input=True):
        type(self).asked += 1
        return super().predict_proba(X, check_input)


@pytest.mark.parametrize("name", NAMES)
def test_kept_predictions_are_those_that_the_model_makes(name):
    X, y, X_test, y_test = two_classes(400)
    metrics = {
        "ap": average_precision_score,
        "balanced": balanced_accuracy_score,
        "macro": (f1_score, {"average": "macro"}),
    }
    model = made(name, 4, prior="train").fit(
        X, y, eval_datasets={"test": (X_test, y_test)}, eval_metrics=metrics
    )
    proba = model.predict_proba(X_test)
    np.testing.assert_allclose(model.eval_proba_["test"], proba, atol=1e-12)
    log = model.evals_result_["test"]
    assert {len(values) for values in log.values()} == {len(model.estimators_)}
    assert log["ap"][-1] == pytest.approx(average_precision_score(y_test, proba[:, 1]))
    assert log["balanced"][-1] == balanced_accuracy_score(y_test, model.predict(X_test))
    assert log["macro"][-1] == f1_score(y_test, model.predict(X_test), average="macro")


def test_watching_costs_one_prediction_a_member(capsys):
    X, y, X_test, y_test = two_classes(300)
    CountingTree.asked = 0
    model = UnderBaggingClassifier(CountingTree(max_depth=2), 12, random_state=0)
    model.fit(X, y, eval_datasets={"test": (X_test, y_test)}, train_verbose=4)
    assert CountingTree.asked == 12
    lines = capsys.readouterr().out.splitlines()
    assert [int(line.split()[0]) for line in lines] == [4, 8, 12]
    assert f"{model.evals_result_['test']['macro_f1'][11]:.4f}" in lines[-1]


# Rows chosen by cluster are no random part of their class, and AdaUBoost gives its costs back
NOT_BY_PRIOR = ["AdaUBoostClassifier", "KMeansSMOTEBoostClassifier"]
PRIOR = [name for name in NAMES if name not in NOT_BY_PRIOR]


@pytest.mark.parametrize("name", PRIOR)
def test_prior_correction_restores_calibration(name):
    X, y, X_test, y_test = two_classes(1500, flip=0.1)
    model = made(name, 10).fit(X, y)
    before = model.predict_proba(X_test)
    after = model.set_params(prior="train").predict_proba(X_test)
    error = [calibration_error(y_test, proba) for proba in (before, after)]
    assert error[1] < 0.95 * error[0]
    # it moves the threshold, never the order
    assert average_precision_score(y_test, after[:, 1]) == pytest.approx(
        average_precision_score(y_test, before[:, 1]), abs=2e-3
    )
    own = model.set_params(prior=model.trained_prior_).predict_proba(X_test)
    np.testing.assert_allclose(own, before, atol=1e-9)


def test_adauboost_gives_its_costs_back_so_that_the_prior_of_the_data_is_its_own():
    X, y, X_test, _ = two_classes(800)
    model = made("AdaUBoostClassifier", 10).fit(X, y)
    np.testing.assert_allclose(model.trained_prior_, np.bincount(y) / len(y))
    before = model.predict_proba(X_test)
    np.testing.assert_allclose(model.set_params(prior="train").predict_proba(X_test), before)
    assert (model.set_params(prior="uniform").predict_proba(X_test)[:, 1] > before[:, 1]).all()


def test_the_first_stump_of_rusboost_is_not_the_last_at_high_ratios():
    X, y, X_test, y_test = two_classes(6000, share=0.02)
    model = RUSBoostClassifier(STUMP, 40, random_state=0).fit(X, y)
    assert len(model.estimators_) == 40
    assert np.unique([tree.tree_.feature[0] for tree in model.estimators_]).size > 2
    assert balanced_accuracy_score(y_test, model.predict(X_test)) > 0.75
