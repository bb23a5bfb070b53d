"""Agreement with what the methods' official code returns, ../shared/reference; see its README."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from steelyard.kit import losses
from steelyard.kit.losses import class_balanced_weights
from steelyard.kit.losses.functions.ldam import margins

REFERENCE = Path(__file__).parents[5] / "shared" / "reference"
HERE = (REFERENCE / "expected.json").is_file()
needs_reference = pytest.mark.skipif(not HERE, reason=f"no reference numbers in {REFERENCE}")

EXPECTED = json.loads((REFERENCE / "expected.json").read_text("utf-8")) if HERE else {}
ENTRIES = EXPECTED.get("losses", {})

Case = dict[str, torch.Tensor]
Call = Callable[[torch.Tensor, Case], torch.Tensor]


def ours(name: str, *extra: str, by_weights: bool = False, **settings: object) -> Call:
    """Our loss of that name; ``extra`` are keys of the case that it reads besides."""
    reduction = "weighted_mean" if by_weights else "mean"

    def call(x: torch.Tensor, case: Case) -> torch.Tensor:
        given = {key: value(case) if callable(value) else value for key, value in settings.items()}
        more = [case[key] for key in extra]
        function = getattr(losses, name)
        return function(x, case["y"], *more, counts=case["cnt"], reduction=reduction, **given)

    return call


def cb(beta: float) -> Callable[[Case], object]:
    return lambda case: class_balanced_weights(case["cnt"], beta)


def power(exponent: float) -> Callable[[Case], object]:
    return lambda case: case["cnt"].double() ** -exponent


def bce_cb(x: torch.Tensor, case: Case) -> torch.Tensor:
    there = torch.nn.functional.one_hot(case["y"], x.shape[1])
    weight = torch.as_tensor(class_balanced_weights(case["cnt"], 0.9999))[case["y"], None]
    return (weight * losses.binary_cross_entropy(x, there, reduction="none")).mean()


BALANCED = ours("balanced_softmax")
INVERSE = ours("cross_entropy", weight="inverse", by_weights=True)
CALLS: dict[str, Call] = {
    "torch.CE": ours("cross_entropy"),
    "torch.CE(w=CB.9999)": ours("cross_entropy", weight=cb(0.9999), by_weights=True),
    "bagoftricks.CostSensitiveCE": INVERSE,
    "lift.GeneralizedReweightLoss(1.0)": INVERSE,
    "lift.GeneralizedReweightLoss(1.2)": ours("cross_entropy", weight=power(1.2), by_weights=True),
    "bagoftricks.CrossEntropyLabelSmooth": ours("label_smoothing", smoothing=0.1),
    # class-balanced cross-entropy: the paper divides by the rows, others by the weights
    **{f"cb_tf.softmax(beta={b})": ours("class_balanced_cross_entropy", beta=b)
       for b in (0.99, 0.999, 0.9999)},
    "balanced-loss.Loss(cross_entropy,CB)": ours("class_balanced_cross_entropy", beta=0.9999),
    "bagoftricks.ClassBalanceCE": ours("class_balanced_cross_entropy", beta=0.999, by_weights=True),
    "lift.ClassBalancedLoss(.9999)": ours(
        "class_balanced_cross_entropy", beta=0.9999, by_weights=True
    ),
    # focal, of the softmax and of the sigmoid
    "ldam_drw.FocalLoss(gamma=1)": ours("focal", gamma=1.0),
    "ldam_drw.FocalLoss(gamma=2)": ours("focal", gamma=2.0),
    "bagoftricks.FocalLoss": ours("sigmoid_focal", gamma=2.0),
    "bagoftricks.ClassBalanceFocal": ours("class_balanced_focal", beta=0.999, gamma=0.5),
    "balanced-loss.Loss(focal_loss,CB)": ours("class_balanced_focal", beta=0.9999, gamma=1.0),
    "balanced-loss.Loss(binary_cross_entropy,CB)": bce_cb,
    **{f"cb_tf.sigmoid(beta={b})": ours("class_balanced_focal", beta=b, gamma=0.0)
       for b in (0.99, 0.999, 0.9999)},
    **{f"{who}beta={b},gamma={g})": ours("class_balanced_focal", beta=b, gamma=g)
       for who in ("cb_tf.focal(", "vandit15.CB_loss(focal,")
       for b in (0.99, 0.999, 0.9999) for g in (0.5, 1.0, 2.0)},
    # margins
    "ldam_drw.LDAMLoss": ours("ldam"),
    "ldam_drw.LDAMLoss_asis": ours("ldam"),
    "bagoftricks.LDAMLoss": ours("ldam"),
    "ldam_drw.LDAMLoss(w=CB.9999)": ours("ldam", weight=cb(0.9999), by_weights=True),
    "lift.LDAMLoss(prescaled logits)": lambda x, case: ours("ldam")(x / 30, case),
    # the prior inside the loss
    "bagoftricks.BalancedSoftmaxCE": BALANCED,
    "balms.balanced_softmax_loss": BALANCED,
    "lift.BalancedSoftmaxLoss": BALANCED,
    "proco.LogitAdjust(tau=1)": ours("logit_adjusted", tau=1.0),
    **{f"{who}(tau={tau})": ours("logit_adjusted", tau=tau)
       for who in ("la_tf.loss", "lift.LogitAdjustedLoss") for tau in (0.5, 1.0, 2.0)},
    **{f"vs.VSLoss(gamma={g},tau={tau})": ours("vector_scaling", gamma=g, tau=tau)
       for g, tau in ((0.05, 0.75), (0.2, 1.2), (0.3, 1.0))},
    "bagoftricks.CDT": ours("vector_scaling", gamma=0.2, tau=0.0),
    # smoothing by class, influence
    "mislas.LabelAwareSmoothing(.4,.1,concave)": ours("label_aware_smoothing"),
    "bagoftricks.CrossEntropyLabelAwareSmooth": ours("label_aware_smoothing"),
    "mislas.LabelAwareSmoothing(.4,.1,exp,power=.5)": ours("label_aware_smoothing", shape="exp"),
    "ib.IBLoss(alpha=1000,w=IBReweight)": ours("influence_balanced", "feat"),
    "bagoftricks.InfluenceBalancedLoss": ours("influence_balanced", "feat"),
}  # fmt: skip

LEFT_OUT = {
    "bagoftricks.SEQL": "softmax equalisation draws classes at random; not a method here",
    "balanced-loss.Loss(softmax_binary_cross_entropy,CB)": "binary loss of softmax probabilities",
    "vandit15.CB_loss(softmax,beta=.9999)": "binary loss of softmax probabilities, in no paper",
    "ib.IB_FocalLoss(alpha=1000,gamma=1,w=IBReweight)": "the class weight leaks into p",
    "ldam_drw.FocalLoss(gamma=1,w=CB.9999)": "the class weight leaks into p",
    "lift.LADELoss(.1,.1)": "LADE is not a method here",
    "sade.DiverseExpertLoss(tau=2)[x,.5x,-x]": "a loss of three experts, not a method here",
    "la_tf.loss(tau=2.0)|c4_extreme": "adds 1e-12 to a prior of 1e-10; LIFT's entry is compared",
}


def is_left_out(entry: str) -> bool:
    return entry in LEFT_OUT or entry.split("|")[0] in LEFT_OUT


COVERED = [entry for entry in ENTRIES if not is_left_out(entry)]


@pytest.fixture(scope="module")
def cases() -> dict[str, Case]:
    with np.load(REFERENCE / "inputs.npz") as inputs:
        names = {key.split("/")[0] for key in inputs}
        keys = ("x", "y", "cnt", "feat")
        return {n: {k: torch.from_numpy(inputs[f"{n}/{k}"]) for k in keys} for n in names}


@pytest.fixture(scope="module")
def gradients() -> dict[str, np.ndarray]:
    with np.load(REFERENCE / "grads.npz") as grads:
        return dict(grads)


@needs_reference
def test_every_entry_is_compared_or_left_out_with_a_reason():
    methods = {entry.split("|")[0] for entry in ENTRIES}
    whole = {entry for entry in LEFT_OUT if "|" not in entry}
    assert methods == CALLS.keys() | whole
    assert not CALLS.keys() & whole
    assert {entry for entry in LEFT_OUT if "|" in entry} <= ENTRIES.keys()


@needs_reference
@pytest.mark.parametrize("entry", COVERED)
def test_loss_and_gradient_equal_the_official_ones(entry, cases, gradients):
    method, name = entry.split("|")
    x = cases[name]["x"].clone().requires_grad_()
    loss = CALLS[method](x, cases[name])
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(x.grad).all()
    if not ENTRIES[entry]["finite"]:
        return
    assert loss.item() == pytest.approx(ENTRIES[entry]["loss"], rel=2e-5)
    official = gradients[entry.replace("/", "__")]
    apart = np.linalg.norm(x.grad.numpy() - official)
    assert apart < 2e-4 * np.linalg.norm(official)


# the entries that are no losses: the test file that compares them, or why none does
OTHERS = {
    "effective_weights": "losses/test_losses_official.py",
    "ldam_margins": "losses/test_losses_official.py",
    "drw_phase": "stages/test_deferred.py",
    "bbn_mix": "mixing/test_bilateral.py",
    "remix": "mixing/test_remix.py",
    "tau_norm": "heads/test_heads_trained.py",
    "unoic.prior_recbalancing": "posthoc/test_effective_prior.py",
    "mwnet.one_meta_step": "stages/test_meta_weight_net.py",
    "resnet32_fc": "../models/test_resnet_cifar.py",
    "cifar10-LT": "left out: rows of a data set; benchmarks/long_tail draws its own",
    "cifar100-LT": "left out: as cifar10-LT",
}


@needs_reference
def test_every_other_entry_is_compared_somewhere_or_left_out_with_a_reason():
    assert {entry.split("|")[0] for entry in EXPECTED["other"]} == OTHERS.keys()
    for name, where in OTHERS.items():
        if not where.startswith("left out: "):
            text = (Path(__file__).parents[1] / where).read_text("utf-8")
            assert name.split(".")[0] in text, name


OTHER = [key for key in EXPECTED.get("other", {}) if key.startswith(("effective", "ldam_margins"))]


@needs_reference
@pytest.mark.parametrize("key", OTHER)
def test_weights_and_margins_equal_the_official_ones(key, cases):
    kind, name, *beta = key.split("|")
    counts = cases[name]["cnt"].numpy()
    if kind == "ldam_margins":
        np.testing.assert_allclose(margins(counts), EXPECTED["other"][key]["m"], rtol=2e-5)
        return
    b = float(beta[0].removeprefix("beta="))
    official = EXPECTED["other"][key]["w"]
    np.testing.assert_allclose(class_balanced_weights(counts, b), official, rtol=2e-5)
