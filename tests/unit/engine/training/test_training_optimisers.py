"""Rates by hand, groups of parameters, averaged weights, and which rows an epoch has."""

from collections import Counter

import numpy as np
import pytest
import torch
from tiny_runs import features, fit, images, recipe, state_of
from torch import nn

from steelyard.core.recipe import Step
from steelyard.engine.training.examples import Examples
from steelyard.engine.training.optimisers import average_of, optimiser_of, rate_at
from steelyard.engine.training.run import Run
from steelyard.engine.training.sampling import batch_size_for, batches, sampler_of
from steelyard.kit.optim import ExponentialAverage
from steelyard.kit.samplers import ShuffledSampler
from steelyard.models.mlp import MLP


def test_rates_by_hand():
    cosine, drop = Step("sgd"), Step("sgd", {"schedule": "drop"})
    early, constant = drop.but(drop_at=0.5), Step("sgd", {"schedule": "constant"})
    assert [rate_at(constant, t, 10) for t in (0, 0.5, 0.9, 5)] == pytest.approx([0.1, 0.6, 1, 1])
    assert [rate_at(constant, t, 2) for t in (0, 1)] == [1, 1]  # too short to warm up
    half = (1 + np.cos(np.pi * 0.05)) / 2
    assert rate_at(cosine, 0.5, 10) == pytest.approx(0.6 * half)
    assert rate_at(cosine, 5, 10) == pytest.approx(0.5)
    assert rate_at(cosine, 10, 10) == pytest.approx(0)
    assert [rate_at(drop, t, 20) for t in (15.9, 16, 17.9, 18, 20)] == [1, 0.1, 0.1, 0.01, 0.01]
    assert [rate_at(early, t, 8) for t in (3.9, 4, 6)] == [1, 0.1, 0.01]


def test_rates_fall_from_the_head_and_biases_do_not_decay():
    network = MLP(5, 3, hidden=(4, 6))
    step = Step("sgd", {"learning_rate": 0.8, "layer_decay": 0.5, "l2": 0.01})
    groups = optimiser_of(step, network.parts()).param_groups
    found = [(g["lr"], g["weight_decay"], [tuple(p.shape) for p in g["params"]]) for g in groups]
    assert found == [
        (0.2, 0.01, [(4, 5)]), (0.2, 0, [(4,)]),
        (0.4, 0.01, [(6, 4)]), (0.4, 0, [(6,)]),
        (0.8, 0.01, [(3, 6)]), (0.8, 0, [(3,)]),
    ]  # fmt: skip
    network.blocks.requires_grad_(False)
    groups = optimiser_of(step, network.parts()).param_groups
    assert [tuple(p.shape) for g in groups for p in g["params"]] == [(3, 6), (3,)]


def test_the_averaged_network_is_handed_over(monkeypatch):
    mine, ends = [], []
    once, step = Run.learn, Run.run_epoch

    def spy(self, batch):
        if not mine:
            mine.append(ExponentialAverage(self.module, 0.8))
        once(self, batch)
        mine[0].update_parameters(self.module)

    def epoch(self):
        step(self)
        ends.append(state_of(self))

    monkeypatch.setattr(Run, "learn", spy)
    monkeypatch.setattr(Run, "run_epoch", epoch)
    trained = fit(recipe(optim={"ema": 0.8}), images())
    for name, tensor in mine[0].module.state_dict().items():
        assert torch.equal(state_of(trained)[name], tensor), name
        assert "num_batches" in name or not torch.equal(ends[-1][name], tensor), name
    assert average_of(trained.module, Step("sgd", {"ema": 0.0}), 9) is None


def examples(counts=(8, 4, 2), **how):
    X, target = features(counts)
    return Examples.of(X, target, len(counts), **how)


def drawn(step, n_epochs=50, n_seen=50, rows=None):
    rows = rows or examples()
    sampler = sampler_of(step, rows, n_epochs, 0)
    seen = Counter()
    for epoch in range(n_seen):
        sampler.set_epoch(epoch)
        seen.update(rows.target[torch.cat(batches(sampler, 5))].tolist())
    return np.array([seen[k] for k in range(3)]) / sum(seen.values())


