"""Every name in a slot changes the network, unknown ones are refused; what is saved is read."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_runs import distance, features, fit, images, recipe, state_of

from steelyard.core.case import Case
from steelyard.core.recipe import Step
from steelyard.engine.fitting import load_model
from steelyard.engine.training.objectives import Batch, RowLoss
from steelyard.engine.training.sampling import SAMPLERS
from steelyard.kit import losses

STAGES = {
    "one": {},
    "tau-norm": {"tau": 0.7},
    "class-means": {"distance": "mahalanobis"},
    "bilateral": {},
    "meta-weight-net": {},
    "deferred-reweighting": {"start": 0.5, "scheme": "inverse"},
    "deferred-resampling": {"start": 0.5},
    "crt": {"share": 0.5},
    "lws": {"share": 0.5},
    "label-over-smoothing": {"share": 0.5, "smoothing": 0.9},
    "distillation": {"before": 0.5, "share": 0.5, "temperature": 2.0},
    "rotation-pretraining": {"before": 0.5},
    "contrastive-pretraining": {"before": 0.5},
}
LOSSES = [
    name.replace("_", "-")
    for name in losses.FUNCTIONS
    if name not in ("smooth_l1", "l1_penalty", "l2_penalty", "elastic_net_penalty")
]
MIXES = {
    mix: {"augment": Step("none", {"mix": mix, "alpha": 1.0})}
    for mix in ("mixup", "cutmix", "remix")
}


def all_apart(runs):
    """Every network differs from every other by more than rounding."""
    names = list(runs)
    for i, one in enumerate(names):
        for other in names[:i]:
            assert distance(runs[one], runs[other]) > 1e-4, (one, other)


@pytest.fixture(scope="module")
def by_stages():
    return {
        name: fit(recipe(stages=Step(name, params)), images()) for name, params in STAGES.items()
    }


def test_stages_are_none_the_other(by_stages):
    all_apart(by_stages)


def test_losses_are_none_the_other():
    runs = {name: fit(recipe(loss=Step(name), optim={"epochs": 2}), images()) for name in LOSSES}
    # Two names of one thing, and two that differ by a factor for each class that is 1 by default.
    same = [("balanced-softmax", "logit-adjusted"), ("vector-scaling", "logit-adjusted")]
    for one, other in same:
        if distance(runs[one], runs[other]) < 1e-6:
            del runs[one]
    all_apart(runs)
    assert len(runs) >= len(LOSSES) - 2


def test_samplers_and_mixings_are_none_the_other():
    runs = {"all-rows": fit(recipe(optim={"epochs": 2}), images())}
    for name in SAMPLERS:
        step = Step(name, {"q": -1.0} if name == "power" else {})
        runs[name] = fit(recipe(sampler=step, optim={"epochs": 2}), images())
    for name, slots in MIXES.items():
        runs[name] = fit(recipe(**slots, optim={"epochs": 2}), images())
    runs["flip"] = fit(recipe(augment=Step("flip"), optim={"epochs": 2}), images())
    all_apart(runs)


def test_optimisers_and_their_settings_are_none_the_other():
    runs = {
        name: fit(recipe(name=name, optim={"epochs": 3, "l2": 0.1}), images())
        for name in ("sgd", "lars", "adam", "adamw", "lamb", "adam-to-sgd")
    }
    settings = [
        {}, {"momentum": 0.0}, {"layer_decay": 0.5}, {"lookahead": True}, {"clip": 0.01},
        {"ema": 0.9}, {"schedule": "drop"}, {"schedule": "constant"}, {"patience": 3},
    ]  # fmt: skip
    for setting in settings:
        runs[str(setting)] = fit(recipe(optim={"epochs": 3, **setting}), images())
    runs["freeze"] = fit(
        recipe(model_settings={"width": 4, "freeze": 2}, optim={"epochs": 3}), images()
    )
    all_apart({name: run for name, run in runs.items() if name != "adam-to-sgd"})
    assert distance(runs["adam-to-sgd"], runs["sgd"]) > 1e-4


UNKNOWN = {
    "focul": {"loss": Step("focul")},
    "l2-penalty": {"loss": Step("l2-penalty")},
    "balancd": {"sampler": Step("balancd")},
    "cart": {"stages": Step("cart")},
    "flop": {"augment": Step("flop")},
    "mixip": {"augment": Step("none", {"mix": "mixip"})},
    "sdg": {"name": "sdg"},
    "cosin": {"optim": {"schedule": "cosin"}},
    "kosine": {"model_settings": {"width": 4, "head": "kosine"}},
    "widht": {"model_settings": {"widht": 4}},
    "resnet-9": {"model": "resnet-9"},
}


@pytest.mark.parametrize(("word", "slots"), list(UNKNOWN.items()), ids=UNKNOWN)
def test_an_unknown_name_is_quoted(word, slots):
    with pytest.raises(ValueError, match=f"'{word}'"):
        fit(recipe(**slots), images())


@pytest.mark.parametrize(
    ("slots", "says"),
    [
        ({"stages": Step("bilateral"), "loss": Step("ldam")}, "'ldam' is lost"),
        ({"stages": Step("distillation", STAGES["distillation"]), "loss": Step("focal")}, "lost"),
        ({"stages": Step("meta-weight-net"), "loss": Step("influence-balanced")}, "influence"),
        ({"stages": Step("bilateral"), "model": "mlp"}, "MLP has no last block"),
        ({"stages": Step("tau-norm", {"tau": 1.0}),
          "model_settings": {"width": 4, "head": "cosine"}}, "linear head"),
        ({"model_settings": {"width": 4, "freeze": 5}}, "freeze must be 0 to 4"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_refused(slots, says):
    with pytest.raises(ValueError, match=says):
        fit(recipe(**slots), images())


def test_features_are_not_augmented():
    with pytest.raises(ValueError, match="images must be"):
        fit(recipe("mlp", augment=Step("flip")), features())


def test_frozen_parts_stay_and_the_others_learn():
    what = recipe("resnet-8", model_settings={"width": 0.25, "freeze": 2})
    start = fit(what.from_plain({**what.to_plain(), "optim": optim_plain(0.0)}), images())
    end = fit(what, images())
    for name, tensor in state_of(start).items():
        frozen = name.startswith(("conv.", "bn.", "blocks.0."))
        if "num_batches" not in name:
            assert torch.equal(tensor, state_of(end)[name]) is frozen, name
    assert all(p.requires_grad for p in end.module.parameters())


def optim_plain(rate):
    params = {"learning_rate": rate, "epochs": 1, "batch_size": 16}
    return {"name": "sgd", "params": params}


@pytest.mark.parametrize("name", STAGES)
def test_a_network_of_every_scheme_is_saved_and_read(name, by_stages, tmp_path):
    trained, (X, target) = by_stages[name], images(seed=9)
    before = trained.predict_proba(X)
    assert np.isfinite(before).all()
    again = saved(trained, tmp_path)
    np.testing.assert_array_equal(again.predict_proba(X), before)
    curve = trained.curve((X, target), (X, target))
    assert curve.steps[-1] == 4
    from steelyard.kit.metrics import log_loss

    assert curve.val_loss[-1] == pytest.approx(log_loss(target, before))
    np.testing.assert_array_equal(trained.predict_proba(X), before)


def saved(trained, folder):
    trained.save(Case(folder), "model")
    names = {path.suffix for path in (folder / "model").iterdir()}
    assert names == {".safetensors", ".json"}, "no pickle"
    return load_model(folder / "model")


@pytest.mark.parametrize(
    "what",
    [
        recipe(model_settings={"width": 4, "head": "cosine"}, loss=Step("ldam"), name="adam"),
        recipe("resnet-8", optim={"ema": 0.9, "patience": 1}),
        recipe("resnet-8", stages=Step("bilateral")),
        recipe("mlp", model_settings={"hidden": [6, 4], "dropout": 0.2}),
    ],
    ids=["cosine", "averaged", "bilateral resnet", "mlp"],
)
def test_other_networks_are_saved_and_read(what, tmp_path):
    trained = fit(what, images())
    X, _ = images(seed=9)
    np.testing.assert_array_equal(
        saved(trained, tmp_path).predict_proba(X), trained.predict_proba(X)
    )


@pytest.mark.parametrize("name", ["one", "bilateral", "meta-weight-net"])
def test_an_answer_does_not_depend_on_its_neighbours(name, by_stages, monkeypatch):
    monkeypatch.setattr("steelyard.engine.devices.cpu_has_bfloat16", lambda: False)
    trained, (X, _) = by_stages[name], images(seed=9)
    whole = trained.predict_proba(X)
    alone = np.concatenate([trained.predict_proba(X[n : n + 1]) for n in range(8)])
    np.testing.assert_allclose(alone, whole[:8], atol=1e-6)
    np.testing.assert_allclose(trained.predict_proba(X[::-1]), whole[::-1], atol=1e-6)


@settings(max_examples=4)
@given(st.integers(0, 2**31), st.sampled_from(["one", "meta-weight-net", "crt", "distillation"]))
def test_a_seed_decides_everything_and_no_other_dice_are_touched(seed, stages):
    what = recipe(
        "mlp", model_settings={"hidden": [4], "dropout": 0.3},
        stages=Step(stages, STAGES[stages]), optim={"epochs": 2},
    )  # fmt: skip
    torch.manual_seed(seed % 1000)
    np.random.seed(seed % 1000)  # noqa: NPY002 - the global one is what must stay untouched
    before = torch.get_rng_state(), np.random.get_state()[1].tolist()  # noqa: NPY002
    one = fit(what, features(), random_state=seed)
    assert torch.equal(torch.get_rng_state(), before[0])
    assert np.random.get_state()[1].tolist() == before[1]  # noqa: NPY002
    torch.manual_seed(1)
    assert distance(one, fit(what, features(), random_state=seed)) == 0
    assert distance(one, fit(what, features(), random_state=seed + 1)) > 0


def test_influence_balanced_is_given_what_the_head_reads():
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(6, 5, generator=generator)
    from steelyard.models.mlp import MLP

    network = MLP(5, 3, hidden=(4,))
    target = torch.tensor([0, 1, 2, 0, 1, 2])
    loss = RowLoss(Step("influence-balanced", {"alpha": 10.0}), np.array([9, 5, 2]), network)
    batch = Batch(x, target, torch.arange(6.0), 6)
    wrapped = torch.nn.Sequential(network)  # as under DistributedDataParallel: called from outside
    expected = losses.influence_balanced(
        network(x), target, network.features(x), counts=[9, 5, 2], alpha=10.0, reduction="none"
    )
    torch.testing.assert_close(loss(wrapped, batch), batch.weight * expected)
    assert not network.head._forward_pre_hooks
