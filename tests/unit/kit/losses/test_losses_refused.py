"""What the losses refuse, and that they say why."""

import pytest
import torch
from loss_calls import MULTI_LABEL, ONE_CLASS, K, batch, call

from steelyard.kit import losses as kit


@pytest.mark.parametrize(
    ("name", "given_", "says"),
    [
        ("cross_entropy", {"reduction": "avg"}, "reduction must be none, mean, sum"),
        ("cross_entropy", {"weight": [1.0, 2.0]}, r"weight must be \(5,\)"),
        ("cross_entropy", {"weight": "heavy"}, "scheme must be one of"),
        ("cross_entropy", {"weight": "inverse", "counts": None}, "counts .* is needed"),
        ("logit_adjusted", {"counts": None}, "counts .* is needed"),
        ("logit_adjusted", {"counts": [1, 2]}, r"counts must be \(5,\)"),
        ("logit_adjusted", {"counts": [0] * K}, "counts must be"),
        ("logit_adjusted", {"counts": [-1, 1, 1, 1, 1]}, "counts must be"),
        ("focal", {"gamma": -1.0}, "gamma must be >= 0"),
        ("focal", {"gamma": float("nan")}, "gamma must be >= 0"),
        ("sigmoid_focal", {"gamma": -1.0}, "gamma must be >= 0"),
        ("vector_scaling", {"gamma": -1.0}, "gamma must be >= 0"),
        ("asymmetric", {"gamma_negative": -1.0}, "gammas must be >= 0"),
        ("asymmetric", {"margin": 1.0}, "margin must be in"),
        ("class_balanced_focal", {"beta": 2.0}, "beta must be in"),
        ("label_smoothing", {"smoothing": 1.1}, "smoothing must be in"),
        ("label_aware_smoothing", {"smooth_head": 1.1}, "smoothings must be in"),
        ("label_aware_smoothing", {"shape": "round"}, "shape must be one of"),
        ("generalized_cross_entropy", {"q": 0.0}, "q must be in"),
        ("symmetric_cross_entropy", {"log_zero": 0.0}, "log_zero must be below 0"),
        ("influence_balanced", {"alpha": 0.0}, "alpha and epsilon must be > 0"),
    ],
)
def test_bad_settings_are_named(name, given_, says):
    x, y = batch()
    with pytest.raises(ValueError, match=says):
        call(name, x, y, **given_)


@pytest.mark.parametrize("name", ONE_CLASS)
def test_bad_targets_are_named(name):
    x, y = batch()
    for target, says in [
        (y[:3], "target must be class numbers"),
        (y == 1, "target must be class numbers"),
        (y - K, r"target must be in 0\.\.4"),
        (torch.full_like(y, -100), r"target must be in 0\.\.4, got -100"),
        (y + K, r"target must be in 0\.\.4"),
        (y.double(), "shape of the logits|class numbers"),
    ]:
        with pytest.raises(ValueError, match=says):
            call(name, x, target)
    with pytest.raises(ValueError, match="logits must be floating point"):
        call(name, x.long(), y)
    with pytest.raises(ValueError, match=r"logits must be \(N, K\)"):
        call(name, x[0], y)


def test_other_bad_input_is_named():
    x, y = batch()
    for name in MULTI_LABEL:
        with pytest.raises(ValueError, match="shape of the logits"):
            getattr(kit, name)(x, y)
        with pytest.raises(ValueError, match=r"logits must be \(N, K\)"):
            getattr(kit, name)(x[0], x[0])
    with pytest.raises(ValueError, match="features must be"):
        kit.influence_balanced(x, y, torch.ones(3, 2))
    with pytest.raises(ValueError, match="must match"):
        kit.smooth_l1(x, x[0])
    with pytest.raises(ValueError, match="beta must be >= 0"):
        kit.smooth_l1(x, x, beta=-1.0)
    with pytest.raises(ValueError, match="at least one tensor"):
        kit.l1_penalty([])
    with pytest.raises(ValueError, match="strengths must be >= 0"):
        kit.l2_penalty([x], strength=-1.0)