@pytest.mark.parametrize(
    ("step", "shares"),
    [
        (Step("all-rows"), np.array([8, 4, 2]) / 14),
        (Step("over-sampling"), np.array([8, 4, 2]) / 14),
        (Step("class-balanced"), np.ones(3) / 3),
        (Step("square-root"), np.sqrt([8, 4, 2]) / np.sqrt([8, 4, 2]).sum()),
        (Step("power", {"q": -1}), np.array([1, 2, 4]) / 7),
        (Step("progressively-balanced"), (np.array([8, 4, 2]) / 14 + 1 / 3) / 2),
    ],
    ids=str,
)
def test_samplers_draw_classes_as_they_say(step, shares):
    np.testing.assert_allclose(drawn(step), shares, atol=0.06)


def test_progress_follows_the_epochs_of_the_run():
    step = Step("progressively-balanced")
    np.testing.assert_allclose(drawn(step, n_epochs=1000), np.array([8, 4, 2]) / 14, atol=0.06)


def test_an_epoch_has_every_row_once_in_parts_of_equal_size():
    for n, size, wanted in ((10, 4, [4, 3, 3]), (65, 64, [33, 32]), (5, 9, [5]), (7, 1, [1] * 7)):
        parts = batches(ShuffledSampler(n), size)
        assert [len(part) for part in parts] == wanted
        assert sorted(torch.cat(parts).tolist()) == list(range(n))
    assert [len(part) for part in batches(ShuffledSampler(3), 2, 2)] == [3]  # none without a row
    with pytest.raises(ValueError, match="3 rows cannot be shared by 4 processes"):
        batches(ShuffledSampler(3), 2, 4)
    assert [batch_size_for(*asked) for asked in ((3,), (100, 7), (5, 64))] == [3, 7, 5]


def test_examples_say_what_is_wrong_and_scale_the_weights():
    with pytest.raises(ValueError, match="0 or more"):
        examples(weight=np.full(14, -1.0))
    with pytest.raises(ValueError, match="above 0 somewhere"):
        examples(weight=np.zeros(14))
    some = examples(weight=np.arange(14.0))
    assert float(some.weight.mean()) == pytest.approx(1)
    assert some.counts.tolist() == [8, 4, 2]
    part = some.part(np.array([3, 1]))
    assert torch.equal(part.rows, some.rows[[3, 1]])
    assert part.counts.sum() == 2
    assert some.fingerprint != part.fingerprint
    assert some.fingerprint == examples(weight=np.arange(14.0)).fingerprint
    assert some.fingerprint != examples().fingerprint


def test_images_are_read_at_the_networks_side():
    X = np.full((2, 8, 6, 3), (10, 20, 30), np.uint8)
    rows = Examples.of(X, np.zeros(2, int), 1, side=4).rows
    assert rows.shape == (2, 3, 4, 4)
    assert rows.dtype == torch.uint8
    assert [int(c) for c in rows[0, :, 2, 2]] == [10, 20, 30]
    assert rows[:, 0].eq(10).all()


def test_averages_of_nothing():
    assert isinstance(average_of(nn.Linear(1, 1), Step("sgd", {"ema": 0.5}), 9), ExponentialAverage)


def test_swa_hands_over_the_mean_of_the_last_weights(monkeypatch):
    once, weights = Run.learn, []

    def spy(self, batch):
        once(self, batch)
        weights.append(state_of(self))

    monkeypatch.setattr(Run, "learn", spy)
    trained = fit(recipe(optim={"swa": 0.75, "schedule": "constant"}), images())
    last = weights[len(weights) * 3 // 4 :]
    assert len(weights) == 16
    assert len(last) == 4
    for name, tensor in state_of(trained).items():
        if tensor.is_floating_point():
            mean = torch.stack([one[name] for one in last]).mean(0)
            torch.testing.assert_close(tensor, mean, msg=name)


@pytest.mark.parametrize("name", ["lars", "lamb"])
@pytest.mark.parametrize("l2", [0.0, 0.01])
def test_only_weights_have_a_rate_by_their_size(name, l2):
    step = Step(name, {"learning_rate": 0.8, "l2": l2})
    groups = optimiser_of(step, MLP(5, 3, hidden=(4,)).parts()).param_groups
    assert [(g["trust"], {p.ndim for p in g["params"]}) for g in groups] == [
        (True, {2}),
        (False, {1}),
    ]


def test_adam_has_become_sgd_in_the_second_half(monkeypatch):
    once, switched = Run.learn, []

    def spy(self, batch):
        switched.append(self.optimiser.switched)
        once(self, batch)

    monkeypatch.setattr(Run, "learn", spy)
    fit(recipe(name="adam-to-sgd", optim={"learning_rate": 0.002}), images())
    assert switched == [False] * 8 + [True] * 8
