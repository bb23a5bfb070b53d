"""Findings become recipes: in which order, with what left out, and which pairs."""

from dataclasses import replace

import numpy as np
import pytest

from steelyard.core.exam import Exam
from steelyard.core.finding import Finding
from steelyard.examine.baseline import FOREST, LOGISTIC, boosting
from steelyard.prescribe.prescription import STAGES, combine, prescribe, urgency
from steelyard.treat import REMEDIES

BASE = boosting(2)


def exam(counts=(200, 40)) -> Exam:
    target = np.repeat(np.arange(len(counts)), counts)
    names = tuple(f"c{k}" for k in range(len(counts)))
    return Exam("table", names, target, prior=np.full(len(counts), 1 / len(counts)), n_features=3)


def finding(code, severity="high") -> Finding:
    return Finding(code, "name", severity, 0.9, "says")


def prescribed(findings=(), start=BASE, facts=None, **choice):
    return prescribe(REMEDIES, findings, start, facts or exam(), **choice)


def test_every_remedy_is_prescribed_or_says_why_not():
    entries, unfit = prescribed([finding("D101")])
    told = {code for entry in entries for code in entry.codes} | set(unfit)
    assert told == set(REMEDIES.codes)
    assert not {code for entry in entries for code in entry.codes} & set(unfit)
    assert all(reason.startswith("needs ") for reason in unfit.values())


def test_no_recipe_is_the_one_it_started_from_and_none_is_there_twice():
    entries, _ = prescribed([finding("D101")])
    recipes = [entry.recipe for entry in entries]
    assert BASE not in recipes
    assert len({recipe.key for recipe in recipes}) == len(recipes)
    assert len({entry.name for entry in entries}) == len(entries)


def test_what_findings_ask_for_goes_first_and_the_mildest_of_it():
    findings = [finding("D101", "critical"), finding("P310", "high")]
    entries = [e for e in prescribed(findings)[0] if not is_doubtful(e) and e.codes != ("R720",)]
    asked = [urgency(REMEDIES[entry.codes[0]], findings) > 0 for entry in entries]
    assert asked == sorted(asked, reverse=True)
    stages = [STAGES.index(e.stage) for e, wanted in zip(entries, asked) if wanted]
    assert stages == sorted(stages)
    assert entries[0].stage == "posthoc"


def is_doubtful(entry, base=BASE):
    return base.model.name in getattr(REMEDIES[entry.codes[0]], "DOUBTFUL", ())


@pytest.mark.parametrize("base", [BASE, FOREST, LOGISTIC], ids=lambda base: base.model.name)
@pytest.mark.parametrize("asked", [(), ("D101",), ("D101", "P330", "P301"), ("P320",)], ids=str)
def test_tables_the_threshold_then_ensembles_then_resampling_and_smote_last(base, asked):
    entries, _ = prescribed([finding(code) for code in asked], start=base)
    names = [entry.name for entry in entries]
    assert names[-1] == "R730(smote-bagging)"
    ensembles = [n for n in names if n.startswith("R710")]
    assert ensembles == ["R710", "R710(under-bagging)", "R710(self-paced)"]
    first = names.index("R710")
    assert names.index("R620") < first or "R620" in names[first + 1 : first + 3]
    late = ["R740", "R130", "R730", "R730(smote-bagging)"]
    assert [n for n in names if n in late] == names[-4:] == late
    names = names[:-4]
    resampling = [n for n in names if n[:2] == "R1"]
    assert names[-len(resampling) :] == resampling
    assert not any(name.startswith("R710") for name in names[-len(resampling) :])


@pytest.mark.parametrize("choice", [{}, {"select": ("R710",)}, {"select": ("R7", "R110")}], ids=str)
@pytest.mark.parametrize("findings", [(), ("D101",), ("P320",)], ids=str)
def test_the_two_controls_race_right_beside_an_ensemble(choice, findings):
    entries, _ = prescribed([finding(code) for code in findings], **choice)
    codes = [entry.codes[0] for entry in entries]
    for place, entry in enumerate(entries):
        if entry.codes[0] != "R710":
            continue
        control = next(e for e in entries if e.codes[0] == "R720" and e.options == entry.options)
        members = control.recipe.model.params["n_estimators"]
        assert members == entry.recipe.model.params["n_estimators"]
        before_the_next = entries[:place] + [
            e for e in entries[place + 1 : place + 3] if e.codes[0] in ("R620", "R720")
        ]
        assert control in before_the_next
        assert "R620" in codes[: place + 3]
    assert codes.count("R710") == 3
    assert codes.count("R720") == (3 if choice == {"select": ("R710",)} else 5)


