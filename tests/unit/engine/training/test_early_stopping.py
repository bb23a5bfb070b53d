"""Early stopping goes back to the epoch that was best on rows no step has seen."""

import numpy as np
import pytest
import torch
from tiny_runs import fit, images, recipe, state_of

from steelyard.engine.training.early_stopping import EarlyStopping
from steelyard.engine.training.examples import Examples
from steelyard.engine.training.run import Run


def held_back(counts, patience=1, seed=0):
    target = np.repeat(np.arange(len(counts)), counts)
    X = np.arange(len(target), dtype=np.float32)[:, None]
    return EarlyStopping.of(patience, Examples.of(X, target, len(counts)), seed)


def test_a_tenth_of_each_class_is_held_back_rounded_down():
    early = held_back((40, 25, 9))
    assert early.held.counts.tolist() == [4, 2, 0]
    assert early.training.counts.tolist() == [36, 23, 9]
    rows = torch.cat([early.held.rows, early.training.rows]).flatten().tolist()
    assert sorted(rows) == list(range(74))
    assert not torch.equal(early.held.rows, held_back((40, 25, 9), seed=1).held.rows)


@pytest.mark.parametrize("early", [held_back((9, 9)), held_back((40, 40), patience=0)])
def test_where_nothing_is_held_back_nothing_stops(early):
    assert early.held is None
    assert early.training.counts.sum() in (18, 80)
    early.look(5, None)
    assert not early.stops


class Says:
    """A network whose logits of class 0 and 1 are given, epoch by epoch."""

    def __init__(self, logits):
        self.said = logits
        self.module = torch.nn.Linear(1, 1)

    def logits(self, rows):
        return torch.tensor(self.said).repeat(len(rows), 1)


def test_it_stops_after_patience_epochs_and_every_class_counts_the_same():
    early = held_back((90, 10), patience=2)
    assert early.held.counts.tolist() == [9, 1]
    network = Says([0.0, 0.0])
    stops = []
    # Nine rows of class 0 against one of class 1: leaning to class 0 would win by rows.
    for epoch, logits in enumerate([[1.0, 0.0], [0.0, 0.0], [2.0, 0.0], [0.5, 0.0], [0.0, 0.0]], 1):
        network.said = logits
        torch.nn.init.constant_(network.module.weight, epoch)
        early.look(epoch, network)
        stops.append(early.stops)
    assert stops == [False, False, False, True, True]
    assert early.at == 2
    assert early.lowest == pytest.approx(np.log(2))
    early.restore(network.module)
    assert network.module.weight.item() == 2
    early.enter(7, fresh=False)
    assert (early.at, early.stops, early.lowest) == (7, False, pytest.approx(np.log(2)))
    early.enter(7, fresh=True)
    assert (early.lowest, early.best) == (float("inf"), {})


@pytest.mark.parametrize("ema", [0, 0.5])
def test_a_run_hands_over_its_best_epoch(ema, monkeypatch):
    seen = []
    look = EarlyStopping.look

    def spy(self, epoch, network):
        look(self, epoch, network)
        seen.append((self._loss(self.held, network), state_of(network)))

    monkeypatch.setattr(EarlyStopping, "look", spy)
    X, _ = images(counts=(36, 24))
    target = np.random.default_rng(0).integers(0, 2, 60)  # nothing to learn: it soon gets worse
    what = recipe(optim={"epochs": 30, "patience": 3, "learning_rate": 0.1, "ema": ema})
    said = []
    trained = fit(what, (X, target), tell=said.append)
    losses = [loss for loss, _ in seen]
    best = int(np.argmin(losses))
    assert len(said) == len(seen) == best + 4 < 30
    for name, tensor in state_of(trained).items():
        assert torch.equal(tensor, seen[best][1][name]), name


def test_no_step_sees_a_row_that_is_held_back(monkeypatch):
    seen, held = set(), []
    learn = Run.learn

    def spy(self, batch):
        held[:] = [self.early.held.rows]
        seen.update(row.tobytes() for row in batch.inputs.contiguous().numpy())
        learn(self, batch)

    monkeypatch.setattr(Run, "learn", spy)
    trained = fit(recipe(optim={"patience": 4}), images())
    rows = {row.tobytes() for row in trained.normalise(held[0]).numpy()}
    assert len(rows) == 4
    assert not rows & seen
    assert len(seen) == 56
