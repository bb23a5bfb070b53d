"""Cleaning samplers: the very rows of imbalanced-learn's, whatever ties, copies and classes."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imblearn import under_sampling
from imblearn.utils.estimator_checks import parametrize_with_checks
from sklearn.neighbors import NearestNeighbors

from steelyard.kit import resampling
from steelyard.kit.resampling import distances, neighbours, surrounded, worthwhile

KINDS = ("normal", "grid", "copies", "a few copies", "tenths", "far off", "outliers")
STRATEGIES = ("auto", "all", "majority", "not majority", "not minority")
CHANGES = {
    worthwhile: {"LEAST_ROWS": 1, "LEAST_COLUMNS": 1},
    distances: {"COLUMNS_AT_ONCE": 64, "PAIRS_AT_ONCE": 50},
    neighbours: {"ROWS_AT_ONCE": 32, "MOST_HITS": 100},
    surrounded: {"ROWS_AT_ONCE": 32, "LEAF_ROWS": 16},
}
BLOCKS = {m: {name: getattr(m, name) for name in CHANGES[m]} for m in CHANGES}


@pytest.fixture(autouse=True, scope="module")
def small_blocks():
    """Small tables take the fast way too, in several blocks."""
    with pytest.MonkeyPatch.context() as patch:
        for module, changes in CHANGES.items():
            for name, value in changes.items():
                patch.setattr(module, name, value)
        yield


def drawn_table(seed, rows, columns, classes, kind, dtype):
    rng = np.random.default_rng(seed)
    share = rng.dirichlet(np.full(classes, 1.5))
    y = np.append(np.arange(classes), rng.choice(classes, rows - classes, p=share))
    if kind == "grid":
        X = rng.integers(0, 3, (rows, columns)).astype(float)
    elif kind == "copies":
        X = rng.normal(size=(max(rows // 4, 2), columns))[rng.integers(0, max(rows // 4, 2), rows)]
    elif kind == "a few copies":
        X = rng.normal(size=(rows, columns))
        X[rng.integers(0, rows, 9)] = X[rng.integers(0, rows, 9)]
    elif kind == "tenths":  # equal by right, unequal by rounding
        X = rng.integers(-9, 10, (rows, columns)) / 10 + 0.3
    elif kind == "far off":  # most digits are the same, scikit-learn's distances are mostly noise
        X = rng.normal(size=(rows, columns)) + 1e6
    elif kind == "outliers":
        X = rng.standard_cauchy(size=(rows, columns)) ** 3
    else:
        X = rng.normal(size=(rows, columns)) + rng.normal(size=(classes, columns))[y]
    return X.astype(dtype), y


TABLES = st.builds(
    drawn_table,
    seed=st.integers(0, 2**32 - 1),
    rows=st.sampled_from([40, 150, 400]),
    columns=st.sampled_from([1, 2, 5, 16, 20]),
    classes=st.sampled_from([2, 2, 3, 5]),
    kind=st.sampled_from(
        ["normal", "grid", "copies", "a few copies", "tenths", "far off", "outliers"]
    ),
    dtype=st.sampled_from([np.float64, np.float64, np.float32, np.int64]),
)


def assert_the_same_rows(name, X, y, **parameters):
    ours = getattr(resampling, name)(**parameters)
    theirs = getattr(under_sampling, name)(**parameters)
    try:
        expected = theirs.fit_resample(X, y)
    except ValueError as error:
        with pytest.raises(ValueError, match=re.escape(str(error))):
            ours.fit_resample(X, y)
        return
    found = ours.fit_resample(X, y)
    np.testing.assert_array_equal(ours.sample_indices_, theirs.sample_indices_)
    for mine, given_ in zip(found, expected):
        np.testing.assert_array_equal(mine, given_)
        assert mine.dtype == given_.dtype


@settings(max_examples=150, deadline=None)
@given(table=TABLES, strategy=st.sampled_from(STRATEGIES))
def test_tomek_links(table, strategy):
    assert_the_same_rows("TomekLinks", *table, sampling_strategy=strategy)


@settings(max_examples=150, deadline=None)
@given(
    table=TABLES,
    strategy=st.sampled_from(STRATEGIES),
    kind_sel=st.sampled_from(["all", "mode"]),
    n_neighbors=st.sampled_from([1, 2, 3, 4, 7]),
)
def test_edited_nearest_neighbours(table, **parameters):
    parameters["sampling_strategy"] = parameters.pop("strategy")
    assert_the_same_rows("EditedNearestNeighbours", *table, **parameters)


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(["RepeatedEditedNearestNeighbours", "AllKNN"]),
    table=TABLES,
    kind_sel=st.sampled_from(["all", "mode"]),
    strategy=st.sampled_from(STRATEGIES),
)
def test_repeated_editing(name, table, kind_sel, strategy):
    assert_the_same_rows(name, *table, kind_sel=kind_sel, sampling_strategy=strategy)


@settings(max_examples=40, deadline=None)
@given(table=TABLES, threshold=st.sampled_from([0.5, 2.0]), n_neighbors=st.sampled_from([1, 3, 6]))
def test_neighbourhood_cleaning(table, threshold, n_neighbors):
    facts = {"threshold_cleaning": threshold, "n_neighbors": n_neighbors}
    assert_the_same_rows("NeighbourhoodCleaningRule", *table, **facts)


@settings(max_examples=60, deadline=None)
@given(
    table=TABLES,
    seed=st.integers(0, 99),
    n_seeds=st.sampled_from([1, 5]),
    strategy=st.sampled_from(STRATEGIES),
)
def test_one_sided_selection(table, seed, n_seeds, strategy):
    facts = {"random_state": seed, "n_seeds_S": n_seeds, "sampling_strategy": strategy}
    assert_the_same_rows("OneSidedSelection", *table, **facts)


@settings(max_examples=150, deadline=None)
@given(
    table=TABLES,
    version=st.sampled_from([1, 2, 2, 2, 3]),
    n_neighbors=st.sampled_from([1, 3, 9]),
    strategy=st.sampled_from(STRATEGIES),
)
@pytest.mark.filterwarnings("ignore:The number of the samples to be selected:UserWarning")
def test_near_miss(table, version, n_neighbors, strategy):
    facts = {"version": version, "n_neighbors": n_neighbors, "sampling_strategy": strategy}
    assert_the_same_rows("NearMiss", *table, **facts)


@pytest.mark.parametrize("name", ["TomekLinks", "EditedNearestNeighbours", "NearMiss"])
@pytest.mark.parametrize("form", ["list", "callable", "dict", "float"])
def test_other_forms_of_the_strategy(name, form):
    X, y = drawn_table(0, 300, 20, 2 if form == "float" else 3, "normal", float)
    forms = {
        "list": [0, 2],
        "callable": lambda y: dict.fromkeys(range(2), int(np.bincount(y).min())),
        "dict": dict.fromkeys(range(2), int(np.bincount(y).min())),
        "float": 0.9,
    }
    version = {"version": 2} if name == "NearMiss" else {}
    assert_the_same_rows(name, X, y, sampling_strategy=forms[form], **version)


@pytest.mark.parametrize("kind", ["a few copies", "tenths", "grid"])
def test_ties_over_many_of_scikit_learns_blocks(kind, monkeypatch):
    for module, changes in BLOCKS.items():
        for name, value in changes.items():
            monkeypatch.setattr(module, name, value)
    X, y = drawn_table(1, 6000, 16, 2, kind, float)
    X[:, 0] = np.where(np.arange(6000) < 300, X[:, 0], 10 * np.arange(6000))  # few can be tied
    for name in ("TomekLinks", "EditedNearestNeighbours"):
        assert_the_same_rows(name, X, y)
    assert_the_same_rows("NearMiss", X, y, version=2)


def test_most_rows_are_settled_without_scikit_learn(monkeypatch):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(3000, 20)), (np.arange(3000) < 150).astype(int)
    X[:150] += 1.0

    def never(*_):
        raise AssertionError("no distances are tied")

    monkeypatch.setattr(NearestNeighbors, "kneighbors", never)
    assert resampling.TomekLinks().fit_resample(X, y)[1].size < 3000
    assert resampling.EditedNearestNeighbours().fit_resample(X, y)[1].size < 3000
    assert resampling.NearMiss(version=2).fit_resample(X, y)[1].size == 300


def test_an_estimator_or_sparse_rows_go_the_long_way():
    from scipy.sparse import csr_array

    X, y = drawn_table(2, 200, 20, 2, "normal", float)
    manhattan = NearestNeighbors(n_neighbors=4, metric="manhattan")
    assert_the_same_rows("EditedNearestNeighbours", X, y, n_neighbors=manhattan)
    ours, theirs = resampling.TomekLinks(), under_sampling.TomekLinks()
    ours.fit_resample(csr_array(X), y), theirs.fit_resample(csr_array(X), y)
    np.testing.assert_array_equal(ours.sample_indices_, theirs.sample_indices_)


def test_the_builders_use_our_editing():
    X, y = drawn_table(3, 200, 20, 2, "normal", float)
    for name in ("RepeatedEditedNearestNeighbours", "AllKNN", "NeighbourhoodCleaningRule"):
        sampler = getattr(resampling, name)()
        sampler.fit_resample(X, y)
        inner = getattr(sampler, "enn_", None) or sampler.edited_nearest_neighbours_
        assert type(inner) is resampling.EditedNearestNeighbours


SAMPLERS = [
    resampling.TomekLinks(),
    resampling.EditedNearestNeighbours(),
    resampling.RepeatedEditedNearestNeighbours(),
    resampling.AllKNN(),
    resampling.NeighbourhoodCleaningRule(),
    resampling.OneSidedSelection(random_state=42),
    *(resampling.NearMiss(version=version) for version in (1, 2, 3)),
]


def known_failures(sampler):
    if getattr(sampler, "version", 0) != 3:
        return {}
    return {"check_samplers_fit_resample": "imbalanced-learn's own: too few rows to choose from"}


CHECKS = parametrize_with_checks(SAMPLERS, expected_failed_checks=known_failures)


# pytest warns of the generator that the decorator itself hands over
@pytest.mark.parametrize(("estimator", "check"), list(CHECKS.args[1]), **CHECKS.kwargs)
@pytest.mark.filterwarnings("ignore")  # the checks' own tables provoke them
def test_imbalanced_learns_checks(estimator, check):
    check(estimator)