@pytest.mark.parametrize(
    ("code", "control"), [("R730", "R720(over-bagging)"), ("R740", "R720(adaboost)")]
)
def test_a_control_of_another_name_races_beside_an_ensemble(code, control):
    names = [entry.name for entry in prescribed([finding("D101")], select=(code,))[0]]
    assert names.index("R620") <= names.index(code) + 2
    assert names.index(control) <= names.index(code) + 2
    others = [name for name in names if name[:4] != code]
    assert sorted(others) == ["R620", control]  # no other setting of R720 takes their time


def test_a_control_that_is_ignored_does_not_race():
    codes = {entry.codes[0] for entry in prescribed(select=("R710",), ignore=("R720",))[0]}
    assert codes == {"R710", "R620"}


def test_of_doubtful_remedies_the_cheapest_goes_first_and_the_priced_last():
    entries = [entry for entry in prescribed([finding("D101")])[0] if is_doubtful(entry)]
    within = [(e.codes[0] in ("R130", "R730"), STAGES.index(e.stage), e.cost) for e in entries]
    assert within == sorted(within)
    assert entries[-1].name == "R730(smote-bagging)"


def test_the_worse_finding_goes_first_within_a_stage():
    """P320 asks for stronger regularisation, T402 for another capacity: both train in full."""
    for bad, mild, leader in (("P320", "T402", "R510"), ("T402", "P320", "R520")):
        entries, _ = prescribed([finding(bad, "critical"), finding(mild, "low")])
        full = [entry for entry in entries if entry.stage == "full"]
        assert full[0].codes == (leader,)


def test_select_and_ignore_take_codes_and_their_beginnings():
    def codes(**choice):
        return {entry.codes[0] for entry in prescribed(**choice)[0]}

    assert codes(select=("r6",)) <= {"R610", "R620", "R630"}
    assert codes(select=("R610",)) == {"R610"}
    assert "R610" not in codes(ignore=("R610",))
    assert codes(select=("R1",), ignore=("R1",)) == set()


def test_even_classes_ask_for_no_correction_of_the_prior():
    entries, unfit = prescribed(facts=exam((120, 120)))
    assert not {"R210", "R110", "R130"} & {entry.codes[0] for entry in entries}
    assert {"R210", "R110", "R130"} <= set(unfit)


def test_urgency_counts_the_worst_finding_first():
    remedy = REMEDIES["R610"]
    assert urgency(remedy, []) == 0
    one_bad = urgency(remedy, [finding("D101", "critical")])
    three_mild = urgency(remedy, [finding(code, "low") for code in ("D101", "P303", "P304")])
    assert one_bad > three_mild > 0
    assert urgency(remedy, [finding("T401", "critical")]) == 0


@pytest.mark.parametrize("base", [BASE, FOREST], ids=["boosting", "forest"])
def test_pairs_change_different_slots_and_never_clash(base):
    entries, _ = prescribed([finding("D101")], start=base)
    pairs = combine(REMEDIES, entries, exam())
    assert pairs
    for pair in pairs:
        under, upper = (REMEDIES[code] for code in pair.codes)
        assert under.CODE != upper.CODE
        assert upper.CODE not in under.CLASHES
        assert under.CODE not in upper.CLASHES
        assert not set(under.SLOTS) & set(upper.SLOTS)
        assert base.changed_slots(pair.recipe) <= set(under.SLOTS) | set(upper.SLOTS)
        assert len(base.changed_slots(pair.recipe)) >= 2
        assert [part.split("(")[0] for part in pair.name.split("+")] == list(pair.codes)
        assert pair.cost == under.COST + upper.COST


def test_the_milder_of_a_pair_goes_on_top():
    entries, _ = prescribed([finding("D101")])
    by_code = {entry.codes[0]: entry for entry in reversed(entries)}
    for order in (("R610", "R110"), ("R110", "R610")):
        (pair,) = combine(REMEDIES, [by_code[code] for code in order], exam())
        assert pair.codes == ("R110", "R610")
        assert pair.recipe == replace(
            by_code["R110"].recipe, posthoc=by_code["R610"].recipe.posthoc
        )
    assert combine(REMEDIES, [by_code["R610"]], exam()) == []
    assert combine(REMEDIES, [by_code["R610"], by_code["R620"]], exam()) == []  # one slot
    assert combine(REMEDIES, [by_code["R110"], by_code["R210"]], exam()) == []  # a clash


def test_a_setting_that_refuses_gives_way_to_one_that_does_not():
    """tau = 1 wants rows as they are; on top of over-sampling it is tau tuned that goes."""
    entries, _ = prescribed([finding("D101")])
    by_name = {entry.name: entry for entry in entries}
    (pair,) = combine(REMEDIES, [by_name["R110"], by_name["R610(1)"]], exam())
    assert pair.name == "R110+R610"
    assert pair.recipe.posthoc == by_name["R610"].recipe.posthoc
