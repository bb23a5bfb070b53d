"""Every loss forward and backward beside F.cross_entropy, taking turns in one run, and the ratio.

python benchmarks/losses.py [--rows 128] [--classes 1000] [--repeats 300]
"""

import argparse
from collections.abc import Callable
from statistics import median
from time import perf_counter

import torch
from torch import Tensor
from torch.nn import functional as F

from steelyard.kit import losses

Loss = Callable[[Tensor], Tensor]
GOAL = 1.5
NO_CLASSES = ("smooth_l1", "l1_penalty", "l2_penalty", "elastic_net_penalty")


def contenders(rows: int, classes: int, seed: int = 0) -> tuple[Tensor, dict[str, Loss]]:
    """Logits (N, K) and the losses of them; all are held against the first, torch's own."""
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(rows, classes, generator=generator).requires_grad_()
    target = torch.randint(classes, (rows,), generator=generator)
    counts = torch.linspace(500, 5, classes).round().long()
    features = torch.rand(rows, 64, generator=generator)
    labels = F.one_hot(target, classes).float()
    more = {"influence_balanced": (features,)}

    jobs: dict[str, Loss] = {
        "F.cross_entropy": lambda x: F.cross_entropy(x, target),
        "F.binary_cross_entropy_with_logits": lambda x: F.binary_cross_entropy_with_logits(
            x, labels
        ),
    }
    for module, name in losses.MODULES.items():
        if name in NO_CLASSES:
            continue
        loss = getattr(losses, module)(counts=counts)
        aim = labels if name in ("binary_cross_entropy", "asymmetric") else target
        jobs[name] = lambda x, loss=loss, aim=aim, name=name: loss(x, aim, *more.get(name, ()))
    jobs["smooth_l1"] = lambda x: losses.smooth_l1(x, labels)
    jobs["elastic_net_penalty"] = losses.elastic_net_penalty
    return logits, jobs


def seconds(loss: Loss, logits: Tensor) -> float:
    logits.grad = None
    start = perf_counter()
    loss(logits).backward()
    return perf_counter() - start


def side_by_side(loss: Loss, other: Loss, logits: Tensor, repeats: int) -> tuple[float, float]:
    """Median seconds of both, taking turns, so that a busy moment hits both."""
    times = [(seconds(loss, logits), seconds(other, logits)) for _ in range(repeats + 10)]
    mine, theirs = zip(*times[10:], strict=True)  # the first turns warm up
    return median(mine), median(theirs)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=128)
    parser.add_argument("--classes", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=300)
    args = parser.parse_args(arguments)

    torch.set_num_threads(1)
    # One big array freed: from now on the C library keeps small ones, as it does in any training
    # with more than a toy's activations, and page faults do not drown the arithmetic.
    activations = torch.zeros(2**22)
    del activations
    logits, jobs = contenders(args.rows, args.classes)
    bare = jobs.pop("F.cross_entropy")
    print(f"{args.rows} rows x {args.classes} classes, {args.repeats} turns each, one thread")
    print(f"{'forward and backward':36}{'median us':>10}{'F.ce us':>10}{'ratio':>8}  goal {GOAL}")
    for name, loss in jobs.items():
        # LDAM multiplies by 30, which is meant for cosines; of wider logits even torch's own
        # cross-entropy is slow, for its exponentials become subnormal.
        x = (logits.detach() / 4).clamp(-1, 1).requires_grad_() if name == "ldam" else logits
        ours, torchs = side_by_side(loss, bare, x, args.repeats)
        says = "" if ours <= GOAL * torchs else "  slower"
        print(f"{name:36}{ours * 1e6:10.0f}{torchs * 1e6:10.0f}{ours / torchs:8.2f}{says}")


if __name__ == "__main__":
    main()
