"""Every ensemble and every sampler does right by every kind of table and labels."""

import runpy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array, issparse
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB

from steelyard.kit import ensembles, resampling

pytest.importorskip("imblearn", reason="the samplers are imbalanced-learn's")

# the kinds of input, and what is right by each, are those that the benchmark prints
BENCHMARK = runpy.run_path(str(Path(__file__).parents[3] / "benchmarks" / "inputs.py"))
INPUTS = list(BENCHMARK["inputs"]())
POLARS = [
    "polars", "polars gaps", "polars category", "polars text", "polars dates", "polars labels",
]  # fmt: skip
ALL = [*(name for name in INPUTS if name not in POLARS), *POLARS]
SAMPLERS = list(resampling.SAMPLERS)


def skip_without_polars(name):
    if name in POLARS:
        pytest.importorskip("polars", reason="polars is not installed")


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("kind", ensembles.__all__)
def test_ensembles(kind, name):
    skip_without_polars(name)
    model = BENCHMARK["made"](ensembles, kind, ensemble=True)
    assert BENCHMARK["of_ensemble"](model, name) == ""


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("kind", SAMPLERS)
def test_samplers(kind, name):
    skip_without_polars(name)
    sampler = BENCHMARK["made"](resampling, kind, ensemble=False)
    assert BENCHMARK["of_sampler"](sampler, name) == ""


def test_the_judge_sees_what_is_wrong():
    """An input that is refused, learnt badly or given back as another type is not right."""
    from imblearn.over_sampling import SMOTE
    from sklearn.dummy import DummyClassifier

    assert "learnt little" in BENCHMARK["of_ensemble"](DummyClassifier(), "arrays")
    assert "NaN" in BENCHMARK["of_sampler"](SMOTE(), "gaps")
    assert "without a word" in BENCHMARK["of_ensemble"](DummyClassifier(), "dates")
    assert "cast" in BENCHMARK["of_sampler"](SMOTE(), "nullable")


@pytest.mark.parametrize("kind", SAMPLERS)
def test_samplers_refuse_arrays_of_dates(kind):
    dates = np.arange(480).reshape(240, 2).astype("datetime64[D]")
    sampler = BENCHMARK["made"](resampling, kind, ensemble=False)
    with pytest.raises(ValueError, match=r"X holds datetime64\[D\].*days since a date"):
        sampler.fit_resample(dates, np.arange(240) % 8 == 0)


def test_dates_and_missing_labels_name_the_mend():
    X, y = BENCHMARK["inputs"]()["dates"]
    for one in (ensembles.RUSBoostClassifier().fit, resampling.SMOTE().fit_resample):
        with pytest.raises(ValueError, match=r"column 'c' holds datetime64.*days since a date"):
            one(X, y)
        with pytest.raises(ValueError, match=r"y has no label \(NaN\) in 1 of 240 rows; drop"):
            one(X[["a"]], pd.Series(["x", None, *["y"] * 238]))


@pytest.mark.parametrize("kind", ensembles.__all__)
def test_a_sparse_table_stays_sparse_for_a_learner_that_takes_it(kind):
    X, y = BENCHMARK["inputs"]()["sparse"]
    seen = []

    class Spy(LogisticRegression):
        def fit(self, X, y, sample_weight=None):
            seen.append(issparse(X))
            return super().fit(X, y, sample_weight)

    sparse = getattr(ensembles, kind)(Spy(), n_estimators=3, random_state=0).fit(X, y)
    assert seen
    assert all(seen)
    again = getattr(ensembles, kind)(Spy(), n_estimators=3, random_state=0).fit(X.toarray(), y)
    np.testing.assert_allclose(sparse.predict_proba(X), again.predict_proba(X.toarray()), atol=1e-3)
    with pytest.raises(TypeError, match=r"Sparse data was passed.*dense"):
        getattr(ensembles, kind)(GaussianNB()).fit(X, y)


@pytest.mark.parametrize("kind", ensembles.__all__)
def test_a_sparse_table_gives_the_default_members_what_a_dense_one_does(kind):
    X, y = BENCHMARK["inputs"]()["sparse"]
    sparse, dense = (
        getattr(ensembles, kind)(n_estimators=3, random_state=0).fit(table, y)
        for table in (X, X.toarray())
    )
    np.testing.assert_array_equal(sparse.predict_proba(X), dense.predict_proba(X.toarray()))


