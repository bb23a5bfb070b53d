"""The losses: by hand, against torch and one another, gradients, extremes, half precisions."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from loss_calls import COUNTS, MULTI_LABEL, OF_CLASSES, ONE_CLASS, K, batch, call, near
from torch.nn import functional as F

from steelyard.kit import losses as kit
from steelyard.kit.losses import class_balanced_weights
from steelyard.kit.losses.functions.label_aware_smoothing import smoothings
from steelyard.kit.losses.functions.ldam import margins

# whose loss of a soft target is the expected one
LINEAR = [
    "balanced_softmax",
    "class_balanced_cross_entropy",
    "cross_entropy",
    "focal",
    "generalized_cross_entropy",
    "label_aware_smoothing",
    "label_smoothing",
    "ldam",
    "logit_adjusted",
    "vector_scaling",
]
# settings that reach the branches of a formula which the defaults do not
VARIANTS = [
    *((name, {}) for name in OF_CLASSES),
    ("focal", {"gamma": 0.5}),
    ("focal", {"gamma": 1.0, "alpha": [0.1, 0.2, 0.3, 0.4, 0.5]}),
    ("sigmoid_focal", {"gamma": 0.5, "alpha": 0.25}),
    ("sigmoid_focal", {"gamma": 5.0}),
    ("class_balanced_focal", {"softmax": True, "beta": 1.0}),
    ("asymmetric", {"margin": 0.0, "gamma_positive": 1.0}),
    ("asymmetric", {"gamma_negative": 0.5, "margin": 0.2}),
    ("asymmetric", {"gamma_negative": 0.0, "margin": 0.2}),
    ("cross_entropy", {"weight": "sqrt"}),
    ("ldam", {"weight": [1.0, 2.0, 3.0, 4.0, 5.0]}),
    ("label_smoothing", {"weight": "inverse"}),
    ("label_aware_smoothing", {"weight": "inverse", "shape": "convex"}),
    ("generalized_cross_entropy", {"q": 1.0}),
]


# by hand --------------------------------------------------------------------------------------


def test_by_hand():
    """Logits whose softmax is (3/4, 1/4) and whose sigmoids are (3/4, 1/2)."""
    x = torch.tensor([[math.log(3), 0.0]], dtype=torch.float64)
    zero, one = torch.tensor([0]), torch.tensor([1])
    log = math.log
    near(kit.cross_entropy(x, one), log(4))
    near(kit.cross_entropy(x, one, weight=[1.0, 3.0]), 3 * log(4))
    near(kit.cross_entropy(x, one, counts=[90, 10], weight="inverse"), 5 * log(4))
    near(kit.focal(x, zero, gamma=3.0, alpha=[0.5, 9.0]), 0.5 / 64 * log(4 / 3))
    near(
        kit.sigmoid_focal(x, zero, gamma=2.0, alpha=0.25),
        0.25 / 16 * log(4 / 3) + 0.75 / 4 * log(2),
    )
    near(kit.class_balanced_cross_entropy(x, one, counts=[90, 10], beta=1.0), 1.8 * log(4))
    near(
        kit.class_balanced_focal(x, one, counts=[90, 10], beta=1.0, gamma=1.0),
        1.8 * (0.75 * log(4) + 0.5 * log(2)),
    )
    # margins 1/2 and 1/4: e^(0 - 1/2) against 3
    near(
        kit.ldam(x, one, counts=[16, 1], scale=2.0),
        log(1 + 9 * math.exp(1.0)),
    )
    near(kit.logit_adjusted(x, one, counts=[90, 10]), log(1 + 3 * 9))
    near(kit.logit_adjusted(x, one, counts=[90, 10], tau=2.0), log(1 + 3 * 81))
    near(
        kit.vector_scaling(x, one, counts=[4, 1], gamma=0.5, tau=1.0),
        log(1 + 3 * 4),  # the logit of the class is 0, scaled or not
    )
    near(
        kit.vector_scaling(x.flip(1), zero, counts=[1, 4], gamma=0.5, tau=0.0),
        log(1 + 3),
    )
    near(kit.vector_scaling(x, zero, counts=[1, 4], gamma=0.5, tau=0.0), log(1 + 3**-0.5))
    near(kit.label_smoothing(x, zero, smoothing=0.2), 0.9 * log(4 / 3) + 0.1 * log(4))
    near(
        kit.label_aware_smoothing(x, one, counts=[90, 10], smooth_tail=0.2),
        0.9 * log(4) + 0.1 * log(4 / 3),
    )
    near(
        kit.influence_balanced(x, zero, torch.tensor([[1.0, -3.0]]), alpha=2.0, epsilon=1.0),
        2 * log(4 / 3) / (2 * 0.25 * 4 + 1),
    )
    near(
        kit.generalized_cross_entropy(x, one, q=0.5),
        (1 - 0.5) / 0.5,
    )
    near(kit.symmetric_cross_entropy(x, one, alpha=2.0, beta=3.0), 2 * log(4) + 3 * 4 * 0.75)
    labels = torch.tensor([[1, 0]])
    near(kit.binary_cross_entropy(x, labels), (log(4 / 3) + log(2)) / 2)
    near(
        kit.asymmetric(x, labels, gamma_positive=1.0, gamma_negative=2.0, margin=0.1),
        (0.25 * log(4 / 3) - 0.4**2 * log(0.6)) / 2,
    )


def test_regression_and_penalties_by_hand():
    target = torch.zeros(3)
    d = torch.tensor([0.5, -1.0, 3.0])
    near(kit.smooth_l1(d, target, beta=2.0, reduction="none"), [0.0625, 0.25, 2.0])
    near(kit.smooth_l1(d, target, beta=0.0, reduction="sum"), 4.5)
    weights = [torch.tensor([[1.0, -2.0]]), torch.tensor([3.0])]
    near(kit.l1_penalty(weights, strength=0.5), 3.0)
    near(kit.l2_penalty(weights, strength=0.5), 7.0)
    near(kit.elastic_net_penalty(iter(weights), l1=1.0, l2=0.5), 13.0)
    near(kit.elastic_net_penalty(weights, l1=0.0, l2=0.0), 0.0)


def test_curves_by_hand():
    counts = np.array([30.0, 10.0, 0.0, 20.0])
    np.testing.assert_allclose(smoothings(counts, 0.4, 0.1, "linear"), [0.4, 0.1, 0.1, 0.25])
    np.testing.assert_allclose(
        smoothings(counts, 0.4, 0.1, "concave")[3], 0.1 + 0.3 * math.sqrt(0.5)
    )
    np.testing.assert_allclose(smoothings(counts, 0.4, 0.1, "exp", 2.0)[3], 0.1 + 0.3 / 4)
    np.testing.assert_allclose(smoothings(np.array([5.0, 5.0])), [0.4, 0.4])
    np.testing.assert_allclose(margins(np.array([81.0, 16.0, 0.0]), 0.3), [0.2, 0.3, 0.3])


# one another, and torch -----------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_special_cases_are_cross_entropy(seed):
    x, y = batch(seed=seed)
    plain = F.cross_entropy(x, y)
    equal = [7] * K
    for name, settings_ in [
        ("cross_entropy", {}),
        ("cross_entropy", {"counts": equal, "weight": "inverse"}),
        ("focal", {"gamma": 0.0}),
        ("class_balanced_cross_entropy", {"counts": equal}),
        ("class_balanced_focal", {"counts": equal, "gamma": 0.0, "softmax": True}),
        ("ldam", {"max_margin": 0.0, "scale": 1.0}),
        ("logit_adjusted", {"counts": equal, "tau": 3.0}),
        ("balanced_softmax", {"counts": equal}),
        ("logit_adjusted", {"tau": 0.0}),
        ("vector_scaling", {"gamma": 0.0, "tau": 0.0}),
        ("vector_scaling", {"counts": equal}),
        ("label_smoothing", {"smoothing": 0.0}),
        ("label_aware_smoothing", {"smooth_head": 0.0, "smooth_tail": 0.0}),
        ("symmetric_cross_entropy", {"alpha": 1.0, "beta": 0.0}),
    ]:
        near(call(name, x, y, **settings_), plain, 1e-10)
    near(call("generalized_cross_entropy", x, y, q=1e-9), plain, 1e-6)
    near(call("vector_scaling", x, y, gamma=0.0), call("logit_adjusted", x, y))


def test_binary_special_cases_equal_torch():
    x, y = batch()
    labels = F.one_hot(y, K).double()
    plain = F.binary_cross_entropy_with_logits(x, labels)
    near(kit.binary_cross_entropy(x, labels), plain)
    near(kit.asymmetric(x, labels, gamma_negative=0.0, margin=0.0), plain)
    near(kit.sigmoid_focal(x, y, gamma=0.0), plain * K)
    soft = torch.rand(len(x), K, dtype=torch.float64)
    near(kit.binary_cross_entropy(x, soft), F.binary_cross_entropy_with_logits(x, soft))
    near(kit.sigmoid_focal(x, labels, alpha=0.3), kit.sigmoid_focal(x, y, alpha=0.3))


def test_weighted_mean_is_torchs():
    x, y = batch()
    w = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0], dtype=torch.float64)
    near(kit.cross_entropy(x, y, weight=w, reduction="weighted_mean"), F.cross_entropy(x, y, w))
    near(
        kit.label_smoothing(x, y, weight=w, reduction="weighted_mean"),
        F.cross_entropy(x, y, w, label_smoothing=0.1),
    )


# properties -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "settings_"), VARIANTS)
def test_reductions_agree_and_losses_are_not_negative(name, settings_):
    x, y = batch()
    each = call(name, x, y, reduction="none", **settings_)
    assert each.shape == ((len(x), K) if name in MULTI_LABEL else (len(x),))
    assert (each >= 0).all()
    near(call(name, x, y, reduction="sum", **settings_), each.sum())
    near(call(name, x, y, **settings_), each.mean())


@pytest.mark.parametrize("name", OF_CLASSES)
@given(seed=st.integers(0, 999), order=st.permutations(range(K)))
@settings(max_examples=15)
def test_renaming_the_classes_changes_nothing(name, seed, order):
    x, y = batch(seed=seed)
    order = torch.tensor(order)
    renamed = torch.argsort(order)[y]
    counts = torch.tensor(COUNTS)
    near(call(name, x[:, order], renamed, counts=counts[order]), call(name, x, y), 1e-9)


@pytest.mark.parametrize("name", ONE_CLASS)
@given(seed=st.integers(0, 999))
@settings(max_examples=10)
def test_a_soft_target_of_one_class_is_the_hard_one(name, seed):
    x, y = batch(seed=seed)
    soft = F.one_hot(y, K).double()
    for reduction in ("none", "mean"):
        near(call(name, x, soft, reduction=reduction), call(name, x, y, reduction=reduction), 1e-9)


@pytest.mark.parametrize("weight", [None, "sqrt"])
@pytest.mark.parametrize("name", LINEAR)
def test_mixing_targets_mixes_losses(name, weight):
    x, y = batch()
    given = {"weight": weight} if weight and name != "class_balanced_cross_entropy" else {}
    other = y.roll(1)
    mixed = 0.7 * F.one_hot(y, K).double() + 0.3 * F.one_hot(other, K).double()
    expected = 0.7 * call(name, x, y, **given) + 0.3 * call(name, x, other, **given)
    near(call(name, x, mixed, **given), expected, 1e-9)


# Label smoothing asks for every class, whether it has rows or not.
@pytest.mark.parametrize("name", [n for n in ONE_CLASS if "smoothing" not in n])
def test_a_class_without_rows_spoils_no_other(name):
    """Its logit far down, the loss is that of the data set without the class."""
    x, y = batch()
    y = torch.where(y == 3, 0, y)
    x[:, 3] = -1e4
    kept = [0, 1, 2, 4]
    counts = torch.tensor(COUNTS)[kept]
    fewer = torch.tensor([0, 1, 2, -1, 3])[y]
    near(call(name, x, y), call(name, x[:, kept], fewer, counts=counts), 1e-9)


@pytest.mark.parametrize(("name", "settings_"), VARIANTS)
def test_gradients(name, settings_):
    x, y = batch(n=3)
    y = torch.tensor([0, 3, 4])
    x.requires_grad_()
    assert torch.autograd.gradcheck(lambda x: call(name, x, y, **settings_), x)
    assert torch.autograd.gradgradcheck(lambda x: call(name, x, y, **settings_), x)


@pytest.mark.parametrize("name", ONE_CLASS)
def test_gradients_of_soft_targets(name):
    x, _ = batch(n=3)
    soft = torch.softmax(batch(n=3, seed=1)[0], 1)
    assert torch.autograd.gradcheck(lambda x: call(name, x, soft), x.requires_grad_())


# extremes and half precisions -----------------------------------------------------------------

EXTREME = torch.tensor(
    [[200, -200, -200, 200, -200], [-200, 200, 200, 200, 200], [200] * K, [-200] * K, [0] * K,
     [200, -200, 0, 20, -20]]
)  # fmt: skip


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize(("name", "settings_"), VARIANTS)
@pytest.mark.parametrize("y", range(K))
def test_logits_of_200_stay_finite(name, settings_, dtype, y):
    x = EXTREME.to(dtype).requires_grad_()
    target = torch.full((len(x),), y)
    for soft in (False, True):
        if soft and name in MULTI_LABEL:
            continue
        x.grad = None
        loss = call(name, x, F.one_hot(target, K).to(dtype) if soft else target, **settings_)
        loss.backward()
        assert loss.dtype == torch.float32
        assert x.grad.dtype == dtype
        assert torch.isfinite(loss), (name, soft)
        assert torch.isfinite(x.grad).all(), (name, soft)


def test_no_row_with_weight_is_no_loss():
    x, y = batch()
    y[:] = 3  # a class without rows weighs 0
    loss = call("class_balanced_cross_entropy", x.requires_grad_(), y, reduction="weighted_mean")
    loss.backward()
    assert loss == 0
    assert (x.grad == 0).all()


@pytest.mark.parametrize("lead", [0.0, 5.0, 14.0, 17.0, 30.0])
def test_the_margin_of_a_soft_target_keeps_its_digits(lead):
    """Where p is all but 1 and the margin hides it: in float32 as in float64, and as hard."""
    x = torch.tensor([[lead, 0.0, -1.0, 0.0, 0.0]])
    for k in range(K):
        hot = F.one_hot(torch.tensor([k]), K)
        wide = call("ldam", x.double() / 30, torch.tensor([k]))
        near(call("ldam", x / 30, hot.float()).double(), wide, 1e-5)


def test_wrong_and_sure_keeps_its_digits():
    x = torch.tensor([[15.0], [25.0], [45.0]], dtype=torch.float64)
    loss = kit.sigmoid_focal(x, torch.zeros(3, 1), gamma=0.0, reduction="none")
    expected = [z + math.log1p(math.exp(-z)) for z in (15, 25, 45)]
    torch.testing.assert_close(loss.tolist(), expected, rtol=1e-15, atol=0)


def test_sure_answers_keep_their_digits():
    """e^-10 beside 10: a softplus minus the logit keeps two digits of it in float32."""
    x = torch.tensor([[12.0, -12.0]])
    loss = kit.binary_cross_entropy(x, torch.tensor([[1, 0]]))
    assert loss.item() == pytest.approx(math.log1p(math.exp(-12)), rel=1e-6)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("name", OF_CLASSES)
def test_half_precision_is_that_of_the_logits_only(name, dtype):
    x, y = batch(dtype=torch.float32)
    half = x.to(dtype)
    near(call(name, half, y), call(name, half.double(), y), 1e-5)


@pytest.mark.parametrize("name", OF_CLASSES)
def test_autocast_changes_nothing(name):
    x, y = batch(dtype=torch.float32)
    x.requires_grad_()
    plain = torch.autograd.grad(call(name, x, y), x)[0]
    with torch.autocast("cpu", torch.bfloat16):
        loss = call(name, x, y)
    assert loss.dtype == torch.float32
    torch.testing.assert_close(torch.autograd.grad(loss, x)[0], plain, rtol=0, atol=0)


def test_what_was_made_in_inference_mode_trains_later():
    counts = [11, 7, 5, 3, 2]  # not seen before, so made now and kept
    x, y = batch()
    with torch.inference_mode():
        call("vector_scaling", x, y, counts=counts)
    loss = call("vector_scaling", x.requires_grad_(), y, counts=counts)
    loss.backward()
    assert torch.isfinite(x.grad).all()


def test_class_balanced_weight_is_prepared_in_float64():
    """Float32 keeps one digit of 1 - beta ** n here."""
    x, y = torch.zeros(1, 2), torch.tensor([1])
    loss = kit.class_balanced_cross_entropy(x, y, counts=[7, 3], beta=1 - 1e-9)
    expected = class_balanced_weights([7, 3], 1 - 1e-9)[1] * math.log(2)
    assert loss.item() == pytest.approx(expected, rel=1e-6)
