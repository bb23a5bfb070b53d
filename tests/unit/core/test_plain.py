"""The nouns go to JSON and come back, nothing rounded, nothing executed."""

import json
import math
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from steelyard.core.data import Column, Duplicates
from steelyard.core.errors import UserError
from steelyard.core.exam import Curve, Exam
from steelyard.core.finding import Evidence, Finding
from steelyard.core.plain import from_plain, read_plain, to_plain
from steelyard.core.trial import Interval
from steelyard.core.verdict import FlipReport, TestReport, Verdict

DTYPES = st.sampled_from(["<f8", "<f4", "<i8", "|u1", "|b1", "<U3"])


@dataclass(frozen=True)
class Holder:
    array: np.ndarray
    names: tuple[str, ...] = ()
    pairs: dict[str, tuple[int, int]] = field(default_factory=dict)
    mean: float = 0.0
    maybe: Interval | None = None


def through_json(kind, value):
    return from_plain(kind, json.loads(json.dumps(to_plain(value), allow_nan=False)))


@given(DTYPES.flatmap(lambda dtype: arrays(dtype, array_shapes(min_dims=1, min_side=0))))
def test_arrays_come_back_bit_by_bit(array):
    back = through_json(Holder, Holder(array)).array
    assert (back.dtype, back.shape) == (array.dtype, array.shape)
    assert back.tobytes() == array.tobytes()
    back[...] = back  # a reader may write into its own copy


@given(
    st.tuples(st.text(), st.text()),
    st.dictionaries(st.text(), st.tuples(st.integers(), st.integers())),
    st.floats(allow_nan=False, allow_infinity=False),
)
def test_containers_and_numbers_come_back(names, pairs, mean):
    whole = Holder(np.arange(3), names, pairs, mean, Interval(mean, p=0.25))
    back = through_json(Holder, whole)
    assert (back.names, back.pairs, back.mean) == (names, pairs, mean)
    assert isinstance(back.maybe, Interval)
    assert (back.maybe.mean, back.maybe.p) == (mean, 0.25)
    assert math.isnan(back.maybe.low)


def test_the_order_of_memory_does_not_matter():
    turned = np.arange(6).reshape(2, 3).T
    np.testing.assert_array_equal(through_json(Holder, Holder(turned)).array, turned)


def test_an_exam_comes_back_whole():
    curve = Curve(*(np.arange(2.0) + i for i in range(5)))
    exam = Exam(
        "table", ("a", "b"), np.array([0, 1, 1]), prior=np.array([0.5, 0.5]),
        proba=np.full((1, 3, 2), 0.5), fold=np.array([[0, 1, 0]]), curves=(curve,),
        columns=(Column("age", "category", categories=("old", "young")),),
        duplicates=Duplicates({"train|test": 2}, 1, 0, {"train|test": ("7",)}),
        splits={"train": {"a": 1, "b": 2}},
    )  # fmt: skip
    back = through_json(Exam, exam)
    assert back.columns == exam.columns
    assert back.duplicates == exam.duplicates
    assert back.splits == exam.splits
    assert back.test_counts is None
    np.testing.assert_array_equal(back.proba, exam.proba)
    np.testing.assert_array_equal(back.curves[0].val_score, curve.val_score)


def test_findings_and_verdicts_come_back_equal():
    finding = Finding(
        "P301", "classes-below-chance", "high", 0.9, "says", ("a",),
        (Evidence("recall", 0.1, 0.0, 0.2, 30, "0.5"),), ("R610",),
    )  # fmt: skip
    assert through_json(Finding, finding) == finding
    report = TestReport(
        base={"kappa": Interval(0.1, 0.0, 0.2, 1.0)},
        difference=Interval(0.3, 0.2, 0.4, 0.01),
        vs_tuned_base=Interval(0.2, 0.1, 0.3, 0.02),
        flips=FlipReport(1, 2, 30, 0.5, {"tail": (0, 2, 5)}),
    )
    verdict = Verdict("proven-better", "R610", 3, "says", report, "R610")
    assert through_json(Verdict, verdict) == verdict


def test_a_newer_file_is_read_by_an_older_program():
    plain = {**to_plain(Interval(0.5)), "added_later": [1, 2]}
    assert from_plain(Interval, plain).mean == 0.5


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[1,"])
def test_a_damaged_file_is_named(content, tmp_path):
    (tmp_path / "case.json").write_bytes(content)
    with pytest.raises(UserError) as caught:
        read_plain(tmp_path / "case.json")
    assert caught.value.code == "E105"
    assert "case.json" in caught.value.what


def test_a_missing_file_says_so(tmp_path):
    with pytest.raises(UserError, match="cannot read") as caught:
        read_plain(tmp_path / "case.json")
    assert caught.value.why == "it is missing"
