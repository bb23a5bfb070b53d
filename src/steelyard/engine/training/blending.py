"""The ``mix`` of the ``augment`` slot: the images of a batch blended in pairs."""

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from steelyard.core.recipe import Step
from steelyard.engine.training.examples import Examples
from steelyard.engine.training.objectives import Batch
from steelyard.kit import mixing

MIXES = ("mixup", "cutmix", "remix", "balanced-mixup")


def mixed(
    augment: Step,
    batch: Batch,
    examples: Examples,
    generator: torch.Generator,
    batch_of: Callable[[Tensor], Batch],
) -> Batch:
    """The batch as ``mix`` makes it, or as it is where there is none.

    ``batch_of`` makes a batch of other rows, which balanced mixup blends in. Raises ValueError for
    an unknown name.
    """
    mix, alpha = augment.params.get("mix"), augment.params.get("alpha", 1.0)
    if mix is None:
        return batch
    pair, how = (batch.inputs, batch.target), {"alpha": alpha, "generator": generator}
    if mix == "remix":
        images, target = mixing.remix(*pair, examples.counts, **how)
    elif mix == "balanced-mixup":
        other = batch_of(_balanced_rows(examples, len(batch), generator))
        images, target = mixing.balanced_mixup(
            *pair, other.inputs, other.target, examples.n_classes, **how
        )
    elif mix in MIXES:
        images, target = getattr(mixing, mix)(*pair, examples.n_classes, **how)
    else:
        raise ValueError(f"no mixing '{mix}'; there are {', '.join(MIXES)}")
    return replace(batch, inputs=images, target=target)


def _balanced_rows(examples: Examples, n: int, generator: torch.Generator) -> Tensor:
    """(n,) rows, every class as likely."""
    by_class = 1 / torch.from_numpy(examples.counts).clamp(min=1).double()
    return torch.multinomial(by_class[examples.target], n, replacement=True, generator=generator)
