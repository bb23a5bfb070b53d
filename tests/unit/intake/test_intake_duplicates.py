"""Rows of equal content."""

import struct

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from steelyard.intake.duplicates import bytes_hashes, find_duplicates, row_hashes, tie_units


def splits(*names):
    return np.array(names, dtype="<U5")


def test_hashes_see_missing_values_and_the_sign_of_zero_as_equal():
    other_nan = np.array([0x7FF8000000000001], dtype=np.uint64).view(np.float64)[0]
    X = np.array([[0.0, np.nan], [-0.0, other_nan], [np.nan, 0.0], [0.0, 1.0]])
    hashes = row_hashes(X)
    assert hashes[0] == hashes[1]
    assert len(set(hashes)) == 3


@given(hnp.arrays(np.float64, (12, 3), elements=st.sampled_from([0.0, 1.0, 2.0, -1.0])))
def test_hashes_agree_with_comparing_rows(X):
    hashes = row_hashes(X)
    for i in range(12):
        for j in range(12):
            assert (hashes[i] == hashes[j]) == bool((X[i] == X[j]).all())


def splitmix64(z):
    """Sebastiano Vigna's splitmix64.c in whole numbers."""
    keep = (1 << 64) - 1
    z = (z + 0x9E3779B97F4A7C15) & keep
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & keep
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & keep
    return z ^ (z >> 31)


def test_hashes_are_the_same_on_every_machine():
    bits = [struct.unpack("<Q", struct.pack("<d", x))[0] for x in (1.0, 2.5)]
    expected = sum(splitmix64(b ^ splitmix64(j + 1)) for j, b in enumerate(bits)) % 2**64
    assert row_hashes(np.array([[1.0, 2.5]])).tolist() == [expected]


def test_hashes_of_images_are_of_their_bytes():
    X = np.zeros((3, 2, 2, 3), dtype=np.uint8)
    X[1, 0, 0, 0] = 1
    hashes = bytes_hashes(X)
    assert hashes[0] == hashes[2] != hashes[1]


def test_duplicates_are_counted_across_within_and_in_conflict():
    content = np.array([1, 1, 2, 3, 2, 4, 1], dtype=np.uint64)
    target = np.array([0, 0, 1, 1, 0, 0, 0])
    split = splits("train", "train", "train", "val", "test", "test", "test")
    names = np.array([f"r{i}" for i in range(7)])
    found = find_duplicates(content, target, split, names)
    assert found.across == {"train|test": 2}
    assert found.within == 1
    assert found.conflicting == 1
    assert found.examples == {"train|test": ("r4", "r6")}
    assert found.classes == {"train|test": (0, 0)}


def test_no_duplicates_no_facts():
    found = find_duplicates(
        np.arange(4, dtype=np.uint64), np.zeros(4, int), splits(*[""] * 4), np.arange(4).astype(str)
    )
    assert (found.across, found.within, found.conflicting) == ({}, 0, 0)


def test_units_join_content_and_groups_through_each_other():
    content = np.array([10, 10, 20, 30, 40], dtype=np.uint64)
    group = np.array([-1, 7, 7, 8, -1])
    unit = tie_units(content, group, splits(*[""] * 5))
    assert unit[0] == unit[1] == unit[2]
    assert len({unit[0], unit[3], unit[4]}) == 3


def test_a_group_cut_by_the_given_test_split_stays_cut():
    content = np.arange(4, dtype=np.uint64)
    unit = tie_units(content, np.array([5, 5, 5, 5]), splits("train", "train", "test", "test"))
    assert unit[0] == unit[1] != unit[2] == unit[3]


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(-1, 4)), min_size=1, max_size=25))
def test_units_are_the_connected_components(rows):
    content = np.array([c for c, _ in rows], dtype=np.uint64)
    group = np.array([g for _, g in rows])
    unit = tie_units(content, group, splits(*[""] * len(rows)))
    # the plain way: join until nothing changes
    plain = list(range(len(rows)))
    for _ in rows:
        for i, (ci, gi) in enumerate(rows):
            for j, (cj, gj) in enumerate(rows):
                if ci == cj or (gi == gj and gi >= 0):
                    plain[i] = plain[j] = min(plain[i], plain[j])
    for i in range(len(rows)):
        for j in range(len(rows)):
            assert (unit[i] == unit[j]) == (plain[i] == plain[j])
