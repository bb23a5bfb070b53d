"""Work, test and folds."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.core.data import Column, Data
from steelyard.intake.splits import assign_folds, split_work_test


def data(target, unit=None, split=None):
    target = np.asarray(target, dtype=np.int64)
    n = target.size
    return Data(
        name="d",
        kind="table",
        X=np.zeros((n, 1)),
        target=target,
        classes=tuple(map(str, range(target.max() + 1))),
        split=np.array([""] * n if split is None else split, dtype="<U5"),
        unit=np.arange(n) if unit is None else np.asarray(unit),
        row_names=np.arange(n).astype(str),
        fingerprint="f",
    )


def test_a_quarter_of_each_class_is_tested():
    d = data(np.repeat([0, 1, 2], [400, 80, 60]))
    work, test = split_work_test(d, 0)
    assert d.counts(test).tolist() == [100, 20, 15]
    assert np.array_equal(np.sort(np.r_[work, test]), np.arange(540))


def test_a_third_is_tested_where_a_class_is_small():
    d = data(np.repeat([0, 1, 2], [300, 42, 3]))
    assert d.counts(split_work_test(d, 0)[1]).tolist() == [100, 14, 1]


def test_from_ten_thousand_rows_a_fifth_is_tested():
    d = data(np.repeat([0, 1], [9_000, 1_000]))
    assert d.counts(split_work_test(d, 0)[1]).tolist() == [1_800, 200]


def test_the_seed_decides():
    d = data(np.repeat([0, 1], 100))
    once, again, other = (split_work_test(d, s)[1] for s in (0, 0, 1))
    assert np.array_equal(once, again)
    assert not np.array_equal(once, other)


def test_a_class_of_one_row_is_worked_with_and_one_of_two_is_on_both_sides():
    d = data([0] * 20 + [1] + [2, 2])
    work, test = split_work_test(d, 3)
    assert d.counts(work)[1:].tolist() == [1, 1]
    assert d.counts(test)[1:].tolist() == [0, 1]


def test_the_smaller_of_two_unequal_units_is_tested():
    d = data([0] * 40 + [1] * 11, [*range(40), *[100] * 10, 101])
    assert d.counts(split_work_test(d, 0)[1])[1] == 1


def test_a_given_test_split_is_kept_and_its_copies_leave_work():
    split = ["train"] * 4 + ["val"] * 2 + ["test"] * 2
    d = data([0, 0, 1, 1, 0, 1, 0, 1], unit=[0, 1, 2, 3, 4, 5, 0, 6], split=split)
    work, test = split_work_test(d, 0)
    assert test.tolist() == [6, 7]
    assert work.tolist() == [1, 2, 3, 4, 5]  # row 0 is a copy of test row 6


def test_copies_stay_where_a_class_would_be_emptied():
    d = data([0, 0, 1, 1], unit=[0, 1, 2, 2], split=["train", "train", "train", "test"])
    assert split_work_test(d, 0)[0].tolist() == [0, 1, 2]


def test_rows_that_repeat_by_nature_are_no_copies():
    columns = (Column("sex", "category", distinct=2), Column("class", "category", distinct=3))
    d = data([0, 0, 1, 1] * 5, unit=[0, 1, 2, 3] * 5, split=["train"] * 12 + ["test"] * 8)
    assert split_work_test(replace(d, columns=columns), 0)[0].tolist() == list(range(12))


targets = st.lists(st.integers(0, 4), min_size=2, max_size=80).map(
    lambda ks: np.unique(ks, return_inverse=True)[1]
)


@settings(max_examples=200)
@given(targets, st.integers(0, 2**31), st.data())
def test_units_stay_whole_and_classes_of_two_units_stand_on_both_sides(target, seed, draw):
    # units of one class each, as copies with equal labels are
    unit = 10 * np.array(draw.draw(st.lists(st.integers(0, 9), min_size=len(target),
                                            max_size=len(target)))) + target  # fmt: skip
    d = data(target, unit)
    work, test = split_work_test(d, seed)
    assert not set(unit[work]) & set(unit[test])
    assert np.array_equal(np.sort(np.r_[work, test]), np.arange(len(target)))
    for k in range(d.n_classes):
        if len(np.unique(unit[target == k])) >= 2:
            assert d.counts(work)[k] >= 1
            assert d.counts(test)[k] >= 1
        else:
            assert d.counts(test)[k] == 0


@given(targets, st.integers(2, 6), st.integers(0, 2**31), st.integers(1, 30))
def test_folds_keep_any_units_whole(target, n_folds, seed, n_units):
    unit = np.random.default_rng(seed).integers(0, n_units, len(target))
    fold = assign_folds(target, unit, n_folds, seed)
    assert fold.shape == target.shape
    assert set(fold) <= set(range(n_folds))
    for u in np.unique(unit):
        assert len(set(fold[unit == u])) == 1


@given(targets, st.integers(2, 6), st.integers(0, 2**31))
def test_folds_of_single_rows_are_as_even_as_can_be(target, n_folds, seed):
    fold = assign_folds(target, np.arange(len(target)), n_folds, seed)
    sizes = np.bincount(fold, minlength=n_folds)
    assert sizes.max() - sizes.min() <= 1
    for k in np.unique(target):
        share = np.bincount(fold[target == k], minlength=n_folds)
        assert share.max() - share.min() <= 1


def test_a_class_of_few_units_has_each_in_another_fold():
    target = np.r_[np.zeros(50, int), np.ones(9, int)]
    unit = np.r_[np.arange(50), np.repeat([90, 91, 92], 3)]
    fold = assign_folds(target, unit, 5, 0)
    assert len(set(fold[target == 1])) == 3


def test_large_groups_of_mixed_classes_are_balanced():
    rng = np.random.default_rng(0)
    unit = rng.integers(0, 60, 3_000)
    target = (rng.random(3_000) < 0.1).astype(int)
    fold = assign_folds(target, unit, 5, 1)
    for k in (0, 1):
        share = np.bincount(fold[target == k], minlength=5) / (target == k).sum()
        assert np.all(np.abs(share - 0.2) < 0.03)


def test_one_fold_is_no_fold():
    with pytest.raises(ValueError, match="n_folds"):
        assign_folds(np.array([0, 1]), np.array([0, 1]), 1, 0)


def test_unequal_units_are_dealt_largest_first():
    unit = np.repeat(np.arange(6), [3, 4, 5, 3, 4, 5])  # 5 + 3, 5 + 3, 4 + 4
    for seed in range(5):
        assert np.bincount(assign_folds(np.zeros(24, int), unit, 3, seed)).tolist() == [8] * 3
