"""Under-sampling by hardness: bins by hand, what alpha does, and the cascade keeps the hardest."""

import numpy as np
import pytest
from imblearn.under_sampling import RandomUnderSampler
from imblearn.utils.estimator_checks import parametrize_with_checks

from steelyard.kit.resampling import BalanceCascadeUnderSampler, SelfPacedUnderSampler

# 80 easy rows, 20 hard ones, 20 of the rare class
Y = np.repeat(["many", "rare"], [100, 20])
X = np.arange(120.0)[:, None]
HARDNESS = np.r_[np.full(80, 0.1), np.full(20, 0.9), np.full(20, 0.5)]
OWN = 1 - HARDNESS
PROBA = np.where((Y == "many")[:, None], np.c_[OWN, HARDNESS], np.c_[HARDNESS, OWN])


def drawn(alpha, **settings):
    settings = {"k_bins": 2, "soft_resample_flag": False, "random_state": 0, **settings}
    sampler = SelfPacedUnderSampler(**settings)
    new_X, new_y = sampler.fit_resample(X, Y, y_pred_proba=PROBA, alpha=alpha)
    np.testing.assert_array_equal(new_X, X[sampler.sample_indices_])
    np.testing.assert_array_equal(new_y, Y[sampler.sample_indices_])
    return sampler.sample_indices_


def hard(rows):
    return int(((rows >= 80) & (rows < 100)).sum())


def test_bins_by_hand_and_what_alpha_does():
    # shares 1 / (.1 + alpha) and 1 / (.9 + alpha) of 20 rows
    assert hard(drawn(0.0)) == 2
    assert hard(drawn(0.7)) == round(20 * (1 / 1.6) / (1 / 0.8 + 1 / 1.6))
    assert hard(drawn(1e9)) == 10
    assert set(drawn(0.7)[-20:]) == set(range(100, 120))
    soft = [hard(drawn(1e9, soft_resample_flag=True, random_state=s)) for s in range(200)]
    assert np.ptp(soft) > 3
    # without replacement the few hard rows are soon used up: fewer than half
    assert 6 < np.mean(soft) < 10


def test_columns_go_by_class_and_not_by_place():
    turned = SelfPacedUnderSampler(k_bins=2, soft_resample_flag=False, random_state=0)
    turned.fit_resample(X, Y, y_pred_proba=PROBA[:, ::-1], alpha=0.7, classes_=["rare", "many"])
    np.testing.assert_array_equal(turned.sample_indices_, drawn(0.7))


def test_the_cascade_keeps_the_hardest_and_draws_from_what_is_left():
    rng = np.random.default_rng(0)
    own = rng.random(120)
    proba = np.where((Y == "many")[:, None], np.c_[own, 1 - own], np.c_[1 - own, own])
    dropped = np.zeros(120, bool)
    for left in (60, 35, 20):
        sampler = BalanceCascadeUnderSampler(random_state=0)
        sampler.fit_resample(
            X, Y, y_pred_proba=proba, dropped_index=dropped, keep_populations={"many": left}
        )
        assert not dropped[sampler.sample_indices_].any()
        dropped = sampler.dropped_index_
        assert set(np.flatnonzero(~dropped[:100])) == set(np.argsort(own[:100])[:left])
        assert not dropped[100:].any()
    last = BalanceCascadeUnderSampler(random_state=1)
    last.fit_resample(X, Y, dropped_index=dropped)
    assert set(last.sample_indices_) == set(np.flatnonzero(~dropped))


@pytest.mark.parametrize("kind", [SelfPacedUnderSampler, BalanceCascadeUnderSampler])
@pytest.mark.parametrize("strategy", ["auto", "not minority", {0: 40, 1: 25}])
def test_as_many_rows_a_class_as_imbalanced_learns(kind, strategy):
    y = np.repeat([0, 1, 2], [80, 30, 10])
    proba = np.random.default_rng(0).dirichlet(np.ones(3), 120)
    ours = kind(sampling_strategy=strategy, random_state=0)
    ours.fit_resample(X, y, y_pred_proba=proba)
    theirs = RandomUnderSampler(sampling_strategy=strategy, random_state=0).fit_resample(X, y)
    np.testing.assert_array_equal(np.bincount(y[ours.sample_indices_]), np.bincount(theirs[1]))
    assert len(set(ours.sample_indices_)) == len(ours.sample_indices_)
    again = kind(sampling_strategy=strategy, random_state=0)
    again.fit_resample(X, y, y_pred_proba=proba)
    np.testing.assert_array_equal(ours.sample_indices_, again.sample_indices_)


