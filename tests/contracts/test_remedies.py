"""What every remedy on the shelf must keep, whoever wrote it."""

import copy
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from steelyard.core.errors import NotApplicable
from steelyard.core.exam import Curve, Exam
from steelyard.core.learners import BOOSTERS, ENSEMBLES, NETWORKS
from steelyard.core.plain import to_plain
from steelyard.core.recipe import SLOTS, Recipe, Step
from steelyard.core.shelf import headings
from steelyard.diagnose import DETECTORS
from steelyard.examine.baseline import FOREST, LINEAR_HEAD, LOGISTIC, SMALL_CNN, boosting
from steelyard.kit.posthoc import RULES
from steelyard.prescribe.prescription import STAGES
from steelyard.treat import REMEDIES

HEADINGS = ("What it does", "Why it helps", "When it is wrong", "References")
BASES = (boosting(3), FOREST, LOGISTIC, LINEAR_HEAD, SMALL_CNN)
RECIPES = {recipe.model.name: recipe for recipe in BASES}
RECIPES |= {library: boosting(3, library) for library in BOOSTERS}
RECIPES |= {name: replace(SMALL_CNN, model=Step(name)) for name in NETWORKS if name not in RECIPES}
RECIPES |= {name: Recipe(Step(name, {"n_estimators": 5})) for name in ENSEMBLES}
RECIPES["class-mean-head"] = Recipe(Step("class-mean-head", {"distance": "cosine"}))
AWAITED = {"L201"}  # detectors of a later issue that remedies name already
GOALS = ("balanced-accuracy", "log-loss", "cost")
remedies = pytest.mark.parametrize("remedy", list(REMEDIES), ids=lambda remedy: remedy.CODE)
models = pytest.mark.parametrize("model", RECIPES)


def exam(goal="balanced-accuracy", counts=(60, 30, 25), with_curves=True) -> Exam:
    """An overfitting exam of three classes."""
    target = np.repeat(np.arange(len(counts)), counts)
    proba = np.random.default_rng(0).dirichlet(np.ones(len(counts)), (1, target.size))
    steps = np.arange(1.0, 21)
    curve = Curve(steps, 1 / steps, 1 / steps + steps / 20, 1 - 1 / steps, 1 - 1 / steps)
    return Exam(
        "images",
        tuple(f"c{k}" for k in range(len(counts))),
        target,
        goal=goal,
        prior=np.full(len(counts), 1 / len(counts)),
        proba=proba,
        fold=(np.arange(target.size) % 5)[None],
        curves=(curve,) if with_curves else (),
        n_features=4,
    )


def answers(remedy, recipe, facts):
    """Option -> the recipe it makes, or why it does not apply."""
    found = {}
    for options in remedy.OPTIONS:
        try:
            found[json.dumps(options)] = remedy.apply(recipe, facts, **options)
        except NotApplicable as why:
            found[json.dumps(options)] = str(why)
    return found


def made(remedy, recipe, facts):
    """The options that apply."""
    found = answers(remedy, recipe, facts)
    return {option: answer for option, answer in found.items() if isinstance(answer, Recipe)}


def test_the_remedies_of_the_spine_are_there():
    assert {"R110", "R130", "R210", "R510", "R520", "R610", "R620", "R630"} <= set(REMEDIES.codes)


@remedies
def test_facts_are_complete_and_known(remedy):
    assert Path(remedy.__file__).stem.upper().startswith(remedy.CODE + "_")
    assert Path(remedy.__file__).stem[5:].replace("_", "-") == remedy.NAME
    assert remedy.SLOTS
    assert set(remedy.SLOTS) <= set(SLOTS)
    assert remedy.STAGE in STAGES
    assert remedy.COST >= 0
    assert set(getattr(remedy, "DOUBTFUL", ())) <= set(remedy.KINDS)
    assert set(remedy.KINDS) <= set(RECIPES)
    assert remedy.OPTIONS
    assert json.loads(json.dumps(remedy.OPTIONS)) == [dict(o) for o in remedy.OPTIONS]
    assert all(other in REMEDIES and other != remedy.CODE for other in remedy.CLASHES)


