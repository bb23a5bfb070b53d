import numpy as np
import pytest
import torch

from steelyard.core.recipe import Step
from steelyard.engine.fitting_heads import fit_linear_heads
from steelyard.engine.head_slopes import cross_entropy_slope, slope_of
from steelyard.kit import losses
from steelyard.kit.metrics import recall


def drawn(seed=0, rows=7, heads=3, classes=4):
    rng = torch.Generator().manual_seed(seed)
    out = torch.randn(rows, heads, classes, generator=rng)
    target = torch.randint(0, classes, (rows,), generator=rng)
    share = torch.rand(rows, heads, generator=rng) / rows
    counts = torch.rand(heads, classes, generator=rng) * 50 + 1
    return out, target, share, counts


@pytest.mark.parametrize(
    "loss",
    [
        Step("cross-entropy"),
        Step("ldam", {"max_margin": 0.3, "scale": 2.0}),
        Step("vector-scaling", {"gamma": 0.3, "tau": 1.5}),
        Step("focal", {"gamma": 1.0}),
    ],
    ids=str,
)
def test_the_slope_is_that_of_each_head_alone(loss):
    out, target, share, counts = drawn()
    found = slope_of(loss, counts)(out.clone(), target, share)
    function = getattr(losses, loss.name.replace("-", "_"))
    for m in range(3):
        leaf = out[:, m].double().requires_grad_(True)
        each = function(leaf, target, counts=counts[m], reduction="none", **loss.params)
        (expected,) = torch.autograd.grad((share[:, m] * each).sum(), leaf)
        torch.testing.assert_close(found[:, m].double(), expected, atol=1e-6, rtol=1e-5)


def test_cross_entropy_by_hand():
    out = torch.tensor([[[0.0, float(np.log(3.0))]]])
    slope = cross_entropy_slope(out, torch.tensor([0]), torch.tensor([[2.0]]))
    torch.testing.assert_close(slope, torch.tensor([[[-1.5, 1.5]]]))


def test_an_unknown_loss_is_named():
    with pytest.raises(ValueError, match="no loss 'hinge'"):
        slope_of(Step("hinge"), torch.ones(1, 2))


def test_balanced_softmax_in_a_head_is_the_correction_afterwards():
    # a free bias can take up the log prior: training with it and correcting after are one thing
    rng = np.random.default_rng(0)
    target = np.repeat([0, 1, 2], [300, 60, 15])
    X = rng.normal(size=(375, 6)) + 1.2 * np.eye(6)[target]
    weights = np.ones((1, 375))
    (plain,) = fit_linear_heads(X, target, 3, weights, l2=0.01)
    (inside,) = fit_linear_heads(X, target, 3, weights, l2=0.01, loss=Step("balanced-softmax"))
    after = np.log(plain.predict_proba(X)) - np.log(np.bincount(target))
    after = np.exp(after) / np.exp(after).sum(1, keepdims=True)
    np.testing.assert_allclose(inside.predict_proba(X), after, atol=0.02)
    before = recall(target, plain.predict_proba(X).argmax(1), 3)
    now = recall(target, inside.predict_proba(X).argmax(1), 3)
    assert now[2] > before[2]
