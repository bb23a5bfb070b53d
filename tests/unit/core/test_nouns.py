"""Recipe, shelf, errors and deadline: small rules that much rests on."""

import copy
import pickle
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.core.deadline import Deadline
from steelyard.core.errors import UserError, did_you_mean, first_five
from steelyard.core.finding import Finding
from steelyard.core.recipe import SLOTS, Recipe, Step
from steelyard.core.shelf import Shelf, headings, matches
from steelyard.core.trial import Interval, Trial

PARAMS = st.dictionaries(
    st.sampled_from(["tau", "l2", "how"]),
    st.one_of(st.integers(-9, 9), st.floats(-9, 9), st.sampled_from(["tuned", "over"])),
)
STEPS = st.builds(Step, st.sampled_from(["one", "two"]), PARAMS)
RECIPES = st.builds(Recipe, **dict.fromkeys(SLOTS, STEPS))


# ------------------------------------------------------------------------- recipe
@given(RECIPES, RECIPES)
def test_a_difference_names_the_slots_that_differ(one, other):
    slots = {line.partition(":")[0] for line in one.diff(other)}
    assert slots == one.changed_slots(other) == {
        slot for slot in SLOTS if getattr(one, slot) != getattr(other, slot)
    }  # fmt: skip
    assert one.diff(one) == ()


@given(RECIPES)
def test_a_recipe_comes_back_with_its_key(recipe):
    back = Recipe.from_plain(recipe.to_plain())
    assert back == recipe
    assert (back.key, back.fit_key) == (recipe.key, recipe.fit_key)


@given(RECIPES, STEPS)
def test_the_rule_changes_the_recipe_but_not_the_training(recipe, rule):
    other = replace(recipe, posthoc=rule)
    assert other.fit_key == recipe.fit_key
    if rule != recipe.posthoc:
        assert other.key != recipe.key
    trained = replace(recipe, loss=Step("another"))
    assert trained.fit_key != recipe.fit_key


@given(STEPS, STEPS)
def test_equal_steps_have_equal_hashes(one, other):
    if one == other:
        assert hash(one) == hash(other)
    assert hash(one) == hash(Step(one.name, dict(reversed(one.params.items()))))


def test_whole_numbers_of_either_type_are_one_setting():
    one, other = Step("adam", {"l2": 1}), Step("adam", {"l2": 1.0})
    assert len({one, other}) == 1


def test_the_order_of_parameters_is_no_other_recipe():
    one = Recipe(Step("forest", {"a": 1, "b": 2}))
    other = Recipe(Step("forest", {"b": 2, "a": 1}))
    assert (one, one.key) == (other, other.key)


def test_but_changes_a_copy():
    step = Step("adam", {"l2": 1.0})
    assert step.but(l2=2.0, rate=3) == Step("adam", {"l2": 2.0, "rate": 3})
    assert step.params == {"l2": 1.0}


# -------------------------------------------------------------------------- shelf
@pytest.fixture
def shelf(tmp_path, monkeypatch):
    room = tmp_path / "a_room"
    room.mkdir()
    for name in ("__init__", "d202_second", "d101_first", "helper", "d1_no_code"):
        (room / f"{name}.py").write_text(f'"""The docstring of {name}."""\n')
    monkeypatch.syspath_prepend(str(tmp_path))
    return Shelf("a_room")


def test_files_with_a_code_are_the_entries_in_order(shelf):
    assert shelf.codes == ("D101", "D202")
    assert [module.__doc__ for module in shelf] == [
        "The docstring of d101_first.", "The docstring of d202_second.",
    ]  # fmt: skip
    assert "D101" in shelf
    assert "helper" not in shelf


def test_an_unknown_code_gets_a_hint(shelf):
    with pytest.raises(UserError) as caught:
        shelf["D201"]
    assert caught.value.code == "E102"
    assert caught.value.fix == "did you mean 'D202'?"


def test_headings_cut_a_docstring():
    class Module:
        __doc__ = "Name: first.\nAnd more.\n\nWhat\n----\nOne\n\n- a list\n\nWhy\n---\nTwo\n"

    assert headings(Module) == {"": "Name: first.\nAnd more.", "What": "One\n\n- a list",
                                "Why": "Two"}  # fmt: skip


@pytest.mark.parametrize(
    ("patterns", "selected"),
    [(("P3",), True), (("p301",), True), (("P",), True), (("R", "P30"), True), (("P31",), False)],
)
def test_codes_are_selected_by_their_beginning(patterns, selected):
    assert matches("P301", patterns) is selected


# ------------------------------------------------------------------------- errors
def test_an_error_prints_its_place_reason_and_mend():
    error = UserError("E101", "there is no 'x'", where="x", why="y", fix="z")
    assert str(error) == "error[E101]: there is no 'x'\n  --> x\n  why: y\n  fix: z"
    assert str(UserError("E101", "no")) == "error[E101]: no"
    for back in (pickle.loads(pickle.dumps(error)), copy.copy(error)):  # noqa: S301 - our own
        assert str(back) == str(error)


def test_hints():
    assert did_you_mean("Targt", ["age", "target"]) == "did you mean 'target'?"
    assert did_you_mean("zzz", ["age"]) == ""
    assert did_you_mean("AGE", ["Age", "age"]) == "did you mean 'Age'?"  # the first of equals
    assert first_five([]) == ""
    assert first_five("abcdef") == "'a', 'b', 'c', 'd', 'e' and 1 more"


# ----------------------------------------------------------- finding, trial, deadline
def test_findings_are_sorted_by_how_bad_then_how_sure():
    made = [
        Finding("D1", "n", severity, sure, "s")
        for severity, sure in (("low", 1.0), ("critical", 0.5), ("high", 0.9), ("critical", 0.7))
    ]
    ranked = sorted(made, key=lambda finding: finding.rank)
    assert [(f.severity, f.confidence) for f in ranked] == [
        ("critical", 0.7), ("critical", 0.5), ("high", 0.9), ("low", 1.0),
    ]  # fmt: skip
    for wrong in ({"severity": "bad"}, {"confidence": 0.0}, {"confidence": 1.5}):
        with pytest.raises(ValueError, match="is not"):
            replace(made[0], **wrong)


def test_a_trials_name_tells_its_remedies():
    def codes(name):
        return Trial("k", name, Recipe(Step("forest"))).codes

    assert codes("R210(sqrt)+R610(1)") == ("R210", "R610")
    assert codes("base") == codes("tuned-base") == ()


def test_intervals_are_printed_with_what_they_have():
    assert str(Interval(0.5)) == "0.500"
    assert str(Interval(0.5, 0.25, 0.75)) == "0.500 [0.250, 0.750]"
    assert Interval(0.5, -0.25, 0.75).signed == "+0.500 [-0.250, +0.750]"


def test_a_deadline_counts_down_and_never_below_nothing(monkeypatch):
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    deadline = Deadline.in_minutes(2, spent=20)
    assert (deadline.end, deadline.left) == (1100.0, 100.0)
    assert deadline.after(0.5) == 1050.0
    assert deadline.after(0.5, keeping=40) == 1030.0
    assert deadline.after(1.0, keeping=500) == 1000.0
    now = 1200.0
    assert deadline.left == 0.0
    assert deadline.after(0.5) == 1200.0
