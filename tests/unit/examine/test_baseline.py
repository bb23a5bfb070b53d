"""Which base for which data, and what tuned-base may choose from."""

import numpy as np
import pytest

from steelyard.core.exam import Curve
from steelyard.core.learners import TABLES
from steelyard.engine.crossfit import OutOfFold
from steelyard.engine.planning import plan
from steelyard.examine.baseline import (
    FEW_ROWS,
    FOREST,
    LINEAR_HEAD,
    LOGISTIC,
    SMALL_CNN,
    base_recipe,
    boosting,
    tuning_candidates,
)
from steelyard.examine.measuring import measure
from steelyard.intake import from_arrays

RNG = np.random.default_rng(0)


def table(n=60, k=2, kind="table"):
    return from_arrays(RNG.normal(size=(n, 3)), np.arange(n) % k, kind=kind)


# ----------------------------------------------------------------------- the base
def test_the_number_of_rare_rows_decides_the_family():
    """DESIGN section 6: under 50 rows in the smallest class a forest, else boosting."""
    data = table()
    assert base_recipe(data, FEW_ROWS - 1) == FOREST
    assert base_recipe(data, FEW_ROWS) == boosting(2)
    assert FEW_ROWS == 50
    assert FOREST.model.params["min_samples_leaf"] >= 5


def test_no_forest_on_more_rows_than_it_is_worth():
    assert base_recipe(table(20_001), 2) == boosting(2)


def test_features_get_a_head_and_images_what_was_asked_for():
    assert base_recipe(table(kind="features"), 5) == LINEAR_HEAD
    pixels = RNG.integers(0, 255, (8, 4, 4, 3), dtype=np.uint8)
    images = from_arrays(pixels, np.arange(8) % 2)
    assert base_recipe(images, 4) == LINEAR_HEAD
    assert base_recipe(images, 4, network="small-cnn") == SMALL_CNN


def test_boosting_of_many_classes_has_fewer_rounds_and_never_too_few():
    rounds = [boosting(k).optim.params["max_iter"] for k in (2, 10, 20, 50, 1000)]
    assert rounds == [100, 100, 50, 20, 20]


# --------------------------------------------------------------------- candidates
@pytest.mark.parametrize(
    "base", [FOREST, LOGISTIC, boosting(3), boosting(3, "xgboost"), LINEAR_HEAD, SMALL_CNN], ids=str
)
def test_tuned_base_treats_no_illness(base):
    """Other settings and families only: the loss, the sampler and the rule stay as they are."""
    candidates = tuning_candidates(base, 3, 500)
    assert base not in candidates
    assert len({c.key for c in candidates}) == len(candidates) >= 3
    for candidate in candidates:
        assert base.changed_slots(candidate) <= {"model", "optim"}


def test_tuned_base_may_choose_the_other_family():
    def families(base, n_rows):
        return {c.model.name for c in tuning_candidates(base, 2, n_rows)}

    assert "hist-gradient-boosting" in families(FOREST, 500)
    assert "forest" in families(boosting(2), 20_000)
    assert "forest" not in families(boosting(2), 20_001)


def test_with_few_rare_rows_larger_leaves_and_logistic_regression_go_first():
    first = tuning_candidates(FOREST, 2, 500)[:3]
    assert LOGISTIC in first
    leaves = [c.model.params["min_samples_leaf"] for c in first if c != LOGISTIC]
    assert len(leaves) == 2
    assert min(leaves) >= 5
    assert boosting(2) not in first


def test_from_fifty_rare_rows_on_boosting_goes_first():
    assert tuning_candidates(boosting(2), 2, 500)[0].model == boosting(2).model


def test_of_many_classes_forests_are_told_first():
    assert tuning_candidates(FOREST, 20, 500)[3] == boosting(20)
    assert tuning_candidates(FOREST, 21, 500)[-1] == boosting(21)


@pytest.mark.parametrize("learner", TABLES)
def test_the_learner_that_was_asked_for_is_the_base(learner):
    base = base_recipe(table(), 5, learner=learner)
    assert base.model.name == learner
    changed = {slot for c in tuning_candidates(base, 2, 500) for slot in base.changed_slots(c)}
    assert changed == {"model", "optim"}


# ------------------------------------------------------------------------ measuring
def test_the_exam_holds_the_work_rows_and_only_counts_of_the_test():
    data = table(60, 3)
    work, test = np.arange(40), np.arange(40, 60)
    curve = Curve(*np.zeros((5, 2)))
    runs = [OutOfFold(np.full((40, 3), value), 1.0, (curve,)) for value in (0.2, 0.4)]
    folds = np.stack([np.arange(40) % 5] * 2)
    exam = measure(
        data, work, test, goal="kappa", prior=None, base=runs, folds=folds, model="forest"
    )
    np.testing.assert_array_equal(exam.target, data.target[:40])
    assert exam.proba.shape == (2, 40, 3)
    np.testing.assert_allclose(exam.mean_proba, 0.3)
    assert len(exam.curves) == 2
    assert exam.counts.tolist() == [14, 13, 13]
    assert exam.test_counts.tolist() == [6, 7, 7]
    assert exam.splits == data.split_labels
    assert exam.n_features == 3


def test_without_a_base_there_are_no_predictions():
    data = table()
    exam = measure(
        data, np.arange(60), np.arange(0), goal="kappa", prior=None, base=[], folds=None, model=""
    )
    assert (exam.proba, exam.fold, exam.curves) == (None, None, ())
    assert exam.test_counts.tolist() == [0, 0]


# ------------------------------------------------------------------------- planning
@pytest.mark.parametrize("model", ["hist-gradient-boosting", "forest", "linear-head"])
@pytest.mark.parametrize("thorough", [True, False])
def test_more_columns_or_classes_never_mean_more_rows(model, thorough):
    rows = [
        [plan(model, 10**6, d, k, thorough=thorough).max_rows for d in (0, 1, 10, 100, 10**5)]
        for k in (2, 3, 10, 1000)
    ]
    assert (np.diff(rows, axis=0) <= 0).all()
    assert (np.diff(rows, axis=1) <= 0).all()
    assert np.min(rows) >= 20_000


def test_folds_are_fewer_only_where_rows_are_plenty():
    def folds(n):
        return plan("forest", n, 5, 2, thorough=True).n_folds

    assert [folds(n) for n in (10, 99_999, 100_000, 10**7)] == [5, 5, 3, 3]


def test_a_treatment_sees_at_least_what_an_examination_sees():
    for columns in (1, 30, 300):
        seen = [
            plan("hist-gradient-boosting", 10**6, columns, 2, thorough=thorough).max_rows
            for thorough in (False, True)
        ]
        assert seen[0] <= seen[1]
