"""Two gloo processes under torchrun train the network that one process trains."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_runs import recipe as tiny_recipe

from steelyard.core.recipe import Step

HERE = Path(__file__).parent
SMOOTH = f"{HERE / 'smooth_network.py'}:make"


def recipe(model=SMOOTH, optim=None, **slots):
    return tiny_recipe(model, optim={"learning_rate": 0.2, "epochs": 4} | (optim or {}), **slots)


WEIGHT = np.linspace(0, 3, 61).tolist()  # the shares of two processes weigh differently
RECIPES = {
    "shuffled": recipe(),  # 61 rows in batches of 16: unequal shares
    "balanced": recipe(sampler=Step("class-balanced"), loss=Step("balanced-softmax")),
    "parts": recipe(optim={"rows_at_once": 3, "clip": 0.5}),
    "crt": recipe(stages=Step("crt", {"share": 0.5}), optim={"ema": 0.9}),
    "lws": recipe(stages=Step("lws", {"share": 0.5})),
    "influence": recipe(loss=Step("influence-balanced", {"alpha": 1.0})),
    "bilateral": recipe(
        "small-cnn", {"epochs": 2, "learning_rate": 0.02}, stages=Step("bilateral")
    ),
    "stopping": recipe(optim={"patience": 2}),
    "meta": recipe(stages=Step("meta-weight-net")),
    "distillation": recipe(
        stages=Step("distillation", {"before": 0.25, "share": 0.5, "temperature": 2.0})
    ),
    "augmented": recipe(augment=Step("flip-shift", {"mix": "mixup", "alpha": 1.0})),
}
CLOSE = set(RECIPES) - {"augmented", "meta", "parts"}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """(name, processes, rank) -> what a process said and its network's tensors."""
    folder = tmp_path_factory.mktemp("runs")
    jobs = {name: {"recipe": what.to_plain(), "weight": WEIGHT} for name, what in RECIPES.items()}
    plain = {"recipe": RECIPES["crt"].to_plain(), "weight": WEIGHT, "checkpoint": "state"}
    jobs |= {"killed": plain | {"killed_at": 4}, "resumed": plain}
    (folder / "jobs.json").write_text(json.dumps(jobs))
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join([*sys.path, str(HERE)]),
    }
    found = {}
    for n in (1, 2):
        out = folder / str(n)
        out.mkdir()
        script = [str(HERE / "two_processes.py"), str(folder / "jobs.json"), str(out)]
        launch = ["-m", "torch.distributed.run", "--nproc_per_node=2", "--standalone"]
        command = [sys.executable, *(launch if n == 2 else []), *script]
        run = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=240, check=False
        )
        assert run.returncode == 0, run.stderr
        for path in out.glob("*.pt"):
            name, rank = path.stem.rsplit("-", 1)
            found[name, n, int(rank)] = torch.load(path, weights_only=True)
        left = {path.name for path in out.iterdir()} - {path.name for path in out.glob("*.pt")}
        assert not left, "the checkpoint is removed at the end"
    return found


def distance(one, other):
    assert one["state"].keys() == other["state"].keys()
    pairs = [(one["state"][key].double(), other["state"][key].double()) for key in one["state"]]
    return max(float(((a - b).abs() / a.abs().clamp(min=1)).max()) for a, b in pairs)


@pytest.mark.parametrize("name", [*RECIPES, "resumed"])
def test_both_processes_have_the_same_network(name, trained):
    assert distance(trained[name, 2, 0], trained[name, 2, 1]) == 0
    assert trained[name, 2, 0]["said"] == trained[name, 2, 1]["said"]


@pytest.mark.parametrize("name", sorted(CLOSE))
def test_two_processes_train_the_network_of_one(name, trained):
    assert distance(trained[name, 1, 0], trained[name, 2, 0]) < 1e-5


def test_a_killed_run_of_two_goes_on(trained):
    assert trained["resumed", 2, 0]["said"] == ["epoch 4 of 4"]
    assert distance(trained["resumed", 2, 0], trained["crt", 2, 0]) == 0


def test_only_the_first_process_writes(trained):
    assert trained["resumed", 2, 0]["wrote"] == [4]
    assert trained["resumed", 2, 1]["wrote"] == []
    assert trained["crt", 2, 0]["wrote"] == []


def test_processes_draw_other_augmentations(trained):
    one, first, second = (trained["augmented", *who]["seeds"] for who in ((1, 0), (2, 0), (2, 1)))
    assert one == first
    assert len({*first, *second}) == 8


def test_what_differs_by_design_is_near(trained):
    for name in ("meta", "parts"):  # its virtual step is of a share; batch norm sees other parts
        one, two = trained[name, 1, 0]["state"], trained[name, 2, 0]["state"]
        cosine = torch.cosine_similarity(
            one["head.weight"].flatten(), two["head.weight"].flatten(), 0
        )
        assert cosine > 0.98