@remedies
def test_clashes_are_mutual(remedy):
    assert all(remedy.CODE in REMEDIES[other].CLASHES for other in remedy.CLASHES)


@remedies
def test_the_docstring_is_the_documentation(remedy):
    parts = headings(remedy)
    assert tuple(parts)[1:] == HEADINGS
    assert all(parts[name] for name in HEADINGS)
    assert parts[""].startswith(f"{remedy.CODE} {remedy.NAME}: ")
    assert re.search(r"\b(19|20)\d\d\b", parts["References"]), "a reference has a year"


@remedies
def test_a_remedy_fits_a_screen_or_two(remedy):
    assert len(Path(remedy.__file__).read_text("utf-8").splitlines()) <= 80


@remedies
def test_what_it_treats_names_it_as_a_help(remedy):
    assert remedy.TREATS
    there = [code for code in remedy.TREATS if code in DETECTORS]
    lacking = [code for code in there if remedy.CODE not in helps(DETECTORS[code])]
    assert not lacking, f"{lacking} do not name {remedy.CODE} under What helps"
    assert set(remedy.TREATS) - set(there) <= AWAITED


@remedies
def test_whoever_names_it_as_a_help_is_treated(remedy):
    naming = {detector.CODE for detector in DETECTORS if remedy.CODE in helps(detector)}
    assert naming <= set(remedy.TREATS)


def helps(detector):
    """Remedy codes under *What helps*."""
    return set(re.findall(r"\bR\d{3}\b", headings(detector)["What helps"]))


@remedies
@models
@pytest.mark.parametrize("goal", GOALS)
def test_it_changes_its_slots_and_never_its_input(remedy, model, goal):
    recipe, facts = RECIPES[model], exam(goal)
    before = copy.deepcopy(recipe.to_plain()), json.dumps(to_plain(facts))
    for changed in made(remedy, recipe, facts).values():
        assert changed.changed_slots(recipe), "a remedy that changes nothing must say so"
        assert changed.changed_slots(recipe) <= set(remedy.SLOTS)
        assert Recipe.from_plain(json.loads(json.dumps(changed.to_plain()))) == changed
        assert changed.posthoc.name in RULES
    assert (recipe.to_plain(), json.dumps(to_plain(facts))) == before


@remedies
@models
@pytest.mark.parametrize("goal", GOALS)
def test_an_option_applies_or_says_what_it_needs(remedy, model, goal):
    found = answers(remedy, RECIPES[model], exam(goal, with_curves=False))
    reasons = [answer for answer in found.values() if isinstance(answer, str)]
    assert all(reason.startswith("needs ") for reason in reasons)


@remedies
@models
def test_it_is_the_same_every_time(remedy, model):
    assert answers(remedy, RECIPES[model], exam()) == answers(remedy, RECIPES[model], exam())


@remedies
@models
def test_it_knows_its_models(remedy, model):
    tried = {}
    for goal in GOALS:
        for curves in (True, False):
            tried |= made(remedy, RECIPES[model], exam(goal, with_curves=curves))
    assert bool(tried) == (model in remedy.KINDS)


@remedies
def test_every_option_applies_to_some_model(remedy):
    tried = set()
    for recipe in RECIPES.values():
        for goal in GOALS:
            tried |= set(made(remedy, recipe, exam(goal)))
    assert tried == {json.dumps(options) for options in remedy.OPTIONS}


@pytest.mark.parametrize("code", ["R110", "R130", "R210", "R610"])
@models
def test_even_classes_need_no_correction(code, model):
    assert not made(REMEDIES[code], RECIPES[model], exam(counts=(40, 40, 41)))


@pytest.mark.parametrize("code", ["R110", "R130", "R210"])
@pytest.mark.parametrize("first", ["R110", "R210"])
def test_no_training_corrects_the_prior_twice(code, first):
    corrected = REMEDIES[first].apply(boosting(3), exam())
    assert not made(REMEDIES[code], corrected, exam())


CORRECTING = ("R110", "R120", "R210", "R220", "R230", "R250", "R260", "R310", "R320", "R330",
              "R340", "R350", "R360")  # fmt: skip


