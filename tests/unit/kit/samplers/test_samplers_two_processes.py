"""Two real gloo processes, whose samplers find out by themselves where they are."""

import json
import subprocess
import sys

import numpy as np

from steelyard.kit.samplers import ClassBalancedSampler, RareClassGuard, ShuffledSampler

TARGET = np.array([0] * 40 + [1] * 9 + [2] * 3)

PROCESS = """
import json, sys
import numpy as np
import torch
import torch.distributed as dist
from torch.utils.data import DataLoader, TensorDataset
from steelyard.kit.samplers import ClassBalancedSampler, RareClassGuard, ShuffledSampler

torch.set_num_threads(1)
rank, meeting, out = int(sys.argv[1]), sys.argv[2], sys.argv[3]
target = np.array([0] * 40 + [1] * 9 + [2] * 3)
rows = TensorDataset(torch.arange(52))
dist.init_process_group("gloo", init_method="file://" + meeting, rank=rank, world_size=2)
samplers = {
    "shuffled": ShuffledSampler(52),
    "balanced": ClassBalancedSampler(target),
    "guard": RareClassGuard(ShuffledSampler(52), target, 4, random_state=7),
}
seen = {}
for name, sampler in samplers.items():
    how = {"batch_sampler": sampler} if name == "guard" else {"sampler": sampler, "batch_size": 4}
    for epoch in (0, 1):
        sampler.set_epoch(epoch)
        mine = [batch.tolist() for (batch,) in DataLoader(rows, **how)]
        both = [None, None]
        dist.all_gather_object(both, mine)
        seen[name + str(epoch)] = both
if rank == 0:
    with open(out, "w") as file:
        json.dump(seen, file)
dist.destroy_process_group()
"""


def in_turns(one, other):
    return [item for pair in zip(one, other, strict=True) for item in pair]


def flat(batches):
    return [row for batch in batches for row in batch]


def test_two_processes_share_the_order_of_one(tmp_path):
    out = tmp_path / "seen.json"
    command = [sys.executable, "-W", "ignore", "-c", PROCESS]
    running = [
        subprocess.Popen(
            [*command, str(rank), str(tmp_path / "meeting"), str(out)], stderr=subprocess.PIPE
        )
        for rank in (0, 1)
    ]
    for process in running:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors.decode()
    seen = json.loads(out.read_text())

    single = {
        "shuffled": ShuffledSampler(52),
        "balanced": ClassBalancedSampler(TARGET),
        "guard": RareClassGuard(ShuffledSampler(52), TARGET, 4, random_state=7),
    }
    for epoch in (0, 1):
        for name, sampler in single.items():
            sampler.set_epoch(epoch)
            shares = seen[f"{name}{epoch}"]
            if name == "guard":  # its items are batches, and 13 of them make 7 for each
                whole = list(sampler)
                assert in_turns(*shares) == [*whole, whole[0]]
                assert all(set(TARGET[batch]) == {0, 1, 2} for batch in in_turns(*shares))
            else:
                one, other = map(flat, shares)
                assert in_turns(one, other) == list(sampler)
                assert name != "shuffled" or not set(one) & set(other)
    assert seen["shuffled0"] != seen["shuffled1"]
