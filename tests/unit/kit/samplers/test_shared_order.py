"""Dealing as torch's DistributedSampler does, epochs, and going on in the middle of one."""

import json

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import DataLoader, DistributedSampler, TensorDataset

from steelyard.kit.samplers import (
    ClassBalancedSampler,
    ProgressivelyBalancedSampler,
    RareClassGuard,
    RowsPerClassBatchSampler,
    SharedOrder,
    ShuffledSampler,
    WeightedSampler,
)

TARGET = np.array([0] * 40 + [1] * 9 + [2] * 4)


class InOrder(SharedOrder[int]):
    """0, 1, 2, ...: only the dealing is left to test."""

    def order(self, epoch):
        return np.arange(self.n_items)


def every_sampler(**sharing):
    yield ShuffledSampler(53, **sharing)
    yield ClassBalancedSampler(TARGET, **sharing)
    yield ProgressivelyBalancedSampler(TARGET, 4, replacement=False, **sharing)
    yield WeightedSampler(1.0 + TARGET, **sharing)
    yield RowsPerClassBatchSampler(TARGET, 2, n_classes=2, **sharing)
    yield RareClassGuard(ShuffledSampler(53), TARGET, 7, **sharing)


@given(st.integers(1, 40), st.integers(1, 7), st.booleans())
def test_places_are_dealt_as_torch_deals_them(n, world_size, drop_last):
    if drop_last and n < world_size:
        with pytest.raises(ValueError, match="cannot be shared"):
            InOrder(n, rank=0, world_size=world_size, drop_last=drop_last)
        return
    for rank in range(world_size):
        ours = InOrder(n, rank=rank, world_size=world_size, drop_last=drop_last)
        theirs = DistributedSampler(range(n), world_size, rank, shuffle=False, drop_last=drop_last)
        assert list(ours) == list(theirs)
        assert len(ours) == len(theirs) == len(list(ours))


@pytest.mark.parametrize("drop_last", [False, True])
def test_the_ranks_together_are_the_order_of_one_process(drop_last):
    ones = every_sampler(drop_last=drop_last)
    ranks = [every_sampler(drop_last=drop_last, rank=r, world_size=3) for r in range(3)]
    for one, *shares in zip(ones, *ranks, strict=True):
        for epoch in (0, 3):
            for sampler in (one, *shares):
                sampler.set_epoch(epoch)
            whole, dealt = list(one), [list(share) for share in shares]
            together = [item for turn in zip(*dealt, strict=True) for item in turn]
            n = min(len(whole), len(together))
            assert together[:n] == whole[:n]
            assert together[n:] == whole[: len(together) - n]
            assert abs(len(whole) - len(together)) < 3


def test_a_shuffle_gives_no_row_to_two_ranks():
    shares = [set(ShuffledSampler(60, rank=r, world_size=4)) for r in range(4)]
    assert sorted(row for share in shares for row in share) == list(range(60))


def test_epochs_differ_and_come_again():
    for sampler in every_sampler():
        first = list(sampler)
        assert list(sampler) == first
        sampler.set_epoch(1)
        assert list(sampler) != first
        sampler.set_epoch(0)
        assert list(sampler) == first
    assert list(ShuffledSampler(53, random_state=1)) != list(ShuffledSampler(53))


def test_epoch_one_of_seed_zero_is_not_epoch_zero_of_seed_one():
    sampler = ShuffledSampler(53, random_state=0)
    sampler.set_epoch(1)
    assert list(sampler) != list(ShuffledSampler(53, random_state=1))


@pytest.mark.parametrize("stop", [0, 1, 3, 4])
def test_any_sampler_goes_on_where_it_stopped(stop):
    place = {"rank": 1, "world_size": 2}
    for running, fresh in zip(every_sampler(**place), every_sampler(**place), strict=True):
        running.set_epoch(2)
        iterator = iter(running)
        for _ in range(stop):
            next(iterator)
        fresh.load_state_dict(json.loads(json.dumps(running.state_dict())))
        fresh.set_epoch(2)  # a training loop sets the epoch again; that must not rewind
        assert fresh.state_dict() == running.state_dict()
        assert list(fresh) == list(iterator)
        assert running.state_dict()["n_done"] == fresh.state_dict()["n_done"] == len(fresh)
        assert len(list(fresh)) == len(fresh)  # only the first iteration is the rest
        fresh.set_epoch(3)
        running.set_epoch(3)
        assert list(fresh) == list(running)


def batches(sampler):
    rows = TensorDataset(torch.arange(53))
    return [batch.tolist() for (batch,) in DataLoader(rows, batch_size=5, sampler=sampler)]


def test_a_loader_goes_on_at_the_next_batch():
    whole = batches(ClassBalancedSampler(TARGET))
    running = ClassBalancedSampler(TARGET)
    loader = iter(DataLoader(TensorDataset(torch.arange(53)), batch_size=5, sampler=running))
    begun = [next(loader)[0].tolist() for _ in range(4)]
    resumed = ClassBalancedSampler(TARGET)
    resumed.load_state_dict(running.state_dict())
    assert begun + batches(resumed) == whole


def test_rows_trained_on_count_where_a_loader_asks_ahead():
    sampler = ClassBalancedSampler(TARGET)
    whole = list(sampler)  # as workers do: all rows are handed out, ten were trained on
    resumed = ClassBalancedSampler(TARGET)
    resumed.load_state_dict(sampler.state_dict(n_done=10))
    assert list(resumed) == whole[10:]


@pytest.mark.parametrize(
    ("other", "word"),
    [
        ({"random_state": 1}, "random_state"),
        ({"n_samples": 52}, "n_items"),
        ({"rank": 0, "world_size": 2}, "world_size"),
        ({"drop_last": True}, "drop_last"),
    ],
)
def test_a_state_of_another_sampler_is_refused(other, word):
    state = ClassBalancedSampler(TARGET, **other).state_dict()
    with pytest.raises(ValueError, match=word):
        ClassBalancedSampler(TARGET).load_state_dict(state)


def test_a_guards_state_knows_the_order_it_guards():
    def guard(seed, batch_size=7):
        return RareClassGuard(ShuffledSampler(53, random_state=seed), TARGET, batch_size)

    guard(1).load_state_dict(guard(1).state_dict())
    with pytest.raises(ValueError, match="sampler_random_state=1"):
        guard(0).load_state_dict(guard(1).state_dict())
    with pytest.raises(ValueError, match="batch_size=7"):
        guard(1, batch_size=8).load_state_dict({**guard(1).state_dict(), "n_items": 7})


@pytest.mark.parametrize("place", [(2, 2), (-1, 2), (0, None), (None, 2), (0, 0)])
def test_impossible_ranks_are_refused(place):
    rank, world_size = place
    with pytest.raises(ValueError, match="rank must be"):
        ShuffledSampler(5, rank=rank, world_size=world_size)
