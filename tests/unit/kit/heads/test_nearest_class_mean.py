"""Nearest class mean: by hand, against scikit-learn's discriminant analysis, and its edges."""

import copy

import numpy as np
import pytest
import torch
from scipy.special import ive
from sklearn.covariance import ledoit_wolf
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.neighbors import NearestCentroid

from steelyard.kit.heads import NearestClassMean
from steelyard.kit.heads.class_statistics import (
    ledoit_wolf_shrinkage,
    residuals,
    shrunk_covariance,
)

DISTANCES = ["euclidean", "cosine", "mahalanobis"]


def gaussians(counts, d=5, seed=0):
    """Rows of correlated normal classes, far from the origin; float64 tensors."""
    rng = np.random.default_rng(seed)
    target = np.repeat(np.arange(len(counts)), counts)
    centres, mix = 3 + rng.normal(size=(len(counts), d)), rng.normal(size=(d, d))
    X = centres[target] + rng.normal(size=(target.size, d)) @ mix
    return torch.from_numpy(X), torch.from_numpy(target)


def log_proba(head, X):
    return head(X).log_softmax(dim=1).numpy()


@pytest.mark.parametrize("shrinkage", [0.0, 0.2, 1.0])
def test_even_classes_agree_with_discriminant_analysis_of_equal_priors(shrinkage):
    X, target = gaussians([20, 20, 20])
    lda = LinearDiscriminantAnalysis(
        solver="lsqr", shrinkage=shrinkage, priors=np.full(3, 1 / 3)
    ).fit(X.numpy(), target.numpy())
    ours = NearestClassMean.fit(X, target, 3, distance="mahalanobis", shrinkage=shrinkage)
    # scikit-learn divides the covariance by N, we by N - K
    theirs = lda.decision_function(X.numpy()) * 57 / 60
    theirs -= np.log(np.exp(theirs).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(log_proba(ours, X), theirs, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("counts", [[60, 10, 3], [40, 5, 2, 2]])
def test_a_long_tail_shares_the_covariance_of_all_rows(counts):
    X, target = gaussians(counts)
    n, k = len(X), len(counts)
    # With the priors of the rows scikit-learn pools them all; its intercept holds the prior.
    lda = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.3).fit(X.numpy(), target.numpy())
    theirs = lda.decision_function(X.numpy()) - np.log(lda.priors_)
    theirs *= (n - k) / n
    theirs -= np.log(np.exp(theirs).sum(axis=1, keepdims=True))
    ours = NearestClassMean.fit(X, target, k, distance="mahalanobis", shrinkage=0.3)
    np.testing.assert_allclose(log_proba(ours, X), theirs, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize(("counts", "d"), [([60, 10, 3], 5), ([4, 3], 30), ([500, 500], 2)])
def test_the_shrinkage_is_ledoit_and_wolfs(counts, d):
    X, target = gaussians(counts, d)
    stray, n_free = residuals(X, target, len(counts))
    theirs, shrinkage = ledoit_wolf(stray.numpy(), assume_centered=True)
    assert ledoit_wolf_shrinkage(stray, stray.T @ stray) == pytest.approx(shrinkage, rel=1e-9)
    ours = shrunk_covariance(stray, n_free).numpy()
    np.testing.assert_allclose(ours, theirs * len(X) / n_free, rtol=1e-9)


def test_variance_is_unbiased_however_short_the_tail():
    spread = []
    for seed in range(400):
        rng = torch.Generator().manual_seed(seed)
        stray, n_free = residuals(
            torch.randn(9, 1, generator=rng), torch.tensor([0, 0, 0, 0, 1, 1, 2, 3, 4]), 6
        )
        assert n_free == 4
        spread.append(stray.square().sum().item() / n_free)
    assert np.mean(spread) == pytest.approx(1, abs=4 * (2 / 4 / 400) ** 0.5)


def test_euclidean_is_the_nearest_centroid_and_its_softmax_that_of_normal_classes():
    X, target = gaussians([60, 10, 3])
    new, _ = gaussians([30, 30, 30], seed=1)
    head = NearestClassMean.fit(X, target, 3)
    nearest = NearestCentroid().fit(X.numpy(), target.numpy())
    assert (head(new).argmax(dim=1).numpy() == nearest.predict(new.numpy())).all()
    means = torch.stack([X[target == k].mean(dim=0) for k in range(3)])
    variance = (X - means[target]).square().sum() / ((73 - 3) * 5)
    distances = torch.cdist(new, means).square()
    want = (-distances / (2 * variance)).log_softmax(dim=1).numpy()
    np.testing.assert_allclose(log_proba(head, new), want, rtol=1e-7, atol=1e-9)


def test_euclidean_is_mahalanobis_shrunk_all_the_way():
    X, target = gaussians([60, 10, 3])
    one = NearestClassMean.fit(X, target, 3)
    other = NearestClassMean.fit(X, target, 3, distance="mahalanobis", shrinkage=1.0)
    torch.testing.assert_close(one(X), other(X))


def test_cosine_by_hand():
    # Directions of class 0 at +-30 degrees of the x axis, of class 1 at +-30 of the y axis.
    angles = torch.tensor([30.0, -30.0, 60.0, 120.0], dtype=torch.float64).deg2rad()
    X = torch.stack([angles.cos(), angles.sin()], dim=1) * torch.tensor([[1], [5], [2], [9]])
    head = NearestClassMean.fit(X, torch.tensor([0, 0, 1, 1]), 2, distance="cosine")
    length = 1 - 4 * (1 - np.cos(np.pi / 6)) / (4 - 2)
    kappa = length * (2 - length**2) / (1 - length**2)
    at = head(torch.tensor([[3.0, 0.0], [0.6, 0.8]], dtype=torch.float64))
    want = kappa * torch.tensor([[1.0, 0.0], [0.6, 0.8]], dtype=torch.float64)
    torch.testing.assert_close(at, want)


@pytest.mark.parametrize(("kappa", "d"), [(3.0, 2), (30.0, 2), (20.0, 8), (200.0, 64)])
def test_cosine_finds_the_concentration_that_made_the_directions(kappa, d):
    from scipy.stats import vonmises_fisher

    rng = np.random.default_rng(0)
    axes = np.eye(d)[:2]
    X = np.concatenate([vonmises_fisher(a, kappa, seed=rng).rvs(2000) for a in axes])
    target = torch.arange(2).repeat_interleave(2000)
    head = NearestClassMean.fit(torch.from_numpy(X), target, 2, distance="cosine")
    # Banerjee's formula is near the root of A_d(kappa) = length; compare with A_d of the truth.
    found = head.weight.norm(dim=1)[0].item()
    length = ive(d / 2, kappa) / ive(d / 2 - 1, kappa)
    near = length * (d - length**2) / (1 - length**2)
    assert found == pytest.approx(near, rel=0.05)
    assert found == pytest.approx(kappa, rel=0.15)


@pytest.mark.parametrize("distance", DISTANCES)
def test_probabilities_are_honest_where_the_model_is_true(distance):
    """Of rows given about p, a share of p is of the class: mean confidence is the accuracy."""
    counts = [400, 40, 40, 40]
    rng = np.random.default_rng(3)
    centres = np.eye(6)[:4] * 4

    def rows(target):
        return torch.from_numpy(centres[target] + 2 * rng.normal(size=(target.size, 6)))

    target, fresh = np.repeat(np.arange(4), counts), np.repeat(np.arange(4), 1500)
    head = NearestClassMean.fit(rows(target), torch.from_numpy(target), 4, distance=distance)
    proba = head(rows(fresh)).softmax(dim=1).numpy()
    accuracy = (proba.argmax(axis=1) == fresh).mean()
    assert 0.5 < accuracy < 0.9
    assert proba.max(axis=1).mean() == pytest.approx(accuracy, abs=0.04)


@pytest.mark.parametrize("distance", DISTANCES)
def test_a_class_without_rows_never_wins_and_spoils_nothing(distance):
    X, target = gaussians([20, 10, 5])
    without = NearestClassMean.fit(X, target, 3, distance=distance)
    moved = torch.tensor([1, 3, 4])[target]  # classes 0, 2 and 5 have no rows
    head = NearestClassMean.fit(X, moved, 6, distance=distance)
    far = torch.cat([X, -100 * X, torch.zeros(1, 5).double()])
    proba = head(far).softmax(dim=1)
    assert (proba[:, [0, 2, 5]] == 0).all()
    torch.testing.assert_close(proba[:, [1, 3, 4]], without(far).softmax(dim=1))
    loss = torch.nn.functional.cross_entropy(head(X), moved)
    assert loss.isfinite()


@pytest.mark.parametrize("distance", DISTANCES)
def test_order_of_rows_and_length_of_the_classes_do_not_matter(distance):
    X, target = gaussians([12, 8, 4])
    head = NearestClassMean.fit(X, target, 3, distance=distance)
    order = torch.randperm(24, generator=torch.Generator().manual_seed(0))
    again = NearestClassMean.fit(X[order], target[order], 3, distance=distance)
    torch.testing.assert_close(head(X), again(X))


def test_mahalanobis_does_not_depend_on_the_units_where_nothing_is_shrunk():
    X, target = gaussians([30, 20, 10])
    mix = torch.randn(5, 5, generator=torch.Generator().manual_seed(0)).double()
    fit = NearestClassMean.fit
    before = fit(X, target, 3, distance="mahalanobis", shrinkage=0.0)(X)
    after = fit(X @ mix, target, 3, distance="mahalanobis", shrinkage=0.0)(X @ mix)
    torch.testing.assert_close(before.log_softmax(1), after.log_softmax(1), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("distance", ["euclidean", "mahalanobis"])
def test_far_from_the_origin_float32_is_enough(distance):
    X, target = gaussians([30, 20, 10])
    near = NearestClassMean.fit(X.float(), target, 3, distance=distance)(X.float())
    shifted = (X + 4096).float()
    far = NearestClassMean.fit(shifted, target, 3, distance=distance)(shifted)
    assert far.dtype == torch.float32
    torch.testing.assert_close(far.softmax(1), near.softmax(1), atol=2e-2, rtol=0)


def test_it_moves_and_is_saved_with_a_network_but_learns_nothing():
    X, target = gaussians([30, 20, 10])
    head = NearestClassMean.fit(X, target, 3, distance="cosine")
    assert list(head.parameters()) == []
    assert sorted(head.state_dict()) == ["bias", "centre", "weight"]
    other = copy.deepcopy(NearestClassMean.fit(-X, target, 3, distance="cosine"))
    other.load_state_dict(head.state_dict())
    torch.testing.assert_close(other(X), head(X))
    assert head.float()(X.float()).dtype == torch.float32
    assert "distance='cosine'" in repr(head)


X3, T3 = torch.randn(4, 2, generator=torch.Generator().manual_seed(0)), torch.tensor([0, 0, 1, 1])
FOUR = torch.arange(4)
REFUSED = {
    "one axis": ((X3[0], T3, 2), {}, "features must be floats"),
    "no rows": ((X3[:0], T3[:0], 2), {}, "features must be floats"),
    "whole numbers": ((X3.long(), T3, 2), {}, "features must be floats"),
    "nan": ((X3 / 0 * 0, T3, 2), {}, "features must be finite"),
    "length": ((X3, T3[:3], 2), {}, r"class numbers \(4,\)"),
    "soft": ((X3, T3.float(), 2), {}, r"class numbers \(4,\)"),
    "range": ((X3, T3 + 1, 2), {}, r"in 0\.\.1, got 1\.\.2"),
    "negative": ((X3, T3 - 1, 2), {}, r"in 0\.\.1, got -1\.\.0"),
    "name": ((X3, T3, 2), {"distance": "manhattan"}, "got 'manhattan'"),
    "shrinkage": ((X3, T3, 2), {"distance": "mahalanobis", "shrinkage": 1.5}, "got 1.5"),
    "beside": ((X3, T3, 2), {"shrinkage": 0.5}, "belongs to distance='mahalanobis'"),
    "one row a class": ((X3, FOUR, 4), {}, "a second, different row"),
    "one row, cosine": ((X3, FOUR, 4), {"distance": "cosine"}, "a second, different row"),
    "copies": ((torch.ones(4, 2), T3, 2), {}, "a second, different row"),
    "singular": ((X3[:, [0, 0]], T3, 2), {"distance": "mahalanobis", "shrinkage": 0.0}, "inverse"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_fitted_is_refused(name):
    given, settings, message = REFUSED[name]
    with pytest.raises(ValueError, match=message):
        NearestClassMean.fit(*given, **settings)
