"""What the commands print: plain sentences, 92 columns, the same text without colour."""

import numpy as np
import pytest

from steelyard.core.data import Column, Data
from steelyard.core.finding import Evidence, Finding, Severity
from steelyard.core.recipe import Recipe, Step
from steelyard.core.trial import Interval, Trial
from steelyard.core.verdict import FlipReport, TestReport, Verdict, VerdictState
from steelyard.report import terminal
from steelyard.report.console import PLAIN, Console, columns, strip

COLOURED = Console(colour=True, bars=True)
RECIPE = Recipe(Step("forest"))
LOGIT = "posthoc: argmax -> logit-adjusted(tau=tuned)"


def finding(severity: Severity = "high", says: str = "19 rows are copies") -> Finding:
    return Finding(
        "D120",
        "duplicates-across-splits",
        severity,
        0.97,
        says,
        evidence=(Evidence("copies", 19, 12, 29, 730, "0"),),
        helps=("R610",),
    )


def trials() -> list[Trial]:
    worst = {"worst-class": Interval(0.36)}
    return [
        Trial("d", "R130", RECIPE, state="failed", why="needs 6 rows in the smallest class"),
        Trial("c", "R210(sqrt)", RECIPE, (), goal=Interval(0.6), vs_tuned_base=Interval(0.05)),
        Trial("e", "R510", RECIPE, state="stopped", why="cannot win"),
        Trial("f", "R511", RECIPE, state="stopped", why="cannot win"),
        Trial("g", "R520", RECIPE, goal=Interval(0.52), state="stopped", seeds=1),
        Trial(
            "r",
            "R610",
            RECIPE,
            (LOGIT,),
            seeds=3,
            goal=Interval(0.63),
            vs_tuned_base=Interval(0.08, 0.05, 0.11, 0.001),
            metrics=worst,
        ),
        Trial("t", "tuned-base", RECIPE, goal=Interval(0.55)),
        Trial("b", "base", RECIPE, goal=Interval(0.49)),
    ]


def verdict(state: VerdictState = "proven-better", kept: str = "R610") -> Verdict:
    test = TestReport(
        base={"balanced-accuracy": Interval(0.47, 0.43, 0.51)},
        kept={"balanced-accuracy": Interval(0.61, 0.57, 0.65)},
        difference=Interval(0.14, 0.1, 0.18, 0.0001),
        flips=FlipReport(41, 71, 730, 0.031),
        smallest_class=14,
    )
    return Verdict(state, kept, 6, "Rows it never saw say so.", test)


def test_findings_are_sorted_worst_first_and_say_what_did_not_run() -> None:
    text = terminal.findings_text(
        [finding("low"), finding("critical")], 24, [("S501", "needs --serving PATH")]
    )
    lines = text.splitlines()
    assert lines[0].startswith("CRITICAL  D120 duplicates-across-splits")
    assert lines[0].endswith("sure 0.97")
    assert lines[2].startswith("LOW       D120")
    assert lines[-1] == "24 detectors were quiet. 1 could not run: S501 needs --serving PATH."


def test_no_findings_are_said_too() -> None:
    assert terminal.findings_text([], 15) == "nothing found\n15 detectors were quiet."


def test_a_single_finding_shows_its_evidence_and_helps() -> None:
    text = terminal.finding_text(finding())
    assert "- copies 19 [12, 29], n = 730 (expected 0)" in text
    assert text.endswith("helps: R610")


def test_the_trials_table_is_ordered_and_stars_the_kept_one() -> None:
    lines = terminal.trials_table(trials(), "balanced-accuracy", "R610").splitlines()
    names = [line[3:].split()[0] for line in lines if line[3:4].strip()]
    wanted = ["trial", "base", "tuned-base", "R610", "R210(sqrt)", "R520", "failed,", "stopped,"]
    assert names == wanted
    starred = [line for line in lines if line.startswith(" * ")]
    assert len(starred) == 1
    assert "0.630  +.080 [+.050,+.110]   0.360     3  posthoc" in starred[0]


def test_a_trial_that_ended_early_shows_its_seeds_or_says_why() -> None:
    lines = terminal.trials_table(trials(), "balanced-accuracy").splitlines()
    assert lines[-3].split() == ["R520", "0.520", "–", "1"]
    assert lines[-2] == "   failed, needs 6 rows in the smallest class: R130"
    assert lines[-1] == "   stopped, cannot win: R510, R511"


def test_the_price_of_smote_stands_beside_its_trial() -> None:
    base, smote, weights = (
        Trial(name, name, RECIPE, seeds=3, one_fit=s, goal=Interval(0.5), calibration_error=e,
              trained_on=on)
        for name, s, e, on in (
            ("base", 2.0, 0.02, ()), ("R130", 6.5, 0.09, (400, 400)), ("R210", 7.0, 0.08, ()),
        )
    )  # fmt: skip
    text = " ".join(terminal.trials_table([base, smote, weights], "kappa").split())
    assert "400 rows a class; price 6.5 s a training to 2.0 s of base" in text
    assert "calibration error 0.020 -> 0.090" in text
    assert text.count("price") == 1