@pytest.mark.parametrize("first", CORRECTING)
def test_no_training_of_a_network_corrects_the_prior_twice(first):
    for corrected in made(REMEDIES[first], SMALL_CNN, exam()).values():
        again = [code for code in CORRECTING if made(REMEDIES[code], corrected, exam())]
        assert not again, f"{again} correct on top of {corrected.diff(SMALL_CNN)}"
        assert list(made(REMEDIES["R610"], corrected, exam())) == ['{"tau": "tuned"}']


def test_fine_tuning_corrects_only_to_even_classes_in_use():
    as_trained = replace(exam(), prior=np.array([60, 30, 25]) / 115)
    apply = REMEDIES["R380"].apply
    assert apply(LINEAR_HEAD, exam()).loss == Step("balanced-softmax")
    assert apply(LINEAR_HEAD, as_trained).loss == LINEAR_HEAD.loss


def test_only_a_tuned_rule_goes_on_top_of_a_corrected_training():
    corrected = REMEDIES["R210"].apply(boosting(3), exam())
    assert list(made(REMEDIES["R610"], corrected, exam())) == ['{"tau": "tuned"}']
    assert list(made(REMEDIES["R620"], corrected, exam("cost"))) == ['{"cost": "tuned"}']


def test_rounds_end_where_the_held_out_loss_turned():
    base = replace(boosting(3), optim=boosting(3).optim.but(max_iter=20))
    shorter = REMEDIES["R510"].apply(base, exam(), how="rounds")
    steps = np.arange(1.0, 21)
    assert shorter.optim.params["max_iter"] == steps[np.argmin(1 / steps + steps / 20)]
    falling = replace(exam(), curves=(Curve(steps, 1 / steps, 1 / steps, steps, steps),))
    with pytest.raises(NotApplicable, match="turns before the last round"):
        REMEDIES["R510"].apply(base, falling, how="rounds")


def test_under_sampling_needs_rows_to_keep():
    with pytest.raises(NotApplicable, match="needs 20 rows"):
        REMEDIES["R110"].apply(FOREST, exam(counts=(60, 19)), how="under")


def test_the_goal_decides_the_rule():
    apply = REMEDIES["R620"].apply
    assert apply(FOREST, exam()).posthoc == Step("threshold")
    assert apply(FOREST, exam("cost")).posthoc == Step("cost-minimising")
    with pytest.raises(NotApplicable, match="log-loss looks at probabilities"):
        apply(FOREST, exam("log-loss"))
    with pytest.raises(NotApplicable, match="balanced-accuracy looks at decisions"):
        REMEDIES["R630"].apply(FOREST, exam())


def test_what_races_beside_a_remedy_is_on_the_shelf():
    named = {r.CODE: r.BESIDE for r in REMEDIES if hasattr(r, "BESIDE")}
    assert named == {
        "R710": ("R620", "R720"),
        "R730": ("R620", "R720(over-bagging)"),
        "R740": ("R620", "R720(adaboost)"),
    }
    assert all(name[:4] in REMEDIES for names in named.values() for name in names)
    options = {options["how"] for options in REMEDIES["R720"].OPTIONS}
    assert {"over-bagging", "adaboost"} <= options


def test_smote_tells_its_price():
    assert {r.CODE for r in REMEDIES if getattr(r, "PRICED", False)} == {"R130", "R730"}


def test_the_control_of_an_ensemble_has_its_size_and_its_members():
    balanced, plain = REMEDIES["R710"], REMEDIES["R720"]
    assert plain.OPTIONS[:-2] == balanced.OPTIONS
    for options in balanced.OPTIONS:
        one = balanced.apply(boosting(3), exam(), **options).model
        other = plain.apply(boosting(3), exam(), **options).model
        assert other.name == "bagging"
        assert other.params["n_estimators"] == one.params["n_estimators"]
    trees = plain.apply(boosting(3), exam(), how="over-bagging").model
    assert trees.params == {"n_estimators": REMEDIES["R730"].MEMBERS, "member": "tree"}
    boosted = plain.apply(boosting(3), exam(), how="adaboost").model
    assert boosted == Step("adaboost", {"n_estimators": REMEDIES["R740"].MEMBERS})
