"""Every remedy for long tails beside plain cross-entropy: paired gains in balanced accuracy.

    python benchmarks/longtail.py                        digits, 6 seeds at IR 50, 100 and 20
    python benchmarks/longtail.py --part cifar-features  heads on frozen features
    python benchmarks/longtail.py --part cifar-resnet    a ResNet-8 from scratch: hours
    python benchmarks/longtail.py --settle               the common recipe, on training rows alone

What is trained is what `treat` trains: the remedies of the shelf applied to one base recipe,
through the same engine. Every network is that of its last epoch, every choice is made on training
rows, and the balanced test rows are looked at once a training. The same seed gives all contestants
the same rows, the same first weights and the same order of batches. Outcomes are stored as they
come; a run that was killed goes on where it stopped. CIFAR-10 is read from ../shared/data.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import torch

from long_tail.contestants import ADJUSTED, BALANCED_SOFTMAX, CROSS_ENTROPY, LDAM_DRW, PARTS, Part
from long_tail.data import CIFAR, LARGEST
from long_tail.settling import settle
from long_tail.tables import best, promised, table
from long_tail.trainings import Store, jobs_of, recipes_of, run
from steelyard.engine.devices import pick_device

GOALS = {
    50: {BALANCED_SOFTMAX.label: 3.0, ADJUSTED.label: 2.5, LDAM_DRW.label: 1.0},
    100: {BALANCED_SOFTMAX.label: 7.0, ADJUSTED.label: 5.0},
}
BEST_HEAD = 0.58
SMOKE = ["--ir", "50", "--seeds", "2", "--epochs", "6", "--only", "Balanced", "logit"]


def class_sizes(part: Part, ratio: int) -> list[int]:
    """Training rows of the classes, largest first."""
    largest = LARGEST[part.data.removesuffix("-features")]
    return [round(largest * ratio ** (-rank / 9)) for rank in range(10)]


def measure(given: argparse.Namespace) -> None:
    """Run what is not stored and print the tables."""
    part = PARTS[given.part].lasting(given.epochs)
    seeds, ratios = given.seeds or part.seeds, given.ir or part.ratios
    wanted = given.only or [""]
    chosen = [
        one
        for one in part.contestants
        if one is CROSS_ENTROPY or any(word in one.label for word in wanted)
    ]
    sizes = {ratio: class_sizes(part, ratio) for ratio in ratios}
    store = Store(given.results / f"{given.part}.jsonl")
    if not given.table:
        jobs = jobs_of(part, chosen, ratios, seeds, store, sizes.__getitem__, given.cifar)
        run(list(jobs), given.jobs, store)
    print(f"\n{circumstances(given.words)}\n{part.base.model}, {part.base.optim}")
    for ratio in ratios:
        recipes, unfit = recipes_of(part, chosen, sizes[ratio])
        rows = {
            label: [store.find(part.data, ratio, seed, recipe) for seed in range(seeds)]
            for label, recipe in recipes.items()
        }
        if not any(rows[CROSS_ENTROPY.label]):
            print(f"\nIR {ratio}: not run")
            continue
        title = f"{part.data}, IR {ratio}, {sum(sizes[ratio])} rows"
        gains = table(title, rows, CROSS_ENTROPY.label)
        for label, why in unfit.items():
            print(f"  {label}: {why}")
        if given.part == "digits":
            promised(GOALS.get(ratio, {}), gains, least_t=3.0)
        if given.part == "cifar-features" and ratio == 100:
            label, reached = best(rows)
            says = "met" if reached >= BEST_HEAD else "missed"
            print(f"  goal best head {BEST_HEAD}: {label} {reached:.3f}: {says}")


def circumstances(words: Sequence[str]) -> str:
    """The command, the date and the machine."""
    device = pick_device()
    command = " ".join(["python", "benchmarks/longtail.py", *words])
    kind = f"{device.kind} {str(device.dtype).removeprefix('torch.')}"
    return (
        f"{command}\n{time.strftime('%Y-%m-%d')}, torch {torch.__version__}, {kind}, "
        f"{os.cpu_count()} cores; s are processor seconds of a training"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure one part."""
    flags = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    flags.add_argument("--part", choices=PARTS, default="digits")
    flags.add_argument("--ir", type=int, nargs="*", help="imbalance ratios")
    flags.add_argument("--seeds", type=int)
    flags.add_argument("--epochs", type=int)
    flags.add_argument("--jobs", type=int, default=1, help="processes of one thread each")
    flags.add_argument("--only", nargs="*", help="contestants whose name holds one of these")
    flags.add_argument("--table", action="store_true", help="run nothing, print what is stored")
    flags.add_argument("--settle", action="store_true", help="base recipes, on training rows alone")
    flags.add_argument("--smoke", action="store_true", help="a few seconds, to see that it runs")
    flags.add_argument("--cifar", type=Path, default=CIFAR, help="cifar10.npz")
    place = Path(tempfile.gettempdir()) / "steelyard-longtail"
    flags.add_argument("--results", type=Path, default=place, help="folder of stored outcomes")
    arguments = sys.argv[1:] if arguments is None else arguments
    given = flags.parse_args(arguments)
    if given.smoke:
        given = flags.parse_args([*arguments, *SMOKE])
    given.words = arguments
    if given.part != "digits" and not given.table and not given.cifar.is_file():
        sys.exit(f"skipped: there is no {given.cifar}")
    if given.settle:
        settle(PARTS[given.part], given.seeds or 3, given.cifar)
    else:
        measure(given)


if __name__ == "__main__":
    main()
