import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from steelyard.core.case import Case
from steelyard.engine import fitting_heads
from steelyard.engine.devices import Device
from steelyard.engine.fitting import load_model
from steelyard.engine.fitting_heads import _mean_and_scale, fit_linear_head, fit_linear_heads
from steelyard.kit.metrics import log_loss


@pytest.fixture(scope="module")
def digits():
    X, target = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(X))
    X, target = X[order].astype(np.float32), target[order].astype(np.int64)
    return (X[:1200], target[:1200]), (X[1200:], target[1200:])


def scikit_learn(X, target, l2, weight=None):
    """The oracle: the same objective, fully converged, on features standardised in float64."""
    mean, scale = X.mean(0, dtype=float), X.std(0, dtype=float)
    scale[scale == 0] = 1
    weight = np.ones(len(X)) if weight is None else weight / weight.mean()
    model = LogisticRegression(C=1 / (l2 * len(X)), max_iter=1000)
    model.fit((X - mean) / scale, target, sample_weight=weight)
    return lambda new: model.predict_proba((new - mean) / scale)


def accuracy(target, proba):
    return (proba.argmax(1) == target).mean()


@pytest.mark.parametrize("l2", [0.1, 0.01, 0.001])
def test_a_linear_head_is_as_good_as_logistic_regression(digits, l2):
    train, (X, target) = digits
    ours = fit_linear_head(*train, 10, l2=l2).predict_proba(X)
    theirs = scikit_learn(*train, l2)(X)
    assert accuracy(target, ours) >= accuracy(target, theirs) - 0.005
    assert log_loss(target, ours) <= log_loss(target, theirs) + 0.01
    assert np.abs(ours - theirs).mean() < 0.003


def test_weighted_rows_agree_with_weighted_logistic_regression(digits):
    (X, target), (new, _) = digits
    weight = np.where(target % 2, 5.0, 0.2)
    ours = fit_linear_head(X, target, 10, l2=0.1, row_weight=weight).predict_proba(new)
    assert np.abs(ours - scikit_learn(X, target, 0.1, weight)(new)).mean() < 0.003
    assert np.abs(ours - scikit_learn(X, target, 0.1)(new)).mean() > 0.02


def test_rows_of_weight_zero_are_as_if_absent(digits):
    (X, target), (new, _) = digits
    X = X.copy()
    X[800:] *= 3  # would move means and deviations, were it seen
    weight = np.r_[np.ones(800), np.zeros(400)]
    masked = fit_linear_head(X, target, 10, l2=0.1, row_weight=weight).predict_proba(new)
    assert np.abs(masked - scikit_learn(X[:800], target[:800], 0.1)(new)).mean() < 0.003


def test_heads_fitted_together_are_those_fitted_alone(digits):
    (X, target), (new, _) = digits
    folds = np.stack([np.arange(len(X)) % 3 != fold for fold in range(3)]).astype(float)
    for weight, head in zip(folds, fit_linear_heads(X, target, 10, folds, l2=0.1)):
        seen = weight > 0
        alone = scikit_learn(X[seen], target[seen], 0.1)(new)
        assert np.abs(head.predict_proba(new) - alone).mean() < 0.003


def test_bfloat16_and_float32_agree_on_many_features(digits, monkeypatch):
    (X, target), (new, _) = digits
    spread = np.random.default_rng(0).standard_normal((64, 300)).astype(np.float32)
    found = []
    for dtype in (torch.bfloat16, torch.float32):
        monkeypatch.setattr(fitting_heads, "pick_device", lambda dtype=dtype: Device("cpu", dtype))
        found.append(fit_linear_head(X @ spread, target, 10).predict_proba(new @ spread))
    assert 0 < np.abs(found[0] - found[1]).mean() < 0.002


def test_a_head_without_rows_is_refused():
    with pytest.raises(ValueError, match="positive weight"):
        fit_linear_heads(np.ones((2, 1)), np.array([0, 1]), 2, np.array([[1, 1], [0, 0]]))


@pytest.mark.parametrize("hidden", [0, 16])
def test_one_seed_one_head_and_another_another(digits, hidden):
    (X, target), (new, _) = digits
    fits = [
        fit_linear_head(X[:300], target[:300], 10, hidden=hidden, random_state=seed)
        for seed in (1, 1, 2)
    ]
    first, same, other = (fit.predict_proba(new) for fit in fits)
    np.testing.assert_array_equal(first, same)
    assert np.abs(first - other).max() > 0


def test_a_hidden_layer_learns_what_a_line_cannot():
    X = np.random.default_rng(0).standard_normal((600, 2)).astype(np.float32)
    target = (X[:, 0] * X[:, 1] > 0).astype(np.int64)
    line = fit_linear_head(X, target, 2, l2=1e-4)
    bent = fit_linear_head(X, target, 2, l2=1e-4, hidden=32)
    assert accuracy(target, line.predict_proba(X)) < 0.65
    assert accuracy(target, bent.predict_proba(X)) > 0.95


