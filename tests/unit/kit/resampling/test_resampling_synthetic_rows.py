"""Over-samplers say which rows they made up, and are otherwise imbalanced-learn's."""

import sys

import numpy as np
import pytest
from imblearn import over_sampling

from steelyard.core.errors import UserError
from steelyard.kit import resampling


@pytest.mark.parametrize("name", ["SMOTE", "BorderlineSMOTE", "ADASYN", "SMOTENC"])
def test_the_synthetic_rows_are_those_that_were_not_given(name):
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1, 2], [60, 25, 12])
    X = rng.normal(size=(97, 3)) + y[:, None]
    facts = {"random_state": 0}
    if name == "SMOTENC":
        X[:, 2] = rng.integers(0, 3, 97)
        facts["categorical_features"] = [2]
    ours, theirs = getattr(resampling, name)(**facts), getattr(over_sampling, name)(**facts)
    new_X, new_y = ours.fit_resample(X, y)
    np.testing.assert_array_equal(new_X, theirs.fit_resample(X, y)[0])
    synthetic = ours.sample_is_synthetic_
    assert synthetic.shape == new_y.shape
    np.testing.assert_array_equal(new_X[~synthetic], X)
    np.testing.assert_array_equal(new_y[~synthetic], y)
    given = {tuple(row) for row in X}
    assert not any(tuple(row) in given for row in new_X[synthetic])
    assert set(new_y[synthetic]) <= {1, 2}


def test_without_imbalanced_learn_the_mend_is_named(monkeypatch):
    monkeypatch.delitem(sys.modules, "steelyard.kit.resampling.tomek_links", raising=False)
    monkeypatch.setitem(sys.modules, "imblearn", None)
    with pytest.raises(UserError, match="TomekLinks needs imbalanced-learn") as raised:
        resampling.TomekLinks  # noqa: B018
    assert 'pip install "steelyard[resample]"' in str(raised.value)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        resampling.Nothing  # noqa: B018
