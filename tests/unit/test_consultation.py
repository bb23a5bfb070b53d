"""The way of one consultation: what is handed over when time is short, and what is never stale."""

import time
from dataclasses import replace

import numpy as np
import pytest

from steelyard import consultation as road
from steelyard.cli import main
from steelyard.consultation import Consultation
from steelyard.core.case import Case
from steelyard.core.deadline import Deadline
from steelyard.core.errors import UserError
from steelyard.core.exam import Exam
from steelyard.core.plain import read_plain
from steelyard.core.recipe import Recipe, Step
from steelyard.core.trial import Trial
from steelyard.diagnose import diagnose
from steelyard.engine.crossfit import Crossfit, OutOfFold
from steelyard.intake import from_arrays
from steelyard.options import Options
from steelyard.predictor import Predictor
from steelyard.records import earlier_treatment, forget_treatment, keep_model, write_reproduction

ROWS = 90


def table(groups=None):
    rng = np.random.default_rng(0)
    y = np.where(np.arange(ROWS) % 3 == 0, "rare", "usual")
    return from_arrays(rng.normal(size=(ROWS, 3)) + (y == "rare")[:, None], y, groups=groups)


def consult(data, folder, treating=True, **options):
    chosen = Options(seeds=1, minutes=60, **options)
    return Consultation(
        data, Case(folder), chosen, Deadline(time.monotonic(), 3600), "made-up", treating
    )


def only_the_model(self, recipes, seeds, **how):
    """As `Crossfit.run` when the time is up after the first training."""
    self.refit(recipes, [0], deadline=float("inf"))


@pytest.fixture(scope="module")
def handed_over(tmp_path_factory):
    """A treatment that had time for one model and nothing else, in a case with an older test."""
    folder = tmp_path_factory.mktemp("case")
    Case(folder).write_arrays("test.npz", {"target": np.arange(3)})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Crossfit, "run", only_the_model)
        one = consult(table(), folder)
        one.examine()
        one.treat()
        one.write()
    return one


# ------------------------------------------------------------------- short of time
def test_the_model_that_was_trained_is_handed_over(handed_over):
    assert handed_over.verdict.state == "no-trial-finished"
    assert handed_over.kept == handed_over.base
    predictor = Predictor.load(handed_over.case.folder)
    assert predictor.classes == ("rare", "usual")
    assert predictor.rule == "argmax"
    proba = predictor.decide(handed_over.data.X[handed_over.test])[0].proba
    np.testing.assert_allclose(proba, handed_over.fits.test_proba(handed_over.base, 0))


def test_no_test_decisions_of_another_run_are_left(handed_over):
    assert handed_over.verdict.test is None
    assert not (handed_over.case.folder / "test.npz").exists()


def test_rows_of_another_width_are_refused(handed_over):
    with pytest.raises(UserError):
        Predictor.load(handed_over.case.folder).decide(np.zeros((2, 9)))


def test_predictions_never_replace_the_data(handed_over, tmp_path, capsys):
    new = tmp_path / "new.csv"
    new.write_text("column 0,column 1,column 2\n0,0,0\n1,1,1\n")
    before = new.read_bytes()
    link = tmp_path / "link.csv"
    link.symlink_to(new)
    for out in (new, tmp_path / "." / "new.csv", link):
        assert main(["predict", str(handed_over.case.folder), str(new), "--out", str(out)]) == 2
        assert "error[E154]" in capsys.readouterr().err
    out = tmp_path / "new.csv.predicted"
    assert main(["predict", str(handed_over.case.folder), str(new), "--out", str(out)]) == 0
    assert len(out.read_text().splitlines()) == 3
    assert new.read_bytes() == before
    inside = tmp_path / "out.csv"
    assert main(["predict", str(handed_over.case.folder), str(tmp_path), "--out", str(inside)]) == 2
    assert not inside.exists()


