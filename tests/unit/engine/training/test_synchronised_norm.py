"""Batch norm over two processes is the ordinary one over all their rows."""

import subprocess
import sys

import pytest
import torch
from torch import nn

from steelyard.engine.training.synchronised_norm import SynchronisedBatchNorm, synchronised

PROCESS = """
import sys
import torch
import torch.distributed as dist
from torch import nn
from steelyard.engine.training.synchronised_norm import synchronised

torch.set_num_threads(1)
rank, meeting, given, out = int(sys.argv[1]), *sys.argv[2:]
dist.init_process_group("gloo", init_method="file://" + meeting, rank=rank, world_size=2)
found = {}
for name, case in torch.load(given).items():
    norm = synchronised(nn.Sequential(case["norm"]))
    share = case["x"].tensor_split([case["cut"]])[rank].clone().requires_grad_()
    wanted = case["wanted"].tensor_split([case["cut"]])[rank]
    for _ in range(2):
        norm.zero_grad()
        share.grad = None
        answer = norm(share)
        (answer * wanted).sum().backward()
    for parameter in norm.parameters():
        dist.all_reduce(parameter.grad)
    found[name] = {
        "answer": answer.detach(), "grad": share.grad, "state": norm.state_dict(),
        "of_parameters": [p.grad for p in norm.parameters()],
        "eval": norm.eval()(share).detach(),
    }
torch.save(found, out + str(rank))
dist.destroy_process_group()
"""

SHAPES = {"rows": (nn.BatchNorm1d, (7, 5)), "images": (nn.BatchNorm2d, (7, 5, 3, 4))}


def case_of(kind, shape, dtype, cut, offset=0.0, **settings):
    generator = torch.Generator().manual_seed(0)
    norm = kind(shape[1], **settings).to(dtype)
    for parameter in norm.parameters():
        nn.init.uniform_(parameter, 0.5, 2, generator=generator)
    x, wanted = (torch.randn(shape, generator=generator, dtype=torch.float64) for _ in "12")
    x = (x * 3 + offset).to(dtype)
    return {"norm": norm, "x": x, "wanted": wanted.to(dtype), "cut": cut}


CASES = {
    f"{name} {str(dtype)[6:]} {cut}": (kind, shape, dtype, cut)
    for name, (kind, shape) in SHAPES.items()
    for dtype in (torch.float32, torch.float64)
    for cut in (3, 1, 7)  # the last leaves the second process without a row
}
SPECIAL = {
    "far from 0": ((nn.BatchNorm2d, (7, 5, 3, 4), torch.float32, 3), {"offset": 1000.0}),
    "cumulative": ((nn.BatchNorm1d, (7, 5), torch.float64, 3), {"momentum": None}),
    "plain": ((nn.BatchNorm1d, (7, 5), torch.float64, 3), {"affine": False, "eps": 0.1}),
    "no statistics": (
        (nn.BatchNorm1d, (7, 5), torch.float64, 3), {"track_running_stats": False},
    ),
    "bfloat16": ((nn.BatchNorm2d, (7, 5, 3, 4), torch.bfloat16, 3), {}),
}  # fmt: skip


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("norms")
    cases = {name: case_of(*what) for name, what in CASES.items()}
    cases |= {name: case_of(*what, **more) for name, (what, more) in SPECIAL.items()}
    cases["bfloat16"]["norm"].float()  # as under autocast
    torch.save(cases, folder / "given")
    code = PROCESS.replace("torch.load(given)", "torch.load(given, weights_only=False)")
    running = [
        subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", code, str(rank)]
            + [str(folder / name) for name in ("meeting", "given", "out")],
            stderr=subprocess.PIPE,
        )
        for rank in (0, 1)
    ]
    for process in running:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors.decode()
    two = [torch.load(folder / f"out{rank}", weights_only=True) for rank in (0, 1)]
    return cases, two


@pytest.mark.parametrize("name", [*CASES, *SPECIAL])
def test_two_processes_normalise_as_one(name, found):
    case, (one, other) = found[0][name], (side[name] for side in found[1])
    norm, x = case["norm"], case["x"].clone().requires_grad_()
    for _ in range(2):
        norm.zero_grad()
        x.grad = None
        answer = norm(x)
        (answer * case["wanted"]).sum().backward()
    near = {torch.float64: 1e-12, torch.float32: 3e-6, torch.bfloat16: 0.02}[x.dtype]
    near = 2e-3 if name == "far from 0" else near  # the squares alone would be 0.7 % off
    near = {"rtol": near, "atol": near}
    torch.testing.assert_close(torch.cat([one["answer"], other["answer"]]), answer, **near)
    torch.testing.assert_close(torch.cat([one["grad"], other["grad"]]), x.grad, **near)
    for mine, theirs in zip(one["of_parameters"], norm.parameters()):
        torch.testing.assert_close(mine, theirs.grad, **near)
    assert list(one["state"]) == [f"0.{key}" for key in norm.state_dict()]
    for key, value in norm.state_dict().items():
        torch.testing.assert_close(one["state"][f"0.{key}"], value, **near)
        assert torch.equal(one["state"][f"0.{key}"], other["state"][f"0.{key}"])
    if norm.track_running_stats:
        expected = norm.eval()(x)
        torch.testing.assert_close(torch.cat([one["eval"], other["eval"]]), expected, **near)


def test_one_process_is_the_ordinary_batch_norm():
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(6, 4, 5, 5, generator=generator)
    plain = nn.Sequential(nn.Conv2d(4, 3, 1), nn.BatchNorm2d(3))
    weight = plain[1].weight
    before = plain(x)
    plain[1].reset_running_stats()
    shared = synchronised(plain)
    assert shared is plain
    assert isinstance(shared[1], SynchronisedBatchNorm)
    assert shared[1].weight is weight
    assert torch.equal(shared(x), before)
    assert list(shared.state_dict()) == [
        "0.weight", "0.bias", "1.weight", "1.bias",
        "1.running_mean", "1.running_var", "1.num_batches_tracked",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="shape"):
        shared[1](torch.zeros(3))
