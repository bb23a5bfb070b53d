"""MESA's parts against numbers by hand: histograms, weights, draws, the cascade, the targets."""

import math

import numpy as np
import pytest
import torch
from mesa_tables import two_classes

from steelyard.kit.mesa.cascade import Cascade
from steelyard.kit.mesa.drawing import draw_by_hardness, sampling_probability
from steelyard.kit.mesa.meta_training import CascadeEnvironment
from steelyard.kit.mesa.networks import SquashedGaussian, squashed, squashed_log_density
from steelyard.kit.mesa.replay import Batch, Replay
from steelyard.kit.mesa.soft_actor_critic import Rates, SoftActorCritic
from steelyard.kit.mesa.state import error_histogram, meta_state
from steelyard.kit.mesa.two_classes import TwoClassEnsemble
from steelyard.kit.metrics import average_precision


def test_the_state_is_two_histograms_of_errors():
    train = np.array([0.0, 0.05, 0.19, 0.2, 0.5, 0.55, 0.99, 1.0, 1.0, 0.1])
    counts = [4, 1, 2, 0, 3]  # five bins of width .2, the last with the error 1
    np.testing.assert_allclose(error_histogram(train, 5), np.array(counts) / 10 * 5)
    state = meta_state(train, np.array([0.3, 0.9]), 5)
    np.testing.assert_allclose(state, [2, 0.5, 1, 0, 1.5, 0, 2.5, 0, 0, 2.5])


def test_the_state_does_not_know_the_size_of_the_table():
    error = np.random.default_rng(0).random(50)
    np.testing.assert_allclose(error_histogram(error, 4), error_histogram(np.tile(error, 7), 4))


def test_weights_are_a_gaussian_over_the_hardness():
    probability = sampling_probability(np.array([0.1, 0.5, 0.7, 0.9]), mu=0.5, sigma=0.2)
    weight = np.array([math.exp(-2), 1, math.exp(-0.5), math.exp(-2)])
    np.testing.assert_allclose(probability, weight / weight.sum())


def test_weights_far_from_mu_do_not_vanish_into_nan():
    probability = sampling_probability(np.array([0.0, 0.1]), mu=1.0, sigma=0.001)
    np.testing.assert_allclose(probability, [0, 1])
    drawn = draw_by_hardness(np.array([0.0, 0.1, 0.0]), 2, 1.0, 0.001, np.random.default_rng(0))
    assert drawn[0] == 1 or drawn[1] == 1
    assert len(set(drawn.tolist())) == 2


def test_draws_are_one_after_the_other_without_replacement():
    hardness, rng = np.array([0.2, 0.5, 0.9]), np.random.default_rng(0)
    p = sampling_probability(hardness, 0.5, 0.3)
    drawn = [draw_by_hardness(hardness, 2, 0.5, 0.3, rng) for _ in range(8000)]
    often = np.bincount(np.concatenate(drawn), minlength=3) / len(drawn)
    # in the pair as the first, or as the second after one of the others
    second = [sum(p[j] * p[i] / (1 - p[j]) for j in range(3) if j != i) for i in range(3)]
    np.testing.assert_allclose(often, p + second, atol=0.02)  # four standard errors
    assert sorted(draw_by_hardness(hardness, 3, 0.5, 0.3, rng)) == [0, 1, 2]


def read(rows=1500, seed=0, **settings):
    X, y, *_ = two_classes(rows, seed=seed)
    reader = TwoClassEnsemble(random_state=seed, **settings)
    return reader._two_classes(X, y)


def test_a_quarter_of_each_class_is_held_out():
    table = read()
    counts = table.task.counts
    held = np.setdiff1d(np.arange(len(table.task.y)), table.train)
    np.testing.assert_array_equal(
        np.bincount(table.task.y[held]), [round(n / 4) for n in counts.tolist()]
    )
    assert table.rare_class == 1
    rows = table.task.features.rows(held)
    np.testing.assert_array_equal(np.sort(table.judges.X, axis=0), np.sort(rows, axis=0))
    assert table.judges.rare.sum() == (table.task.y[held] == 1).sum()


def test_errors_state_and_score_are_those_of_the_mean_of_the_members():
    table = read()
    cascade = Cascade(table, np.random.default_rng(0), 0.2)
    grown = [cascade.grow(mu) for mu in (None, 0.2, 0.8)]
    X_train = table.task.features.rows(table.train)

    def mean(X):
        return np.mean([g.member.predict_proba(X)[:, 1] for g in grown], axis=0)

    train = np.abs(mean(X_train) - table.task.y[table.train])
    judged = np.abs(mean(table.judges.X) - table.judges.rare)
    np.testing.assert_allclose(cascade.train_error(), train)
    heights = [np.histogram(e, bins=4, range=(0, 1), density=True)[0] for e in (train, judged)]
    np.testing.assert_allclose(cascade.state(4), np.concatenate(heights))
    expected = average_precision(table.judges.rare.astype(int), mean(table.judges.X))
    assert cascade.score(average_precision) == pytest.approx(expected)


def test_members_have_all_rare_rows_and_as_many_frequent_ones_about_as_hard_as_mu():
    table = read()
    is_rare = table.task.y == 1
    rare = table.train[is_rare[table.train]]
    hardness = {}
    for mu in (0.1, 0.9):
        cascade = Cascade(table, np.random.default_rng(0), 0.2)
        cascade.grow(mu)  # the first is drawn at random, whatever the action
        error = dict(zip(table.train.tolist(), cascade.train_error()))
        rows = cascade.grow(mu).rows
        np.testing.assert_array_equal(np.sort(rows[is_rare[rows]]), rare)
        frequent = rows[~is_rare[rows]]
        assert len(set(frequent.tolist())) == len(rare)
        hardness[mu] = np.mean([error[row] for row in frequent.tolist()])
    everywhere = np.mean([error[row] for row in table.train.tolist() if not is_rare[row]])
    assert hardness[0.1] < everywhere < everywhere + 0.2 < hardness[0.9]


