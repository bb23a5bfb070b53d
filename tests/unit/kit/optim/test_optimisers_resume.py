"""What holds of every optimiser here: exact resumption, half precision, closures, refusals."""

import io

import pytest
import torch
from torch import nn

from steelyard.kit.optim import LAMB, LARS, AdamToSGD, Lookahead, parameter_groups, warm_up


def groups(module):
    return parameter_groups(module, 0.01)


MAKERS = {
    "LARS": lambda m: LARS(parameter_groups(m, 0.01, trust=False), 0.05, trust_coefficient=0.4),
    "LAMB": lambda m: LAMB(parameter_groups(m, 0.01, trust=False), 0.01),
    "Adam": lambda m: AdamToSGD(groups(m), 0.01),
    "Adam, then SGD": lambda m: AdamToSGD(groups(m), 0.01, switch_after=5),
    "Lookahead(SGD)": lambda m: Lookahead(torch.optim.SGD(groups(m), 0.1, 0.9), k=4),
    "Lookahead(LAMB)": lambda m: Lookahead(LAMB(groups(m), 0.01), k=4),
}
EACH = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)


def network(dtype=torch.float32):
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.LayerNorm(8), nn.Tanh(), nn.Linear(8, 1)).to(dtype)


def train(module, optimizer, steps, schedule=None):
    losses = []
    dtype = next(module.parameters()).dtype
    for step in steps:
        x = torch.randn(16, 4, generator=torch.Generator().manual_seed(step)).to(dtype)
        optimizer.zero_grad()
        loss = (module(x) - x[:, :1].sin() - x[:, 1:2]).square().mean()
        loss.backward()
        optimizer.step()
        if schedule is not None:
            schedule.step()
        losses.append(float(loss.detach()))
    return losses


@EACH
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("n_before", [2, 7])
def test_a_run_resumed_from_a_file_goes_on_bit_for_bit(make, dtype, n_before):
    def build():
        module = network(dtype)
        optimizer = make(module)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 30)
        return module, optimizer, warm_up(schedule, 4)

    module, optimizer, schedule = unbroken = build()
    train(module, optimizer, range(n_before), schedule)
    file = io.BytesIO()
    torch.save([part.state_dict() for part in unbroken], file)
    train(module, optimizer, range(n_before, 20), schedule)

    again = build()
    train(*again[:2], range(50, 52))  # whatever it did before is replaced
    file.seek(0)
    for part, state in zip(again, torch.load(file, weights_only=True), strict=True):
        part.load_state_dict(state)
    train(*again[:2], range(n_before, 20), again[2])
    for ours, theirs in zip(module.parameters(), again[0].parameters(), strict=True):
        assert torch.equal(ours, theirs)
    assert optimizer.param_groups[0]["lr"] == again[1].param_groups[0]["lr"]


@EACH
def test_it_learns(make):
    module = network()
    losses = train(module, make(module), range(300))
    assert sum(losses[-20:]) < 0.5 * sum(losses[:20])


@EACH
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_follows_float32(make, dtype):
    full, half = network(), network(dtype)
    expected = train(full, make(full), range(40))
    losses = train(half, make(half), range(40))
    assert losses == pytest.approx(expected, rel=0.15, abs=0.05)
    assert all(p.dtype == dtype and p.isfinite().all() for p in half.parameters())


@pytest.mark.parametrize("kind", [LARS, LAMB, AdamToSGD])
def test_a_small_share_of_a_gradient_is_not_lost_in_bfloat16(kind):
    w = nn.Parameter(torch.ones(1, dtype=torch.bfloat16))
    optimizer = kind([w], lr=0.0)
    for _ in range(300):
        w.grad = torch.ones_like(w)
        optimizer.step()
    state = optimizer.state[w].get("square", optimizer.state[w].get("mean"))
    if state is not None:
        # 1 - .999^300; in bfloat16 the average stops growing where 0.001 is below its rounding
        assert float(state) == pytest.approx(1 - 0.999**300, rel=1e-4)
    assert all(
        v.dtype == torch.float32 for v in optimizer.state[w].values() if isinstance(v, torch.Tensor)
    )


@EACH
def test_parameters_without_gradient_stay_where_they_are(make):
    module = network()
    module[0].requires_grad_(False)
    before = [p.detach().clone() for p in module.parameters()]
    train(module, make(module), range(3))
    moved = [not torch.equal(a, b) for a, b in zip(before, module.parameters(), strict=True)]
    assert moved == [False, False, True, True, True, True]


@EACH
def test_the_loss_of_a_closure_comes_back(make):
    module = network()
    optimizer = make(module)

    def closure():
        optimizer.zero_grad()
        loss = (module(torch.ones(1, 4)) - 3).square().sum()
        loss.backward()
        return loss

    first, second = (optimizer.step(closure).item() for _ in range(2))
    assert second < first


@pytest.mark.parametrize("kind", [LARS, LAMB, AdamToSGD])
def test_sparse_gradients_are_refused(kind):
    table = nn.Embedding(5, 2, sparse=True)
    table(torch.tensor([1])).sum().backward()
    with pytest.raises(ValueError, match="sparse=False"):
        kind(table.parameters(), lr=0.1).step()
