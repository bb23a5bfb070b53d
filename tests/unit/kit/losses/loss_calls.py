"""How the tests call a loss: a small batch, counts with an empty class, what each needs."""

import torch
from torch.nn import functional as F

from steelyard.kit import losses as kit
from steelyard.kit.losses import FUNCTIONS

COUNTS = [1000, 100, 10, 0, 1]
K = len(COUNTS)
MULTI_LABEL = ("asymmetric", "binary_cross_entropy")
OF_CLASSES = [n for n in FUNCTIONS if n != "smooth_l1" and not n.endswith("_penalty")]
ONE_CLASS = [n for n in OF_CLASSES if n not in MULTI_LABEL]


def batch(n=8, seed=0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    logits = 3 * torch.randn(n, K, generator=generator, dtype=dtype)
    return logits, torch.randint(K, (n,), generator=generator)


def call(name, logits, target, **given):
    """The loss called with the counts; labels and features where it needs them."""
    if name in MULTI_LABEL and target.ndim == 1:
        target = F.one_hot(target, K)
    more = ()
    if name == "influence_balanced":
        more = (torch.linspace(1, 2, len(logits) * 3, dtype=torch.float32).reshape(-1, 3),)
    return getattr(kit, name)(logits, target, *more, **{"counts": COUNTS, **given})


def near(value, expected, rel=1e-12):
    expected = torch.as_tensor(expected, dtype=value.dtype)
    torch.testing.assert_close(value, expected, rtol=rel, atol=1e-12)