def test_an_episode_ends_with_the_last_member_and_its_rewards_sum_to_the_gain():
    environment = CascadeEnvironment(
        read(),
        np.random.default_rng(0),
        n_members=4,
        bins=5,
        progress=True,
        sigma=0.2,
        score=average_precision,
    )
    assert environment.reset()[10:] == [0.25]  # of four members one, after two histograms
    first = environment._cascade.score(average_precision)
    steps = [environment.step(mu) for mu in (0.3, 0.5, 0.9)]
    assert [end for _, _, end in steps] == [False, False, True]
    gain = environment.final_scores[0] - first
    assert sum(reward for _, reward, _ in steps) == pytest.approx(gain)


def test_the_policy_has_a_density_on_the_unit_interval():
    for mean, std in [(0.0, 1.0), (1.2, 0.4), (-2.0, 1.5)]:
        noise = torch.linspace(-9, 9, 20001, dtype=torch.float64)
        mean_, std_ = torch.tensor(mean).double(), torch.tensor(std).double()
        density = squashed_log_density(mean_, std_, noise).exp()
        action = squashed(mean_ + std_ * noise)
        assert torch.trapezoid(density, action).item() == pytest.approx(1, abs=1e-4)
    far = squashed_log_density(torch.tensor(30.0), torch.tensor(1.0), torch.tensor(0.0))
    assert torch.isfinite(far)


def constant(layers, *values):
    """A network that says the same whatever it is asked."""
    for parameter in layers.parameters():
        torch.nn.init.zeros_(parameter)
    layers[-1].bias.data = torch.tensor(values)


def test_targets_bootstrap_where_the_episode_goes_on_and_only_there():
    agent = SoftActorCritic(2, 8, Rates(discount=0.9, temperature=0.5), seed=0)
    constant(agent.policy.layers, 0.3, math.log(0.6))
    constant(agent.slow_critic.first, 2.0)
    constant(agent.slow_critic.second, 3.0)
    noise = torch.randn(2, generator=torch.Generator().manual_seed(7)).double().numpy()
    u = 0.3 + 0.6 * noise
    normal = np.exp(-(noise**2) / 2) / (0.6 * math.sqrt(2 * math.pi))
    slope = (1 - np.tanh(u) ** 2) / 2  # of (tanh(u) + 1) / 2
    soft_value = 2.0 - 0.5 * np.log(normal / slope)

    agent.generator.manual_seed(7)
    states = torch.zeros(2, 2)
    batch = Batch(
        states, torch.zeros(2), torch.tensor([1.5, 1.5]), states, torch.tensor([0.0, 1.0])
    )
    goes_on, over = agent.targets(batch).tolist()
    assert goes_on == pytest.approx(1.5 + 0.9 * soft_value[0], rel=1e-5)
    assert over == 1.5


def test_an_update_leaves_the_slow_critic_the_share_and_runs_on_this_torch():
    agent = SoftActorCritic(3, 8, Rates(target_smoothing=0.25), seed=0)
    slow = [p.clone() for p in agent.slow_critic.parameters()]
    policy = [p.clone() for p in agent.policy.parameters()]
    rng = np.random.default_rng(0)
    replay = Replay(16, 3)
    for _ in range(20):
        replay.add(rng.random(3), rng.random(), rng.random(), rng.random(3), False)
    assert len(replay) == 16
    agent.update(replay.batch(8, rng))
    for before, now, fast in zip(slow, agent.slow_critic.parameters(), agent.critic.parameters()):
        torch.testing.assert_close(now, 0.75 * before + 0.25 * fast)
        assert fast.requires_grad
        assert not now.requires_grad
    assert any((a != b).any() for a, b in zip(policy, agent.policy.parameters()))


def test_the_temperature_rises_while_the_policy_is_too_sure():
    for mean_std, direction in [(0.01, 1), (1.0, -1)]:
        agent = SoftActorCritic(2, 8, Rates(target_entropy=-1.0), seed=0)
        constant(agent.policy.layers, 0.0, math.log(mean_std))
        replay = Replay(4, 2)
        replay.add(np.zeros(2), 0.5, 0.0, np.zeros(2), True)
        agent.update(replay.batch(64, np.random.default_rng(0)))
        assert (agent.temperature - 1) * direction > 0
    fixed = SoftActorCritic(2, 8, Rates(temperature=0.2), seed=0)
    fixed.update(replay.batch(4, np.random.default_rng(0)))
    assert fixed.temperature == pytest.approx(0.2)


def test_a_buffer_keeps_the_newest():
    replay = Replay(3, 1)
    for i in range(5):
        replay.add(np.array([i]), 0.0, float(i), np.array([i + 1]), i == 4)
    batch = replay.batch(200, np.random.default_rng(0))
    assert set(batch.reward.tolist()) == {2.0, 3.0, 4.0}
    torch.testing.assert_close(batch.next_state[:, 0], batch.state[:, 0] + 1)
    torch.testing.assert_close(batch.end, (batch.reward == 4).float())


def test_initial_weights_come_from_the_seed_and_leave_torch_alone():
    before = torch.get_rng_state()
    one, same, other = (SoftActorCritic(2, 8, Rates(), seed) for seed in (1, 1, 2))
    assert torch.equal(before, torch.get_rng_state())
    assert one.act(np.ones(2)) == same.act(np.ones(2)) != other.act(np.ones(2))
    assert isinstance(one.policy, SquashedGaussian)
