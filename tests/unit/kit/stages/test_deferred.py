"""Deferred weights: the official phases and weights, by hand, and what re-sampling draws."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.kit.samplers import effective_number_probabilities, power_probabilities
from steelyard.kit.stages import deferred_probabilities, deferred_weights

REFERENCE = Path(__file__).parents[5] / "shared" / "reference"
HERE = (REFERENCE / "expected.json").is_file()
OTHER = json.loads((REFERENCE / "expected.json").read_text("utf-8"))["other"] if HERE else {}
needs_reference = pytest.mark.skipif(not HERE, reason=f"no reference numbers in {REFERENCE}")

COUNTS = st.lists(st.integers(0, 10**6), min_size=2, max_size=8).filter(any)
SCHEMES = st.sampled_from(["none", "inverse", "sqrt", "effective"])


@needs_reference
def test_phases_are_those_of_the_official_code_whatever_the_length():
    assert OTHER["drw_phase"]["rule"].startswith("idx=epoch//160 (0-based); betas=[0,.9999]")
    for n_epochs in (200, 90, 35, 10):
        weighted = [(deferred_weights([9, 1], e / n_epochs) != 1).any() for e in range(n_epochs)]
        assert weighted == [e * 200 // n_epochs // 160 > 0 for e in range(n_epochs)]


@needs_reference
@pytest.mark.parametrize("name", ["c10_ir100", "c4_extreme"])
def test_weights_are_the_official_ones_times_a_constant(name):
    counts = np.load(REFERENCE / "inputs.npz")[f"{name}/cnt"]
    ours = deferred_weights(counts, 0.8)
    official = OTHER[f"effective_weights|{name}|beta=0.9999"]["w"]
    np.testing.assert_allclose(ours * counts.size / ours.sum(), official, rtol=2e-5)


def test_by_hand():
    np.testing.assert_array_equal(deferred_weights([90, 10], 0.59, start=0.6), [1, 1])
    # 1 / n, and its mean over the rows is 1
    np.testing.assert_allclose(deferred_weights([90, 10], 0.6, 0.6, "inverse"), [5 / 9, 5])
    # (1 - b) / (1 - b ** n) is 2/3 and 1 at b = 1/2; times 3 rows over 2 * 2/3 + 1
    np.testing.assert_allclose(
        deferred_weights([2, 1], 1.0, beta=0.5), np.array([2 / 3, 1]) * 3 / (7 / 3)
    )


@given(COUNTS, st.floats(0, 1), SCHEMES)
def test_the_loss_keeps_its_scale_and_the_sampler_its_sum(counts, progress, scheme):
    counts = np.array(counts)
    weights = deferred_weights(counts, progress, scheme=scheme)
    assert weights @ counts / counts.sum() == pytest.approx(1)
    drawn = deferred_probabilities(counts, progress, scheme=scheme)
    assert drawn.sum() == pytest.approx(1)
    assert (drawn[counts == 0] == 0).all()


def test_re_sampling_goes_from_the_datas_own_to_the_samplers_of_the_scheme():
    counts = [500, 40, 0, 3]
    own, even = power_probabilities(counts, 1), power_probabilities(counts, 0)
    np.testing.assert_allclose(deferred_probabilities(counts, 0.5), own)
    np.testing.assert_allclose(deferred_probabilities(counts, 0.8, scheme="inverse"), even)
    np.testing.assert_allclose(
        deferred_probabilities(counts, 0.8), effective_number_probabilities(counts, 0.9999)
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"progress": 160}, "progress is a fraction of the run, in .0, 1.; got 160"),
        ({"progress": float("nan")}, "progress"),
        ({"progress": 0.1, "start": 160}, "start is a fraction"),
        ({"progress": 0.1, "scheme": "drw"}, "scheme must be one of"),
    ],
)
def test_what_makes_no_sense_is_refused_from_the_first_epoch_on(settings, message):
    for function in (deferred_weights, deferred_probabilities):
        with pytest.raises(ValueError, match=message):
            function([9, 1], **settings)
