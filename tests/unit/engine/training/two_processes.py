"""Run by torchrun in two processes, or by Python in one: trains what it is told and writes it."""

import json
import sys
from pathlib import Path

import torch
from tiny_runs import Killed, fit, images, state_of
from torch import distributed as dist

from steelyard.core.recipe import Recipe
from steelyard.engine import devices
from steelyard.engine.training.processes import processes, rank, world_size


def main(jobs, out):
    # In bfloat16 other parts would be rounded otherwise; in float32 all can agree closely.
    devices.cpu_has_bfloat16 = lambda: False
    with processes() as number:
        assert (number, world_size()) == (rank(), dist.get_world_size() if number else world_size())
        for name, job in json.loads(Path(jobs).read_text()).items():
            said = []

            def tell(text, said=said, job=job):
                said.append(text)
                if len(said) == job.get("killed_at"):
                    raise Killed

            how = {"row_weight": job.get("weight"), "random_state": 1, "tell": tell}
            if "checkpoint" in job:
                how["checkpoint"] = Path(out) / job["checkpoint"]
            data = images(counts=tuple(job.get("counts", (36, 18, 7))))
            try:
                trained = fit(Recipe.from_plain(job["recipe"]), data, **how)
            except Killed:
                continue
            state = {"said": said, "state": state_of(trained)}
            torch.save(state, Path(out) / f"{name}-{number}.pt")
    assert not dist.is_initialized()


if __name__ == "__main__":
    main(*sys.argv[1:])