@pytest.mark.parametrize("kind", [SelfPacedUnderSampler, BalanceCascadeUnderSampler])
def test_an_ensemble_may_know_classes_that_the_rows_lack(kind):
    proba = np.insert(PROBA, 1, 0.0, axis=1)
    names = np.unique(Y).tolist()
    asked = {"encode_map": {names[0]: 0, "absent": 1, names[1]: 2}}
    drawn = []
    for given, settings in ((PROBA, {}), (proba, asked)):
        sampler = kind(random_state=0)
        sampler.fit_resample(X, Y, y_pred_proba=given, **settings)
        drawn.append(sampler.sample_indices_)
    np.testing.assert_array_equal(*drawn)


def test_bad_arguments_are_named():
    paced, cascade = SelfPacedUnderSampler(), BalanceCascadeUnderSampler()
    with pytest.raises(ValueError, match=r"y_pred_proba must be finite and \(120, 2\)"):
        paced.fit_resample(X, Y, y_pred_proba=PROBA[:5])
    with pytest.raises(ValueError, match="alpha must be at least 0"):
        paced.fit_resample(X, Y, alpha=-1.0)
    with pytest.raises(ValueError, match="k_bins must be at least 1"):
        SelfPacedUnderSampler(k_bins=0).fit_resample(X, Y)
    with pytest.raises(ValueError, match="classes_ must hold the labels of y"):
        paced.fit_resample(X, Y, y_pred_proba=PROBA, classes_=["many", "few"])
    with pytest.raises(
        ValueError, match="20 rows of class 'many', but dropped_index leaves 5; ask"
    ):
        cascade.fit_resample(X, Y, dropped_index=np.arange(120) < 95)
    with pytest.raises(ValueError, match="whole numbers of rows, at least 0"):
        cascade.fit_resample(X, Y, y_pred_proba=PROBA, keep_populations={"many": -1})
    with pytest.raises(ValueError, match="dropped_index must be booleans"):
        cascade.fit_resample(X, Y, dropped_index=[3])


@pytest.mark.parametrize("kind", [SelfPacedUnderSampler, BalanceCascadeUnderSampler])
@pytest.mark.parametrize(
    ("told", "given"),
    [
        ("probabilities between 0 and 1, got -1.*logits", {"y_pred_proba": 8 * PROBA - 2}),
        ("got 40 that are not", {"y_pred_proba": np.where(PROBA == 0.5, np.nan, PROBA)}),
        ("column of its own from 0 to 1, got .*9", {"encode_map": {"many": 0, "rare": 9}}),
        ("column of its own", {"encode_map": {"many": 0, "rare": -1}}),
        ("column of its own", {"encode_map": {"many": 0, "rare": "second"}}),
        ("column of its own", {"encode_map": {"many": 1, "rare": 1}}),
        ("column of its own", {"encode_map": ["many", "rare"]}),
        ("encode_map must hold the labels of y, got none for 'rare'", {"encode_map": {"many": 0}}),
    ],
)
def test_bad_probabilities_and_columns_are_named(kind, told, given):
    with pytest.raises(ValueError, match=told):
        kind().fit_resample(X, Y, **{"y_pred_proba": PROBA, **given})


@pytest.mark.parametrize("alpha", [np.inf, np.nan, "large", None])
def test_a_factor_that_is_no_finite_number_is_refused(alpha):
    with pytest.raises(ValueError, match="alpha must be at least 0 and finite"):
        SelfPacedUnderSampler().fit_resample(X, Y, y_pred_proba=PROBA, alpha=alpha)


@pytest.mark.parametrize("left", [{"some": 5}, {"many": -5}, {"many": 2.5}, [50, 20]])
def test_populations_that_cannot_be_kept_are_refused(left):
    with pytest.raises(ValueError, match=r"keep_populations must give classes of \['many', 'rare'"):
        BalanceCascadeUnderSampler().fit_resample(X, Y, keep_populations=left)


CHECKS = parametrize_with_checks(
    [SelfPacedUnderSampler(random_state=0), BalanceCascadeUnderSampler(random_state=0)]
)


# pytest warns of the generator that the decorator itself hands over
@pytest.mark.parametrize(("estimator", "check"), list(CHECKS.args[1]), **CHECKS.kwargs)
@pytest.mark.filterwarnings("ignore")  # the checks' own tables provoke them
def test_imbalanced_learns_checks_of_samplers_by_hardness(estimator, check):
    check(estimator)
