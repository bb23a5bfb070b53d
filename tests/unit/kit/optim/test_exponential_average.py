"""The moving average by hand, with its buffers, in half precision, resumed, and worth having."""

import copy

import pytest
import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn, update_bn

from steelyard.kit.optim import ExponentialAverage


def test_the_decay_grows_by_hand():
    model = nn.Linear(1, 1, bias=False)
    average = ExponentialAverage(model, decay=0.2)
    expected, decays = None, [0.0, 2 / 11, 0.2, 0.2]  # (1 + t) / (10 + t), never over 0.2
    for value, decay in zip((3.0, -1.0, 10.0, 4.0), decays, strict=True):
        nn.init.constant_(model.weight, value)
        assert average.decay_now() == pytest.approx(decay)
        average.update_parameters(model)
        expected = value if expected is None else decay * expected + (1 - decay) * value
        assert float(average.module.weight) == pytest.approx(expected)


def test_without_warm_up_it_is_torchs():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    ours = ExponentialAverage(model, decay=0.9, warms_up=False)
    theirs = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.9), use_buffers=True)
    for _ in range(5):
        model(torch.randn(8, 3))
        with torch.no_grad():
            model[0].weight += torch.randn(4, 3)
        ours.update_parameters(model)
        theirs.update_parameters(model)
    for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(one, other)
    torch.testing.assert_close(ours.module[1].running_var, theirs.module[1].running_var)
    # torch averages the counter as well, and truncates; it is a count
    assert int(ours.module[1].num_batches_tracked) == 5


def trained(seed, n_steps=400):
    """A network with batch norms in noisy training, its average and the inputs."""
    torch.manual_seed(seed)
    x = torch.randn(512, 8)
    y = (x[:, 0] * x[:, 1] > 0).long()
    layers = [nn.Linear(8, 16), nn.BatchNorm1d(16), nn.ReLU()]
    model = nn.Sequential(
        *layers, nn.Linear(16, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 2)
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    average = ExponentialAverage(model, 0.99)
    for _ in range(n_steps):
        rows = torch.randint(0, 512, (32,))
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x[rows]), y[rows]).backward()
        optimizer.step()
        average.update_parameters(model)
    return model, average, x, y


def statistics(module):
    return torch.cat([b for name, b in module.named_buffers() if "running" in name])


def test_averaged_statistics_are_nearer_to_the_true_ones_than_copied_and_the_average_pays():
    averaged, copied, losses = [], [], []
    for seed in range(4):
        model, average, x, y = trained(seed)
        true = copy.deepcopy(average)
        update_bn(x.split(128), true)
        averaged.append(float((statistics(average) - statistics(true)).norm()))
        copied.append(float((statistics(model) - statistics(true)).norm()))
        with torch.no_grad():
            pair = [nn.functional.cross_entropy(m(x), y) for m in (average, model.eval())]
        losses.append([float(loss) for loss in pair])
    # so for each seed; in the first 150 steps, while all still moves, it is a draw
    assert all(ours < 0.7 * own for ours, own in zip(averaged, copied, strict=True))
    assert all(ours < own for ours, own in losses)


def test_small_shares_are_not_lost_for_a_model_in_bfloat16():
    model = nn.Linear(1, 1, bias=False, dtype=torch.bfloat16)
    nn.init.zeros_(model.weight)
    average = ExponentialAverage(model, decay=0.999, warms_up=False)
    average.update_parameters(model)
    nn.init.ones_(model.weight)
    for _ in range(1000):
        average.update_parameters(model)
    # a bfloat16 average stops at 0.25, where a thousandth of the rest is below its rounding
    assert float(average.module.weight) == pytest.approx(1 - 0.999**1000, rel=1e-4)
    assert model.weight.dtype == torch.bfloat16
    assert average.module.bfloat16()(torch.ones(1, 1, dtype=torch.bfloat16)).isfinite()


def test_it_is_a_copy_in_eval_mode_without_gradients():
    model = nn.Sequential(nn.Linear(2, 2), nn.Dropout())
    average = ExponentialAverage(model)
    assert not average.module[1].training
    assert not any(p.requires_grad for p in average.parameters())
    assert model[1].training
    assert all(p.requires_grad for p in model.parameters())
    before = average.module[0].weight.clone()
    nn.init.zeros_(model[0].weight)
    assert torch.equal(average.module[0].weight, before)


def test_resumed_it_goes_on_bit_for_bit():
    model, average, *_ = trained(0, 10)
    again = ExponentialAverage(model, 0.99)
    again.load_state_dict(copy.deepcopy(average.state_dict()))
    for _ in range(5):
        with torch.no_grad():
            model[0].weight += 0.1
        average.update_parameters(model)
        again.update_parameters(model)
    for one, other in zip(average.state_dict().values(), again.state_dict().values(), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("decay", [-0.1, 1.0])
def test_a_decay_outside_its_range_is_refused(decay):
    with pytest.raises(ValueError, match="decay must"):
        ExponentialAverage(nn.Linear(1, 1), decay)
