"""Samplers of whole batches and balanced mixup, in the training."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from steelyard.core.recipe import Recipe, Step
from steelyard.engine.training import Examples, train
from steelyard.engine.training.blending import mixed
from steelyard.engine.training.objectives import Batch
from steelyard.engine.training.sampling import batches, sampler_of

TARGET = np.repeat([0, 1, 2], [90, 9, 3])
X = np.random.default_rng(0).normal(size=(102, 5)).astype(np.float32) + 2 * np.eye(5)[TARGET]
EXAMPLES = Examples.of(X, TARGET, 3)
MLP = Recipe(
    Step("mlp", {"hidden": [8]}),
    optim=Step("adamw", {"learning_rate": 0.01, "epochs": 4, "batch_size": 16}),
)


def shares(step: Step) -> np.ndarray:
    """(n_batches, K) rows of each class in every batch of an epoch."""
    sampler = sampler_of(step, EXAMPLES, 4, 0, batch_size=16)
    return np.array(
        [np.bincount(TARGET[rows.numpy()], minlength=3) for rows in batches(sampler, 16)]
    )


def test_no_guarded_batch_lacks_a_class_and_a_shuffled_one_does():
    assert (shares(Step("rare-class-guard")) >= 1).all()
    assert (shares(Step("all-rows")) == 0).any()


def test_rows_per_class_are_the_same_number_in_every_batch():
    assert (shares(Step("rows-per-class")) == 5).all()


@pytest.mark.parametrize("name", ["rare-class-guard", "rows-per-class"])
def test_batches_dealt_whole_train_a_network_of_their_own(name):
    plain = train(MLP, X, TARGET, 3).predict_proba(X)
    dealt = train(replace(MLP, sampler=Step(name)), X, TARGET, 3).predict_proba(X)
    again = train(replace(MLP, sampler=Step(name)), X, TARGET, 3).predict_proba(X)
    np.testing.assert_array_equal(dealt, again)
    assert np.abs(plain - dealt).max() > 0.001
    if name == "rows-per-class":
        rare = TARGET == 2
        assert dealt[rare, 2].mean() > plain[rare, 2].mean()


def test_balanced_mixup_blends_in_rows_of_every_class_alike():
    rows = torch.zeros(3000, dtype=torch.long)  # the first row, of the first class

    def batch_of(some):
        return Batch(EXAMPLES.rows[some], EXAMPLES.target[some], EXAMPLES.weight[some], len(some))

    how = Step("none", {"mix": "balanced-mixup", "alpha": 1.0})
    generator = torch.Generator().manual_seed(0)
    blended = mixed(how, batch_of(rows), EXAMPLES, generator, batch_of).target.mean(0)
    # lambda is 1/2 on average, a third of which goes to each class
    np.testing.assert_allclose(blended, [0.5 + 1 / 6, 1 / 6, 1 / 6], atol=0.02)


def test_an_unknown_mixing_is_named():
    batch = Batch(EXAMPLES.rows, EXAMPLES.target, EXAMPLES.weight, 102)
    with pytest.raises(ValueError, match="no mixing 'stir'"):
        mixed(Step("none", {"mix": "stir"}), batch, EXAMPLES, torch.Generator(), lambda rows: batch)
