"""Every scheme beats its own ablation on long-tailed digits: six seeds, pairs of one seed and data.

Gains in points of balanced accuracy on the rows left out, last epoch.
"""

import copy
from functools import partial

import pytest
import torch
from digits_tail import Tail, paired, small_network, train
from torch import nn
from torch.nn import functional as F

from steelyard.kit.mixing import bilateral_share
from steelyard.kit.samplers import ClassBalancedSampler, PowerSampler
from steelyard.kit.stages import (
    BilateralBranchNetwork,
    MetaWeightNet,
    balanced_teacher,
    bilateral_loss,
    classifier_retraining,
    deferred_weights,
    distillation,
    frozen_features,
    label_over_smoothing,
    meta_step,
    meta_weighted_loss,
)

SEEDS = range(6)


@pytest.fixture(scope="module")
def tails():
    return [Tail(seed) for seed in SEEDS]


@pytest.fixture(scope="module")
def plain(tails):
    """Cross-entropy, the un-retrained of the second stages."""
    return [train(tail, small_network(tail.seed)) for tail in tails]


def scores(tails, networks):
    return [tail.balanced_accuracy(network) for tail, network in zip(tails, networks, strict=True)]


def show_a_gain(ours, theirs, least, t=2.5):
    gain, sure = paired(ours, theirs)
    print(f"gain {gain:+.1f}, t {sure:.1f}")  # noqa: T201 - read with pytest -s
    assert gain >= least
    assert sure > t


def test_deferred_weights_beat_none(tails, plain):
    def weighted(tail):
        network = small_network(tail.seed)

        def loss(rows, progress):
            weight = torch.from_numpy(deferred_weights(tail.counts, progress)).float()
            return F.cross_entropy(network(tail.images[rows]), tail.target[rows], weight=weight)

        return train(tail, network, loss)

    show_a_gain(scores(tails, map(weighted, tails)), scores(tails, plain), 1.0)


def test_a_classifier_trained_again_on_even_classes_beats_the_one_before(tails, plain):
    def again(tail, network):
        network = copy.deepcopy(network)
        sampler = ClassBalancedSampler(tail.target, random_state=tail.seed)
        with classifier_retraining(network, network[3], generator=tail.seed) as parameters:
            return train(
                tail, network, epochs=10, learning_rate=0.02, parameters=parameters,
                sampler=sampler,
            )  # fmt: skip

    show_a_gain(scores(tails, map(again, tails, plain)), scores(tails, plain), 2.0)


@pytest.fixture(scope="module")
def heads(tails, plain):
    """``heads(loss, optimize)``: balanced accuracy with the head trained on over its features."""

    def on_with(loss, optimize):
        networks = []
        for tail, network in zip(tails, plain, strict=True):
            network = copy.deepcopy(network).eval()
            head = network[3]
            with frozen_features(network, head) as parameters, torch.no_grad():
                features = network[:3](tail.images)
                with torch.enable_grad():
                    optimize(parameters, lambda f=features, t=tail, h=head: loss(h(f), t.target))
            networks.append(network)
        return scores(tails, networks)

    return on_with


def few_small_steps(parameters, loss):
    optimizer = torch.optim.SGD(parameters, lr=1e-3, momentum=0.9)
    for _ in range(60):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()


