"""Cost files: read in any order of classes; every way to get one wrong is named."""

import numpy as np
import pytest

from steelyard.core.errors import UserError
from steelyard.kit.metrics import score
from steelyard.kit.posthoc import cost_goal, read_cost

CLASSES = ("healthy", "ill", "dead")


@pytest.fixture
def written(tmp_path):
    def write(text, encoding="utf-8"):
        path = tmp_path / "costs.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_classes_in_another_order(written, separator):
    text = "truth,dead,healthy,ill\nill,3,4,0\nhealthy,2,0,1\n\ndead,0,6,5.5\n"
    cost = read_cost(written(text.replace(",", separator), "utf-8-sig"), CLASSES)
    np.testing.assert_array_equal(cost, [[0, 1, 2], [4, 0, 3], [6, 5.5, 0]])


def test_the_goal_is_the_mean_cost_and_lower_is_better():
    goal = cost_goal([[0, 1], [50, 0]])
    assert score(goal, [0, 0, 1, 1], [0, 1, 0, 1]) == (0 + 1 + 50 + 0) / 4
    assert goal.gain(new=2.0, old=5.0) == 3.0
    with pytest.raises(ValueError, match=r"\(K, K\)"):
        cost_goal([[0, 1, 2], [1, 0, 2]])


GOOD = "truth,healthy,ill,dead\nhealthy,0,1,1\nill,1,0,1\ndead,1,1,0\n"


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("", "E170", "empty"),
        (GOOD.replace("ill,1,0,1\n", ""), "E171", "missing 'ill'"),
        (GOOD.replace("dead\n", "ded\n"), "E171", "did you mean 'dead'"),
        (GOOD + "ill,1,0,1\n", "E171", "named twice 'ill'"),
        (GOOD.replace("ill,1,0,1", "ill,1,0,much"), "E172", "'ill -> dead'"),
        (GOOD.replace("ill,1,0,1", "ill,1,0"), "E172", "'ill -> dead'"),
        (GOOD.replace("ill,1,0,1", "ill,nan,0,1"), "E172", "'ill -> healthy'"),
        (GOOD.replace("ill,1,0,1", "ill,1,2,3"), "E173", "'ill'"),
        (GOOD.replace("1", "0"), "E173", "no mistake costs"),
    ],
)
def test_bad_files_are_named(written, text, code, says):
    path = written(text)
    with pytest.raises(UserError) as raised:
        read_cost(path, CLASSES)
    assert raised.value.code == code
    assert says in str(raised.value)
    assert str(path) in str(raised.value)


def test_a_missing_file_and_one_that_is_no_text(tmp_path, written):
    for path in (tmp_path / "none.csv", tmp_path, written(GOOD, "utf-16")):
        with pytest.raises(UserError, match="cannot read the cost file") as raised:
            read_cost(path, CLASSES)
        assert raised.value.code == "E170"