@pytest.mark.parametrize("width", [80, 92])
def test_words_are_broken_where_they_may_be(width: int) -> None:
    change = "loss: cross-entropy -> cross-entropy(class_weight=inverse)"
    long = Trial("x", "R210(effective)+R610(1)+R110", RECIPE, (change,), goal=Interval(0.5))
    other = Trial("y", "R220", RECIPE, ("loss: cross-entropy -> balanced-softmax(tau=1.0)",),
                  goal=Interval(0.5))  # fmt: skip
    lines = terminal.trials_table([long, other], "kappa", console=Console(width=width)).splitlines()
    ends = [line.split()[-1] for line in lines[1:]]
    parts = ("cross-entropy", "balanced-softmax(tau=1.0)")
    for end in ends:
        broken = [part for part in parts if part.startswith(end) and part != end]
        assert not broken or end[-1] in "-(=", end


def test_a_long_race_is_cut_but_never_loses_the_kept_trial() -> None:
    many = [
        Trial(str(i), f"R{i}", RECIPE, goal=Interval(0.5), vs_tuned_base=Interval(-i / 100))
        for i in range(60)
    ]
    text = terminal.trials_table(many, "kappa", kept="R59")
    assert "... 34 more: see the report" in text
    assert " * R59" in text


def test_verdict_says_it_first_and_counts_the_cost() -> None:
    text = " ".join(terminal.verdict_text(verdict()).split())
    assert text.startswith("verdict Proven better Rows it never saw say so. kept R610 (6 tried)")
    assert "balanced accuracy 0.470 -> 0.610 [0.570, 0.650], +.140 [+.100,+.180], p < 0.001" in text
    assert "smallest class 14 rows" in text
    # 41 / 730 = 0.0562
    assert "41 of 730 test rows that base had right are now wrong (5.6 %;" in text
    assert "differ by 3.1 %); 71 are now right" in text


def test_nothing_proven_keeps_base_and_has_no_cost() -> None:
    text = terminal.verdict_text(verdict("no-proven-difference", "base"))
    assert text.startswith("verdict   No proven difference\n")
    assert "cost" not in text
    assert "->" not in text


def test_without_a_finished_trial_nothing_is_claimed() -> None:
    text = terminal.verdict_text(Verdict("no-trial-finished", "base", 0, "The time was up."))
    assert [" ".join(line.split()) for line in text.splitlines()] == [
        "verdict No trial finished",
        "The time was up.",
        "kept base (nothing tried)",
    ]


def test_data_line_names_kind_classes_and_splits() -> None:
    data = Data(
        "shells",
        "table",
        np.zeros((20, 1)),
        np.array([0] * 17 + [1] * 3),
        ("cowrie", "auger"),
        np.full(20, ""),
        np.arange(20),
        np.arange(20).astype(str),
        "f",
        columns=(Column("size", "number"), Column("day", "set-aside", "date")),
    )
    text = " ".join(terminal.data_line(data, 15, 5).split())
    assert text == (
        "shells table, 20 rows, 2 classes (cowrie 17 to auger 3), 1 column (1 set aside), "
        "work 15, test 5 (unopened)"
    )


def test_baseline_stands_beside_guessing() -> None:
    text = terminal.baseline_text("forest", 3, 5, {"accuracy": Interval(0.7)}, 4)
    assert text == "baseline  forest, 5 folds x 3 seeds: accuracy 0.700; guessing 0.250"


def outputs(console: Console) -> list[str]:
    long = Finding("P301", "x" * 40, "high", 0.5, "rows of 'x\x1b[31m\n' " + "y" * 300 + " 猫" * 90)
    odd = Trial("k", "R610+" * 30, RECIPE, (LOGIT, "loss: " + "z" * 200), goal=Interval(0.5))
    return [
        terminal.findings_text([long, finding()], 3, [("M430", "needs 2 sizes")] * 9, console),
        terminal.finding_text(long, console),
        terminal.trials_table([*trials(), odd], "cost:file.csv", "R610", console),
        terminal.verdict_text(verdict(), console=console),
        terminal.verdict_text(verdict("no-proven-difference", "base"), console=console),
        terminal.next_line(*["steelyard explain P301"] * 9, console=console),
    ]


@pytest.mark.parametrize("width", [80, 92])
def test_every_line_fits(width: int) -> None:
    for text in outputs(Console(width=width)):
        assert max(columns(line) for line in text.splitlines()) <= width


def test_colour_only_paints() -> None:
    for plain, coloured in zip(outputs(PLAIN), outputs(COLOURED)):
        assert strip(coloured) == plain
        assert "\x1b" not in plain
