"""What the user asked for: read early, refused in the user's own words."""

import numpy as np
import pytest

from steelyard.core.errors import UserError
from steelyard.kit.metrics import GOALS
from steelyard.options import Options

CLASSES = ("cat", "dog")
COUNTS = np.array([30, 10])


def refused(code, make, *arguments, **settings):
    with pytest.raises(UserError) as caught:
        make(*arguments, **settings)
    assert caught.value.code == code
    return caught.value


@pytest.mark.parametrize(
    "wrong",
    [
        {"minutes": 0}, {"minutes": -1.0}, {"minutes": float("nan")}, {"minutes": float("inf")},
        {"seeds": 0}, {"seeds": 101}, {"random_state": -1}, {"random_state": 0.5},
    ],
    ids=str,
)  # fmt: skip
def test_numbers_out_of_range_are_told_with_their_flag(wrong):
    (name,) = wrong
    error = refused("E180", lambda: Options(**wrong))
    assert error.where == "--" + name.replace("_", "-")


def test_goals_and_priors_are_checked_before_any_data():
    assert "balanced-accuracy" in refused("E116", lambda: Options(goal="balanced-acuracy")).fix
    assert "uniform" in refused("E181", lambda: Options(prior="unifrom")).fix


def test_the_prior_is_even_unless_another_is_asked_for(tmp_path):
    mix = tmp_path / "mix.csv"
    mix.write_text("class,frequency\ndog, 3\n\ncat,1\nbird,9\n")

    def prior(given):
        return Options(prior=given).prior_for(CLASSES, COUNTS).tolist()

    assert prior("") == prior("uniform") == [0.5, 0.5]
    assert prior("train") == [0.75, 0.25]
    assert prior(str(mix)) == [0.25, 0.75]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("cat\ndog,1\n", "E182"),
        ("cat,much\ndog,1\n", "E182"),
        ("cat," + "9" * 140_000 + "\ndog,1\n", "E182"),
        (b"\xff\xfe\0cat", "E182"),
        ("cat,1\n", "E183"),
        ("", "E183"),
        ("cat,1\ndog,-1\n", "E183"),
        ("cat,1\ndog,nan\n", "E183"),
        ("cat,0\ndog,0\n", "E183"),
    ],
)
def test_a_prior_that_cannot_be_read_is_told(content, code, tmp_path):
    path = tmp_path / "mix.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    error = refused(code, Options(prior=str(path)).prior_for, CLASSES, COUNTS)
    assert "cat,much" not in str(error)


def test_a_prior_that_may_not_be_read_is_told(tmp_path, monkeypatch):
    path = tmp_path / "mix.csv"
    path.write_text("cat,1\ndog,1\n")

    def denied(*arguments):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "read_text", denied)
    assert "denied" in refused("E182", Options(prior=str(path)).prior_for, CLASSES, COUNTS).why


def test_a_missing_class_is_named(tmp_path):
    path = tmp_path / "mix.csv"
    path.write_text("cat,1\n")
    assert "'dog'" in refused("E183", Options(prior=str(path)).prior_for, CLASSES, COUNTS).what


def test_the_goal_is_measured_under_a_prior_only_where_one_was_given():
    """Three cats right, the dog wrong: 3/4 on the rows as they are, 1/2 where classes are even."""
    target, predicted = np.array([0, 0, 0, 1]), np.array([0, 0, 0, 0])

    def value(**options):
        return Options(goal="accuracy", **options).goal_for(CLASSES, COUNTS)(target, predicted)

    assert value() == pytest.approx(0.75)
    assert value(prior="uniform") == pytest.approx(0.5)
    assert value(prior="train") == pytest.approx(0.75)
    plain = Options(prior="train").goal_for(CLASSES, COUNTS)
    assert plain == GOALS["balanced-accuracy"]  # recalls do not depend on how often a class occurs


def test_a_goal_that_no_prior_can_weigh_is_refused():
    options = Options(goal="average-precision", prior="train")
    assert refused("E184", options.goal_for, CLASSES, COUNTS).where == "--prior"


def test_costs_are_read_for_the_classes_of_the_data(tmp_path):
    path = tmp_path / "cost.csv"
    path.write_text(",cat,dog\ncat,0,1\ndog,5,0\n")
    goal = Options(goal=f"cost:{path}").goal_for(CLASSES, COUNTS)
    assert not goal.higher_is_better
    # one cat called dog costs 1, one dog called cat 5, two rows right
    assert goal(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])) == pytest.approx(6 / 4)
    swapped = Options(goal=f"cost:{path}").goal_for(("dog", "cat"), COUNTS)
    assert swapped(np.array([1, 1, 0, 0]), np.array([1, 0, 1, 0])) == pytest.approx(6 / 4)
    refused("E171", Options(goal=f"cost:{path}").goal_for, ("cat", "cow"), COUNTS)


def test_a_network_is_known_before_data_are_read() -> None:
    assert Options(model="resnet-8").network == "resnet-8"
    assert Options(backbone="none").network == "small-cnn"
    assert Options().network == ""
    with pytest.raises(UserError, match="there is no model 'resnet-9'") as error:
        Options(model="resnet-9")
    assert "resnet-8" in error.value.fix


def test_a_learner_for_tables_is_no_network_and_fits_no_images() -> None:
    options = Options(model="logistic")
    assert (options.learner, options.network) == ("logistic", "")
    options.require_model_for("table")
    assert "resnet-8" in refused("E174", options.require_model_for, "images").fix
    network = Options(model="resnet-8")
    network.require_model_for("images")
    assert "logistic" in refused("E174", network.require_model_for, "table").fix


@pytest.mark.parametrize(
    ("choice", "code"),
    [
        ({"backbone": "resnet"}, "E161"),
        ({"backbone": "nowhere.py:net"}, "E161"),
        ({"model": "nowhere.py:net"}, "E178"),
        ({"goal": "cost:nowhere.csv"}, "E170"),
    ],
    ids=str,
)
def test_what_is_not_there_is_told_before_data_are_read(choice, code) -> None:
    refused(code, Options, **choice)


def test_a_backbone_of_the_users_own_is_a_file_that_is_there(tmp_path) -> None:
    (tmp_path / "mine.py").write_text("")
    assert Options(backbone=f"{tmp_path / 'mine.py'}:net").network == ""


def test_a_boosting_library_that_is_missing_is_told_before_data_are_read(monkeypatch) -> None:
    monkeypatch.setattr("steelyard.engine.boosters.find_spec", lambda name: None)
    assert "steelyard[boost]" in refused("E177", Options, model="lightgbm").fix
