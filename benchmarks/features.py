"""Features of images against the bare backbone in a loop, and a trial on cached features.

    python benchmarks/features.py                          2,000 images, 50,000 rows of features
    python benchmarks/features.py --images 64 --rows 1000  a quick look

The images and the features are random: their values cost nothing. Seconds are processor seconds of
one thread, since other programs may share the machine; the clock is printed beside them.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
import torch

from steelyard.engine.devices import pick_device
from steelyard.engine.features import BATCH, extract_features
from steelyard.engine.fitting_heads import fit_linear_head, fit_linear_heads
from steelyard.models.backbone import load_backbone

FOLDS, CLASSES, FEATURES = 5, 10, 1280


def seconds(work: Callable[[], object]) -> np.ndarray:
    """Processor seconds and seconds by the clock."""
    before = np.array([time.process_time(), time.perf_counter()])
    work()
    return np.array([time.process_time(), time.perf_counter()]) - before


def extraction(n_images: int, side: int = 32, rounds: int = 5) -> None:
    """Print images a second of the bare loop and of ours, run in turns, and the ratio."""
    backbone, device = load_backbone(image_side=side), pick_device()
    module = device.place_model(backbone.module)
    ready = device.place_images(torch.randn(BATCH, 3, backbone.size, backbone.size))
    rng = np.random.default_rng(0)
    per_round = max(BATCH, n_images // rounds)

    def bare() -> None:
        with torch.inference_mode(), device.autocast():
            for start in range(0, per_round, BATCH):
                module(ready[: min(BATCH, per_round - start)])

    bare()
    taken = []
    for _ in range(rounds):
        images = rng.integers(0, 256, (per_round, side, side, 3), dtype=np.uint8)
        ours = seconds(lambda images=images: extract_features(images, backbone))
        taken.append((seconds(bare), ours))
    loop, ours = np.median(taken, axis=0)
    ratio = statistics.median(ours[0] / loop[0] for loop, ours in taken)
    title = f"features, images of {side} px read at {backbone.size}"
    print(f"{title:44}{'images/s':>12}{'by the clock':>16}")
    for name, (processor, clock) in (("bare backbone in a loop", loop), ("extract_features", ours)):
        print(f"  {name:42}{per_round / processor:12.0f}{per_round / clock:16.0f}")
    print(f"  time against the bare loop: {ratio:.3f}  (goal 1.10)\n")


def trial(n_rows: int, n_seeds: int) -> None:
    """Print what 5 folds x the seeds of a linear head take, in passes of five and one by one."""
    rng = np.random.default_rng(0)
    target = rng.integers(0, CLASSES, n_rows)
    X = rng.standard_normal((n_rows, FEATURES), dtype=np.float32)
    X[np.arange(n_rows), target] += 2
    right = 0.0

    def five(seed: int) -> None:
        nonlocal right
        fold = rng.permutation(n_rows) % FOLDS
        seen = np.stack([fold != f for f in range(FOLDS)])
        heads = fit_linear_heads(X, target, CLASSES, seen, random_state=seed)
        for f, head in enumerate(heads):
            held = fold == f
            right += (head.predict_proba(X[held]).argmax(1) == target[held]).mean()

    together = seconds(lambda: [five(seed) for seed in range(n_seeds)])
    train = np.arange(n_rows) % FOLDS != 0
    alone = seconds(lambda: fit_linear_head(X[train], target[train], CLASSES))
    fits = FOLDS * n_seeds
    title = f"a trial: {fits} heads on {n_rows:,} x {FEATURES}"
    print(f"{title:44}{'seconds':>12}{'by the clock':>16}")
    for name, (processor, clock) in (
        ("all folds of a seed in one pass", together),
        (f"one by one ({fits} x one measured)", fits * alone),
    ):
        print(f"  {name:42}{processor:12.2f}{clock:16.2f}")
    print(f"  held-out accuracy {right / fits:.3f}; goal 10 s")


def main() -> None:
    """Print both tables."""
    flags = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    flags.add_argument("--images", type=int, default=2000)
    flags.add_argument("--rows", type=int, default=50_000)
    flags.add_argument("--seeds", type=int, default=3)
    given = flags.parse_args()
    extraction(given.images)
    trial(given.rows, given.seeds)


if __name__ == "__main__":
    main()