def to_the_end(parameters, loss):
    optimizer = torch.optim.LBFGS(parameters, max_iter=200, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        value = loss()
        value.backward()
        return value

    optimizer.step(closure)


def test_over_smoothed_labels_beat_hard_ones_in_a_few_small_steps(heads):
    smooth, hard = (heads(f, few_small_steps) for f in (label_over_smoothing, F.cross_entropy))
    show_a_gain(smooth, hard, 1.5)


def test_but_not_where_the_over_smoothed_loss_is_least(tails, plain, heads):
    # The docstring says so; if this ever fails, it has good news to tell.
    gain, _ = paired(heads(label_over_smoothing, to_the_end), scores(tails, plain))
    assert gain < 0.5


class OneBranch(nn.Module):
    """A BBN whose alpha stays 1: the trunk and the conventional branch."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, images):
        return self.network(images, None, 1.0)


def two_branches(seed, width=64):
    torch.manual_seed(seed)
    trunk = nn.Sequential(nn.Linear(64, width), nn.BatchNorm1d(width), nn.ReLU())
    branches = [
        nn.Sequential(nn.Linear(width, 32), nn.BatchNorm1d(32), nn.ReLU()) for _ in range(2)
    ]
    return BilateralBranchNetwork(trunk, *branches, 32, 10)


def test_two_branches_beat_the_conventional_one_alone(tails):
    epochs = 30

    def both(tail):
        network = two_branches(tail.seed)
        sampler = PowerSampler(tail.target, q=-1, random_state=tail.seed)

        def loss(rows, progress):
            epoch = round(progress * epochs)
            if sampler.epoch != epoch or not order:
                sampler.set_epoch(epoch)
                order[:] = sampler
            reverse, order[:] = torch.tensor(order[: len(rows)]), order[len(rows) :]
            alpha = bilateral_share(epoch, epochs)
            logits = network(tail.images[rows], tail.images[reverse], alpha)
            return bilateral_loss(logits, tail.target[rows], tail.target[reverse], alpha)

        order: list[int] = []
        return train(tail, network, loss, epochs=epochs)

    def alone(tail):
        network = OneBranch(two_branches(tail.seed))
        return train(tail, network, epochs=epochs)

    show_a_gain(scores(tails, map(both, tails)), scores(tails, map(alone, tails)), 1.5, t=2)


@pytest.fixture(scope="module")
def lessons(tails):
    """For each tail the training logits of a wider network that plain cross-entropy taught."""
    found = []
    for tail in tails:
        teacher = train(tail, small_network(tail.seed + 50, hidden=256)).eval()
        with torch.no_grad():
            found.append(teacher(tail.images))
    return found


@pytest.fixture(scope="module")
def small_alone(tails):
    return scores(tails, [train(tail, small_network(tail.seed, hidden=16)) for tail in tails])


def taught(tail, teacher_logits, **settings):
    student = small_network(tail.seed, hidden=16)

    def loss(rows, progress):
        logits = student(tail.images[rows])
        return distillation(logits, tail.target[rows], teacher_logits[rows], **settings)

    return train(tail, student, loss)


def test_a_balanced_teacher_beats_none_and_the_same_one_unbalanced(tails, lessons, small_alone):
    balanced = scores(
        tails,
        [taught(tail, balanced_teacher(z, tail.counts), share=0.9)
         for tail, z in zip(tails, lessons, strict=True)],
    )  # fmt: skip
    biased = scores(tails, map(partial(taught, share=0.9), tails, lessons))
    show_a_gain(balanced, small_alone, 3.0)
    show_a_gain(balanced, biased, 2.0)


def test_class_weights_in_the_distillation_beat_none(tails, lessons, small_alone):
    weighted = [
        taught(tail, z, counts=tail.counts, weight="effective")
        for tail, z in zip(tails, lessons, strict=True)
    ]
    show_a_gain(scores(tails, weighted), small_alone, 3.0)


def weighed(tail, learns=True, *, epochs=30, rate=0.1, meta_rate=1e-3):
    """Meta-Weight-Net, or the same training with the weights as they were at first."""
    network = small_network(tail.seed)
    torch.manual_seed(tail.seed + 100)
    weight_net = MetaWeightNet()
    optimizer = torch.optim.Adam(weight_net.parameters(), lr=meta_rate)

    def loss(rows, progress):
        images, target = tail.images[rows], tail.target[rows]
        if learns:
            now = rate * (0.1 if progress >= 0.8 else 1)
            trusted = (tail.meta_images, tail.meta_target)
            meta_step(network, weight_net, images, target, *trusted, learning_rate=now)
            optimizer.step()
        return meta_weighted_loss(network(images), target, weight_net)

    train(tail, network, loss, epochs=epochs, learning_rate=rate)
    return network, weight_net


def test_learnt_weights_beat_none_on_a_tail_not_yet_learnt_by_heart(tails):
    short = {"epochs": 20, "rate": 0.02}
    ours = [weighed(tail, **short, meta_rate=1e-2)[0] for tail in tails]
    even = [train(tail, small_network(tail.seed), epochs=20, learning_rate=0.02) for tail in tails]
    show_a_gain(scores(tails, ours), scores(tails, even), 1.0)


@pytest.fixture(scope="module")
def noisy():
    """Even classes of 80 rows, four labels of ten wrong."""
    return [Tail(seed, noise=0.4, head=80, ratio=1) for seed in range(4)]


@pytest.fixture(scope="module")
def learnt(noisy):
    return [weighed(tail) for tail in noisy]


def test_learnt_weights_beat_constant_ones_where_labels_are_wrong(noisy, learnt):
    ours = scores(noisy, [network for network, _ in learnt])
    show_a_gain(ours, scores(noisy, [weighed(tail, False)[0] for tail in noisy]), 5.0)


def test_they_beat_the_trusted_rows_merely_added(noisy, learnt):
    def added(tail):
        more = copy.copy(tail)
        more.images = torch.cat([tail.images, tail.meta_images])
        more.target = torch.cat([tail.target, tail.meta_target])
        return train(more, small_network(tail.seed), epochs=30)

    ours = scores(noisy, [network for network, _ in learnt])
    show_a_gain(ours, scores(noisy, map(added, noisy)), 5.0)


def test_the_curve_learnt_under_noise_falls(learnt):
    for _, weight_net in learnt:
        with torch.no_grad():
            low, high = weight_net(torch.tensor([0.1, 4.0])).tolist()
        assert low > 2 * high
