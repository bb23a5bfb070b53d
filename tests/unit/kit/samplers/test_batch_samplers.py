"""Batches: M rows per class, and the guard that no batch lacks a rare class."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from steelyard.kit.samplers import (
    ClassBalancedSampler,
    RareClassGuard,
    RowsPerClassBatchSampler,
    ShuffledSampler,
    WeightedSampler,
)

TARGET = np.array([0] * 500 + [1] * 60 + [2] * 3)


@given(st.data(), st.integers(0, 99))
def test_each_batch_has_m_rows_of_p_classes_and_repeats_none_it_need_not(data, seed):
    counts = data.draw(st.lists(st.integers(0, 6), min_size=1, max_size=6).filter(any))
    present = np.count_nonzero(counts)
    p, m = data.draw(st.integers(1, present)), data.draw(st.integers(1, 4))
    target = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts))
    sampler = RowsPerClassBatchSampler(
        target, m, n_classes=p, n_batches=data.draw(st.integers(1, 9)), random_state=seed
    )
    assert len(sampler) == len(list(sampler)) == sampler.n_items
    for batch in sampler:
        classes = Counter(target[batch].tolist())
        assert len(classes) == p
        assert set(classes.values()) == {m}
        for k in classes:
            assert len({row for row in batch if target[row] == k}) == min(m, counts[k])


def test_classes_are_as_likely_and_rows_used_alike():
    sampler = RowsPerClassBatchSampler(TARGET, 2, n_classes=2, n_batches=600)
    rows = np.concatenate(list(sampler))
    assert chisquare(np.bincount(TARGET[rows])).pvalue > 1e-3
    times = np.bincount(rows)[TARGET == 1]
    assert times.max() - times.min() <= 1


def test_the_default_epoch_is_as_long_as_the_data():
    assert len(RowsPerClassBatchSampler(TARGET, 4)) == 563 // 12
    assert len(RowsPerClassBatchSampler([0, 1], 4)) == 1


@given(st.data(), st.integers(0, 99))
def test_every_batch_has_every_rare_class_whenever_that_is_possible(data, seed):
    counts = data.draw(st.lists(st.integers(1, 40), min_size=2, max_size=5))
    target = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts))
    rare = data.draw(st.none() | st.lists(st.integers(0, len(counts) - 1), unique=True))
    min_rows, batch_size = data.draw(st.integers(1, 3)), data.draw(st.integers(1, target.size))
    named = range(len(counts)) if rare is None else rare
    inner = data.draw(
        st.sampled_from(
            [
                ShuffledSampler(target.size, random_state=seed),
                ClassBalancedSampler(target, random_state=seed),
                WeightedSampler(target == 0, n_samples=target.size) if counts[0] else None,
            ]
        )
    )
    arguments = {"rare": rare, "min_rows": min_rows, "drop_last": data.draw(st.booleans())}
    if len(named) * min_rows > batch_size:
        with pytest.raises(ValueError, match="fit into"):
            RareClassGuard(inner, target, batch_size, **arguments)
        return
    batches = list(RareClassGuard(inner, target, batch_size, **arguments))
    whole = target.size / batch_size
    assert len(batches) == int(whole if arguments["drop_last"] else np.ceil(whole))
    for batch in batches:
        assert len(batch) == batch_size
        present = np.bincount(target[batch], minlength=len(counts))
        assert all(present[k] >= min_rows for k in named)


def test_without_the_guard_batches_do_lack_the_rare_class():
    order = TARGET[list(ShuffledSampler(563))][:560].reshape(-1, 10)
    assert (order == 2).any(axis=1).mean() < 0.1


def test_enough_rare_rows_are_only_moved():
    guard = RareClassGuard(ShuffledSampler(560), TARGET[:560], batch_size=10)
    for epoch in range(3):
        guard.set_epoch(epoch)
        assert sorted(row for batch in guard for row in batch) == list(range(560))


def test_too_few_rare_rows_come_again_alike_and_displace_as_many_others():
    guard = RareClassGuard(ShuffledSampler(563), TARGET, batch_size=10, rare=[2], drop_last=True)
    rows = Counter(row for batch in guard for row in batch)
    rare = [rows.pop(row) for row in (560, 561, 562)]
    assert sum(rare) == 56
    assert max(rare) - min(rare) <= 1
    assert len(rows) == sum(rows.values()) == 560 - 56


def test_the_rest_of_a_batch_keeps_the_samplers_distribution():
    balanced = ClassBalancedSampler(TARGET, n_samples=6_000)
    classes = TARGET[np.concatenate(list(RareClassGuard(balanced, TARGET, batch_size=12)))]
    drawn = TARGET[list(balanced)]
    assert np.bincount(classes).tolist() == np.bincount(drawn).tolist()


def test_rows_of_a_batch_are_not_sorted_by_class():
    batches = np.array(list(RareClassGuard(ShuffledSampler(563), TARGET, 10, rare=[2])))
    places = np.flatnonzero((TARGET[batches] == 2).any(axis=0))
    assert places.size == 10


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: RareClassGuard(ShuffledSampler(563), TARGET, 10, rare=[2, 7]), "'7'"),
        (lambda: RareClassGuard(ShuffledSampler(563), TARGET, 10, min_rows=0), "min_rows=0"),
        (lambda: RareClassGuard(ShuffledSampler(9), TARGET, 10, drop_last=True), "0 items"),
        (lambda: list(RareClassGuard(ShuffledSampler(700), TARGET, 10)), "drew row 699"),
        (lambda: RowsPerClassBatchSampler(TARGET, 0), "rows_per_class=0"),
        (lambda: RowsPerClassBatchSampler(TARGET, 1, n_classes=4), "1..3 classes"),
    ],
)
def test_bad_arguments_are_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()