def test_without_gaps_and_categories_samplers_choose_imbalanced_learns_rows():
    from imblearn import under_sampling

    X, y = BENCHMARK["inputs"]()["pandas"]
    nullable = X.astype("Float64")
    for name in ("TomekLinks", "EditedNearestNeighbours", "NearMiss", "AllKNN"):
        theirs = getattr(under_sampling, name)()
        theirs.fit_resample(X, y)
        for table in (X, nullable):
            ours = getattr(resampling, name)()
            new_X, _ = ours.fit_resample(table, y)
            np.testing.assert_array_equal(ours.sample_indices_, theirs.sample_indices_)
            pd.testing.assert_frame_equal(
                new_X, table.iloc[ours.sample_indices_].reset_index(drop=True)
            )


def test_a_gap_is_its_columns_median_for_distances_and_stays_a_gap_in_what_is_kept():
    usual = [[0, 0], [1, 0], [2, 0], [2, 0], [3, 0], [9, 0], [3.2, 5]]
    X = np.array([*usual, [2.4, 5], [np.nan, 5]])
    y = np.array([0] * 7 + [1, 0])
    assert np.nanmedian(X[:, 0]) == 2.2  # so the row with the gap is the nearest of the rare one
    sampler = resampling.TomekLinks()
    sampler.fit_resample(X, y)
    assert sampler.sample_indices_.tolist() == [0, 1, 2, 3, 4, 5, 6, 7]
    X[0, 0], X[8, 0] = np.nan, 2.3
    kept, _ = resampling.TomekLinks().fit_resample(X, y)
    assert np.isnan(kept[0, 0])
    assert np.isfinite(kept[1:]).all()


def test_two_categories_are_one_median_deviation_apart():
    from steelyard.kit.resampling.tables import Table

    frame = pd.DataFrame({"x": [0.0, 2.0], "w": [0.0, 6.0], "k": ["u", "v"]})
    Z = Table.of(frame).as_numbers()
    assert np.linalg.norm(Z[0, 2:] - Z[1, 2:]) == pytest.approx(2.0)  # of 1 and 3 the median


def test_synthetic_rows_keep_types_categories_and_ranges():
    rng = np.random.default_rng(0)
    y = (np.arange(120) % 10 == 0).astype(int)
    frame = pd.DataFrame(
        {
            "whole": pd.array(np.where(rng.random(120) < 0.2, None, 50 + 40 * y), dtype="Int64"),
            "yes": pd.array(rng.random(120) < 0.5, dtype="boolean"),
            "small": rng.integers(0, 5, 120).astype(np.int8),
            "half": rng.random(120).astype(np.float32),
            "kind": pd.Categorical(np.where(y, "rare", "usual"), categories=["usual", "x", "rare"]),
            "word": np.where(y, "r", "u").astype(object),
        }
    )
    for sampler in (
        resampling.SMOTE(random_state=0),
        resampling.SMOTENC("auto", random_state=0),
    ):
        if type(sampler).__name__ == "SMOTENC":
            with pytest.raises(ValueError, match="column 'kind' holds categories and must be in"):
                resampling.SMOTENC(["word"]).fit_resample(frame, y)
        new, labels = sampler.fit_resample(frame, y)
        made = new[sampler.sample_is_synthetic_]
        pd.testing.assert_frame_equal(new[~sampler.sample_is_synthetic_], frame)
        assert new.dtypes.tolist() == frame.dtypes.tolist()
        assert labels[sampler.sample_is_synthetic_].all()
        assert len(made) == 120 - 2 * 12
        # gaps counted as the median, 50: new rows lie between it and the rare rows' 90
        assert made["whole"].between(50, 90).all()
        assert not made.isna().any().any()
        assert set(made["kind"]) == {"rare"}
        assert set(made["word"]) == {"r"}
        assert made["small"].between(0, 4).all()


def test_labels_in_words_are_edited_as_numbers_are():
    X, y = BENCHMARK["numbers"]()
    for name in ("EditedNearestNeighbours", "NeighbourhoodCleaningRule", "AllKNN"):
        settings = {} if name == "NeighbourhoodCleaningRule" else {"kind_sel": "mode"}
        first, second = (getattr(resampling, name)(**settings) for _ in range(2))
        first.fit_resample(X, y)
        words = np.array(["a", "b"])[y]
        second.fit_resample(X, words)
        np.testing.assert_array_equal(first.sample_indices_, second.sample_indices_)
        assert set(second.sampling_strategy_) <= {"a", "b"}


def test_sparse_codes_are_the_dense_ones():
    from steelyard.kit.ensembles.binned import Bins

    X = BENCHMARK["inputs"]()["sparse"][0]
    dense = X.toarray()
    np.testing.assert_array_equal(Bins.of(X).codes(X), Bins.of(dense).codes(dense))
    np.testing.assert_array_equal(
        Bins.of(dense).codes(csr_array(X[:3])), Bins.of(X).codes(dense[:3])
    )
