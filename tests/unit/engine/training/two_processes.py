"""Run by torchrun in two processes, or by Python in one: trains what it is told and writes it."""

import json
import sys
from pathlib import Path

import torch
from tiny_runs import Killed, fit, images, state_of
from torch import distributed as dist

from steelyard.core.recipe import Recipe
from steelyard.engine import devices
from steelyard.engine.training import loop
from steelyard.engine.training.processes import processes, rank, world_size
from steelyard.engine.training.run import Run


def watched():
    """Which checkpoints this process wrote, and the seeds of its augmentations, epoch by epoch."""
    wrote, seeds = [], []
    write, once = loop.write_checkpoint, Run.run_epoch

    def writing(path, state):
        wrote.append(state["epoch"])
        write(path, state)

    def epoch(self):
        once(self)
        seeds.append(self.generator.initial_seed())

    loop.write_checkpoint, Run.run_epoch = writing, epoch
    return wrote, seeds


def main(jobs, out):
    # In bfloat16 other parts would be rounded otherwise; in float32 all can agree closely.
    devices.cpu_has_bfloat16 = lambda: False
    wrote, seeds = watched()
    with processes() as number:
        assert (number, world_size()) == (rank(), dist.get_world_size() if number else world_size())
        for name, job in json.loads(Path(jobs).read_text()).items():
            said = []
            del wrote[:], seeds[:]

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
            state = {"said": said, "state": state_of(trained), "wrote": wrote, "seeds": seeds}
            torch.save(state, Path(out) / f"{name}-{number}.pt")
    assert not dist.is_initialized()


if __name__ == "__main__":
    main(*sys.argv[1:])
