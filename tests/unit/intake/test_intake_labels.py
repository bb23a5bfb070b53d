"""Labels and the column that holds them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.core.errors import UserError
from steelyard.intake.label_column import guess_label, obvious_label, require_column
from steelyard.intake.label_text import natural, text_codes
from steelyard.intake.labels import check_labels


def check(values, split=None, **options):
    split = np.array([""] * len(values) if split is None else split, dtype="<U5")
    names = np.arange(1, len(values) + 1).astype(str)
    return check_labels(pd.Series(values, dtype=object), split, names, **options)


def code_of(call):
    with pytest.raises(UserError) as caught:
        call()
    return caught.value


def test_classes_are_sorted_naturally_and_coded():
    labels = check(["c10", "c2", "c10", "c2", "c1", "c1"])
    assert labels.classes == ("c1", "c2", "c10")
    assert labels.target.tolist() == [2, 1, 2, 1, 0, 0]
    assert labels.split_labels == {"work": {"c1": 2, "c2": 2, "c10": 2}}


def test_numbers_are_written_without_a_point_and_sorted_by_value():
    labels = check([10.0, 9.0, -1.0] * 3)
    assert labels.classes == ("-1", "9", "10")


def test_labels_that_differ_by_case_or_space_are_not_merged():
    labels = check(["Cat", "cat ", "dog"] * 2)
    assert set(labels.classes) == {"Cat", "cat ", "dog"}


def test_empty_labels_are_refused_with_their_rows():
    values = ["a", "b", None, "a", float("nan"), "b", "  "]
    error = code_of(lambda: check(values))
    assert error.code == "E111"
    assert "3 of 7" in error.what
    assert error.why == "rows '3', '5', '7'"


def test_empty_labels_can_be_dropped():
    labels = check(["a", "b", None, "a", "b"], drop_unlabelled=True)
    assert labels.rows.tolist() == [0, 1, 3, 4]
    assert any("1 row without a label" in note for note in labels.notes)


def test_one_class_is_refused_by_name():
    error = code_of(lambda: check(["cowrie"] * 7))
    assert error.code == "E110"
    assert "'cowrie' (7 rows)" in error.what


def test_no_label_at_all_is_refused():
    assert code_of(lambda: check([None, None], drop_unlabelled=True)).code == "E110"


def test_a_class_with_one_row_is_refused_or_kept():
    values = ["a"] * 4 + ["b"] * 3 + ["auger"]
    error = code_of(lambda: check(values))
    assert (error.code, "'auger'" in error.what) == ("E113", True)
    labels = check(values, keep_singletons=True)
    assert labels.classes == ("a", "auger", "b")
    assert any("'auger'" in note for note in labels.notes)


def test_a_class_only_in_test_is_left_out_but_stays_in_the_texts():
    values = ["a", "a", "b", "b", "a", "Turrid", "b"]
    labels = check(values, ["train"] * 4 + ["test"] * 3)
    assert labels.classes == ("a", "b")
    assert labels.rows.tolist() == [0, 1, 2, 3, 4, 6]
    assert labels.split_labels["test"] == {"a": 1, "Turrid": 1, "b": 1}
    assert any("'Turrid'" in note and "1 row left out" in note for note in labels.notes)


def test_a_test_split_of_unknown_classes_alone_is_refused():
    values = ["cat", "cat", "dog", "dog", "Cat", "Dog"]
    error = code_of(lambda: check(values, ["train"] * 4 + ["test"] * 2))
    assert error.code == "E112"
    assert error.fix == "did you mean 'cat'?"


@pytest.mark.parametrize(
    "values",
    [
        np.linspace(0, 1, 30).tolist(),  # a quantity
        [f"name {i}" for i in range(60)],  # names
        list(range(100)),  # row numbers
        [0.5, 1.5, 2.5, 3.5],  # fractions, all different
    ],
)
def test_quantities_and_names_are_no_classes(values):
    assert code_of(lambda: check(values)).code == "E115"


def test_many_small_classes_are_classes():
    assert len(check([f"species {i}" for i in range(60)] * 3).classes) == 60


def test_sklearn_recognises_the_refusal_of_a_continuous_target():
    with pytest.raises(ValueError, match=r"Unknown label type: |continuous"):
        check(np.random.default_rng(0).normal(size=50).tolist())


@given(st.lists(st.sampled_from(["a", "B", "b2", "b10", " ", None, 3, 2.5, True]), max_size=30))
def test_text_codes_give_back_what_was_written(values):
    codes, texts = text_codes(pd.Series(values, dtype=object))
    assert texts == sorted(set(texts))
    for value, code in zip(values, codes):
        if value is None or not str(value).strip():
            assert code == -1
        else:
            assert texts[code] == str(value)


@given(st.lists(st.text(max_size=6), unique=True))
def test_natural_order_is_total(texts):
    backwards = texts[::-1]
    assert sorted(texts, key=natural) == sorted(backwards, key=natural)


def test_a_wrong_column_is_met_with_did_you_mean():
    error = code_of(lambda: require_column("tarlget", ["age", "target"], "t.csv", "--label"))
    assert (error.code, error.fix) == ("E103", "did you mean 'target'?")


def test_the_label_is_guessed_by_name_then_as_the_last_column():
    assert obvious_label(["a", " Target "]) == " Target "
    assert obvious_label(["a", "b"]) is None
    frame = pd.DataFrame({"x": np.arange(20) / 7, "kind": ["u", "v"] * 10})
    assert guess_label(frame, "t.csv") == "kind"
    error = code_of(lambda: guess_label(frame[["kind", "x"]], "t.csv"))
    assert (error.code, "'kind'" in error.fix) == ("E118", True)