def test_gradients_written_out_are_those_of_autograd():
    generator = torch.Generator().manual_seed(0)
    X, target = torch.randn(6, 5, generator=generator), torch.tensor([0, 1, 2, 2, 1, 0])
    share = torch.rand(6, 2, generator=generator)
    for shapes in ([(5, 2, 3), (2, 3)], [(5, 2, 4), (2, 4), (2, 4, 3), (2, 3)]):
        layers = [torch.randn(s, generator=generator).requires_grad_() for s in shapes]
        loss = torch.zeros(())
        for m in range(2):
            out = X @ layers[0][:, m] + layers[1][m]
            if len(layers) > 2:
                out = out.relu() @ layers[2][m] + layers[3][m]
            loss = loss + (share[:, m] * -out.log_softmax(1)[range(6), target]).sum()
        loss.backward()
        with torch.no_grad():
            ours = fitting_heads._gradients(X, target, share, layers)
        for layer, gradient in zip(layers, ours):
            torch.testing.assert_close(gradient, layer.grad)


def test_a_stronger_penalty_makes_smaller_weights_and_flatter_probabilities(digits):
    train, (new, _) = digits
    heads = [fit_linear_head(*train, 10, l2=l2) for l2 in (0.001, 0.1, 10)]
    norms = [head.layers[0].norm().item() for head in heads]
    assert norms[0] > norms[1] > norms[2]
    sure = [head.predict_proba(new).max(1).mean() for head in heads]
    assert sure[0] > sure[1] > sure[2]


def test_without_information_the_class_frequencies_are_predicted():
    X = np.ones((100, 3), np.float32)  # constant features, far from 0 or not
    X[:, 1] = 1e6
    target = np.repeat([0, 1], [90, 10])
    proba = fit_linear_head(X, target, 3).predict_proba(X[:1])
    np.testing.assert_allclose(proba[0], [0.9, 0.1, 0], atol=0.01)


def test_one_row_and_no_new_rows():
    head = fit_linear_head(np.ones((1, 2), np.float32), np.array([1]), 3)
    assert head.predict_proba(np.zeros((0, 2))).shape == (0, 3)
    assert head.predict_proba(np.ones((1, 2))).argmax() == 1


def test_features_far_from_zero_keep_their_spread():
    X = np.float32(4096) + np.random.default_rng(0).standard_normal((500, 2)).astype(np.float32)
    mean, scale = _mean_and_scale(X, torch.ones(1, 500))
    np.testing.assert_allclose(mean[0], X.mean(0, dtype=float), rtol=1e-6)
    np.testing.assert_allclose(scale[0], X.std(0, dtype=float), rtol=1e-4)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 4), st.integers(2, 30))
def test_means_and_deviations_are_those_of_the_rows_seen(seed, n_heads, n_rows):
    rng = np.random.default_rng(seed)
    X = (rng.standard_normal((n_rows, 3)) * 5 + 20).astype(np.float32)
    seen = rng.integers(0, 2, (n_heads, n_rows))
    seen[:, 0] = 1
    mean, scale = _mean_and_scale(X, torch.from_numpy(seen.astype(np.float32)))
    for m in range(n_heads):
        rows = X[seen[m] > 0].astype(float)
        np.testing.assert_allclose(mean[m], rows.mean(0), rtol=1e-4)
        expected = np.where(len(rows) > 1, rows.std(0), 1)
        np.testing.assert_allclose(scale[m], expected, rtol=2e-2)


def test_the_learning_curve_ends_where_the_head_stands(digits):
    train, held = digits
    head = fit_linear_head(*train, 10, l2=0.001)
    curve = head.curve(train, held)
    assert curve.val_loss[-1] == pytest.approx(log_loss(held[1], head.predict_proba(held[0])))
    assert curve.train_loss[-1] < curve.train_loss[0]
    assert np.all(np.diff(curve.steps) > 0)
    assert len(curve.steps) > 10
    assert curve.train_score[-1] > 0.97


@pytest.mark.parametrize("hidden", [0, 8])
def test_a_saved_head_answers_the_same_and_holds_no_pickle(digits, tmp_path, hidden):
    train, (new, _) = digits
    head = fit_linear_head(*train, 10, hidden=hidden)
    head.save(Case(tmp_path), "model")
    assert {p.name for p in (tmp_path / "model").iterdir()} == {"network.safetensors", "model.json"}
    again = load_model(tmp_path / "model")
    np.testing.assert_array_equal(again.predict_proba(new), head.predict_proba(new))
    assert again.curve(train, train) is None