# ------------------------------------------------------------------------ the units
def test_two_groups_leave_none_to_hold_out(tmp_path):
    """One group is tested, so that the other is all there is to work with."""
    with pytest.raises(UserError) as caught:
        consult(table(groups=np.arange(ROWS) < 45), tmp_path)
    assert caught.value.code == "E188"
    assert "three groups" in caught.value.fix


def test_three_groups_are_enough(tmp_path):
    one = consult(table(groups=np.arange(ROWS) // 30), tmp_path)
    groups = np.arange(ROWS) // 30
    assert not set(groups[one.work]) & set(groups[one.test])
    assert one._prepare().folds.max() >= 1


# ---------------------------------------------------------------------- what is stored
def test_another_backbone_is_another_preparation(tmp_path, monkeypatch):
    pixels = np.random.default_rng(0).integers(0, 255, (40, 8, 8, 3), dtype=np.uint8)
    images = from_arrays(pixels, np.arange(40) % 2)

    def features_of(case, pixels, backbone, name, **how):
        return np.full((len(pixels), 2), len(backbone), np.float32)

    monkeypatch.setattr(road, "features_of", features_of)
    (tmp_path / "mine.py").write_text("")
    for backbone in (f"{tmp_path}/mine.py:one", f"{tmp_path}/mine.py:another"):
        fits = consult(images, tmp_path, backbone=backbone)._prepare()
        assert (np.asarray(fits.prepared.X) == len(backbone)).all()


def test_the_random_state_decides_splits_folds_and_trainings(tmp_path):
    def made(random_state):
        one = consult(table(), tmp_path / str(random_state), random_state=random_state)
        fits = one._prepare()
        (task, *_) = fits._missing(one.base, 0, with_curve=False)
        return one.test.tolist(), fits.folds.tolist(), task.arguments["random_state"]

    first, again, other = made(0), made(0), made(10**9)
    assert first == again
    assert all(a != b for a, b in zip(first, other))
    assert 0 <= other[2] < 2**32 - 100  # what scikit-learn takes


# ------------------------------------------------------------------------- records
def test_keeping_a_model_replaces_the_old_one_whole(handed_over, tmp_path):
    one = handed_over
    (one.case.model / "left_over.json").write_text("{}")
    recipe = replace(one.base, posthoc=Step("logit-adjusted", {"tau": 1.0}))
    fitted = {"tau": 1.0, "log_ratio": [-0.5, 0.5]}
    keep_model(one.fits, one.data, recipe, fitted, "none")
    names = {path.name for path in one.case.model.iterdir()}
    assert not names & {"left_over.json", "test.npz"}
    assert {"posthoc.json", "recipe.json", "schema.json", "backbone.json"} <= names
    X = one.data.X[one.test]
    decision, rows = Predictor.load(one.case.folder).decide(X)
    raw = one.fits.test_proba(one.base, 0)
    # hand-made: probabilities times exp(-log ratio), renormalised
    moved = np.maximum(raw, 1e-12) * np.exp([0.5, -0.5])
    np.testing.assert_allclose(decision.proba, moved / moved.sum(1, keepdims=True))
    assert len(rows) == len(X)
    keep_model(one.fits, one.data, one.base, {}, "none")


def test_an_earlier_treatment_stands_only_for_the_same_data_and_aim(tmp_path):
    case = Case(tmp_path)
    facts = {
        "schema": 1, "goal": "kappa", "prior": "train", "random_state": 0,
        "data": {"fingerprint": "ab"},
    }  # fmt: skip
    treated = {"trials": [{"name": "base"}], "verdict": {"state": "proven-better"}}
    assert earlier_treatment(case, facts) == {}
    case.write_json("case.json", facts | treated)
    assert earlier_treatment(case, facts) == treated
    for change in (
        {"goal": "accuracy"}, {"prior": "uniform"}, {"random_state": 1}, {"schema": 2},
        {"data": {"fingerprint": "cd"}},
    ):  # fmt: skip
        with pytest.raises(UserError, match="E155"):
            earlier_treatment(case, facts | change)
    for damaged in (facts | {"trials": [], "verdict": None}, [], None, "text"):
        case.write_json("case.json", damaged)
        assert earlier_treatment(case, facts) == {}
    (tmp_path / "case.json").write_text("{")
    assert earlier_treatment(case, facts) == {}


def test_forgetting_a_treatment_leaves_the_trainings(tmp_path):
    case = Case(tmp_path)
    for name in ("model/model.json", "trials/a/seed-0.npz", "case.json"):
        case.write_json(name, {})
    case.write_arrays("test.npz", {})
    forget_treatment(case)
    assert {path.name for path in tmp_path.iterdir()} == {"trials", "case.json"}
    forget_treatment(case)  # there may be nothing to forget


def test_how_to_reproduce_is_written_down(tmp_path, handed_over):
    case, base = Case(tmp_path), handed_over.base
    kept = replace(base, posthoc=Step("threshold"))
    write_reproduction(case, handed_over.options, None, "steelyard treat x", base, kept, ("note",))
    facts = read_plain(tmp_path / "reproduce.json")
    assert facts["command"] == "steelyard treat x"
    assert facts["changes"] == ["posthoc: argmax -> threshold"]
    assert (facts["seeds"], facts["folds"], facts["minutes"]) == (1, 0, 60)
    assert {"steelyard", "python", "numpy", "scikit-learn"} <= set(facts["versions"])


# ----------------------------------------------------------------------------- plan
def test_the_plan_of_given_predictions_trains_nothing(tmp_path, capsys):
    path = tmp_path / "preds.npz"
    proba = np.random.default_rng(0).dirichlet([1, 1], 40)
    np.savez(path, proba=proba, y=np.arange(40) % 2)
    assert main(["examine", str(path), "--plan", "--case", str(tmp_path / "case")]) == 0
    said = capsys.readouterr().out
    assert "nothing is trained" in said
    assert "forest" not in said


def test_predictions_cannot_be_treated(tmp_path):
    data = replace(table(), kind="predictions")
    with pytest.raises(UserError) as caught:
        consult(data, tmp_path)
    assert caught.value.code == "E185"
    examined = consult(data, tmp_path, treating=False)
    assert (len(examined.work), len(examined.test)) == (ROWS, 0)


# ------------------------------------------------------------------- weights tried in the race
class Board:
    """As much of a scoreboard as knows what was trained: each recipe's run is given."""

    def __init__(self, runs):
        self.runs = runs

    def run_of(self, recipe, seed):
        return self.runs.get((recipe.loss, recipe.model))


def test_p313_is_asked_once_the_race_has_trained_with_weights(tmp_path):
    one = consult(table(), tmp_path)
    one.base = Recipe(Step("forest"))
    target = np.repeat([0, 1], [60, 30])
    proba = np.tile([0.6, 0.4], (90, 1))
    one.exam = Exam("table", ("a", "b"), target, proba=proba[None])
    one.diagnosis = diagnose(one.exam, select=("P313", "D101"))
    weights = Step("cross-entropy", {"class_weight": "inverse"})
    other = Recipe(Step("boosting"), loss=weights)
    recipe = replace(one.base, loss=weights, posthoc=Step("threshold"))
    one.trials = [
        Trial("k", name, tried, (), seeds=1)
        for name, tried in [("base", one.base), ("tuned", one.base), ("x", other), ("R210", recipe)]
    ]
    one._ask_about_weights(Board({}))  # the time was up before it was trained
    assert "P313" in one.diagnosis.not_applicable
    far = np.tile([0.1, 0.9], (90, 1))
    runs = {
        (weights, other.model): OutOfFold(far, 0.0), (weights, recipe.model): OutOfFold(proba, 0.0)
    }  # fmt: skip
    one._ask_about_weights(Board(runs))
    assert [f.code for f in one.diagnosis.findings if f.code == "P313"] == ["P313"]
    assert one.exam.weighted_proba.shape == (1, 90, 2)
