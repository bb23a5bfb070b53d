"""The figures show the numbers: read back from what matplotlib was given."""

import subprocess
import sys

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression

from steelyard.kit.ensembles import RUSBoostClassifier, UnderBaggingClassifier
from steelyard.kit.pictures import (
    confusion_matrices,
    decision_regions,
    member_class_counts,
    scores_over_members,
    training_curves,
)

pytest.importorskip("matplotlib", reason="matplotlib is not installed")


@pytest.fixture(scope="module")
def trained():
    X, y = make_classification(
        400, 2, n_redundant=0, n_classes=3, n_clusters_per_class=1, weights=[0.7, 0.2],
        random_state=0,
    )  # fmt: skip
    kinds = {"bag": UnderBaggingClassifier, "boost": RUSBoostClassifier}
    return {n: k(n_estimators=4, random_state=0).fit(X, y) for n, k in kinds.items()}, X, y


def drawn(figure):
    """The figure on a canvas: everything is laid out without a warning."""
    figure.canvas.draw()
    return figure


def texts(figure):
    return [t.get_text() for ax in figure.axes for t in ax.texts]


def test_curves_carry_the_scores(trained):
    models, X, y = trained
    figure = drawn(training_curves(models, X, y, per_class="recall"))
    curves = scores_over_members(models, X, y, per_class="recall")
    lines = [line for ax in figure.axes for line in ax.lines]
    assert len(lines) == len(curves) == 2 * 2 + 2 * 3
    shown = sorted(tuple(line.get_ydata()) for line in lines)
    assert shown == sorted(tuple(c.values) for c in curves)
    by_class = [ax for ax in figure.axes if ax.get_ylabel() == "recall of each class"]
    assert len({ax.get_ylim() for ax in by_class}) == 1  # so that they may be compared
    assert texts(figure).count("2") == 2
    assert [t.get_text() for t in figure.legends[0].get_texts()] == ["bag", "boost"]
    assert len(drawn(training_curves(models["bag"], X, y)).legends) == 0


def test_counts_carry_the_counts(trained):
    models, *_ = trained
    figure = drawn(member_class_counts(models))
    first = [line.get_ydata().tolist() for line in figure.axes[0].lines]
    assert first == models["bag"].member_counts_.T.tolist()
    assert "0, 1, 2" in texts(figure)  # one label where all end at one height
    assert figure.axes[0].get_yscale() == "log"


def test_regions_show_every_model_and_the_rarest_class_on_top(trained):
    models, X, y = trained
    them = {**models, "plain": LogisticRegression().fit(X, y)}
    figure = drawn(decision_regions(them, X, y, steps=30, columns=2))
    assert [ax.get_title() for ax in figure.axes] == ["bag", "boost", "plain", ""]
    sizes = [
        len(points.get_offsets())
        for points in figure.axes[0].collections
        if len(points.get_offsets())
    ]
    counts = np.bincount(y)
    assert sizes[-3:] == sorted(counts, reverse=True)
    with pytest.raises(ValueError, match=r"y must be \(400,\)"):
        decision_regions(models, X, y[:3])


def test_confusions_show_every_count(trained):
    models, X, y = trained
    figure = drawn(confusion_matrices(models, X, y))
    for ax, model in zip(figure.axes, models.values()):
        numbers = np.array([int(t.get_text()) for t in ax.texts]).reshape(3, 3)
        said = model.predict(X)
        assert numbers.tolist() == [
            [int(((y == t) & (said == p)).sum()) for p in range(3)] for t in range(3)
        ]


def test_the_numbers_need_no_matplotlib_and_the_figures_say_so():
    code = """
import sys
sys.modules["matplotlib"] = sys.modules["matplotlib.figure"] = None
from steelyard.kit.ensembles import UnderBaggingClassifier
from steelyard.kit.pictures import member_class_counts, scores_over_members
X, y = [[0], [1], [2], [3], [4]], [0, 0, 0, 1, 1]
model = UnderBaggingClassifier(n_estimators=2, random_state=0).fit(X, y)
print(len(scores_over_members(model, X, y)))
try:
    member_class_counts(model)
except ValueError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[0] == "2"
    assert "E191" in done.stdout
    assert 'pip install "steelyard[pictures]"' in done.stdout
