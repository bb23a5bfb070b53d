"""Meta-Weight-Net: a small network learns from a few trusted rows what each loss should weigh.

Measured on 8 x 8 digits with 4 trusted rows a class, balanced accuracy on fresh rows, in points.
40 % wrong labels, 80 rows a class, 4 seeds: +15 over the same training with constant weights and
+11 over the trusted rows merely added to it; over the rates and lengths tried its best was .909,
that of plain training .888 (the shortest), with the trusted rows .897. IR 50, 6 seeds: +2 to +3
over plain training while that is short, -0.4 once it knows every row by heart, since a loss of 0
weighs nothing; and 6 to 14 *below* the trusted rows merely added. On a tail, train on such rows.
"""

from collections.abc import Callable, Collection, Mapping

import torch
from torch import Tensor, nn
from torch.func import functional_call

from steelyard.kit.losses.functions import cross_entropy

RowLoss = Callable[..., Tensor]  # (logits, target, reduction="none") -> (N,)


class MetaWeightNet(nn.Module):
    """From the loss of a row to its weight in (0, 1): one hidden layer, ReLU, sigmoid.

    Shu et al., Meta-Weight-Net: Learning an Explicit Mapping For Sample Weighting, NeurIPS 2019,
    section 2 and figure 1. A rising curve helps where rare rows are hard, a falling one where
    labels are wrong; which it becomes, the trusted rows decide.

    Parameters
    ----------
    hidden : units of the hidden layer

    >>> MetaWeightNet()(torch.tensor([0.1, 2.3])).shape
    torch.Size([2])
    """

    def __init__(self, hidden: int = 100) -> None:
        super().__init__()
        self.linear1 = nn.Linear(1, hidden)
        self.linear2 = nn.Linear(hidden, 1)

    def forward(self, loss: Tensor) -> Tensor:
        """Weights (N,) of the losses (N,); no gradient flows into the losses."""
        hidden = torch.relu(self.linear1(loss.detach()[:, None]))
        return torch.sigmoid(self.linear2(hidden))[:, 0]


def meta_step(
    network: nn.Module,
    weight_net: nn.Module,
    images: Tensor,
    target: Tensor,
    meta_images: Tensor,
    meta_target: Tensor,
    *,
    learning_rate: float,
    loss: RowLoss = cross_entropy,
    only: Collection[str] | None = None,
) -> Tensor:
    """Writes the weight-net's gradients: how its weights would have changed the trusted loss.

    Shu et al., NeurIPS 2019, equations 3 to 5: a virtual step ``theta' = theta - learning_rate
    grad(1/N sum_j V(l_j) l_j)`` of plain gradient descent, then the gradient of the mean loss of
    the trusted rows at theta' with respect to the weight-net. One iteration is ::

        meta_step(network, weight_net, *batch, *trusted_batch, learning_rate=lr)
        weight_optimizer.step()
        loss = meta_weighted_loss(network(images), target, weight_net)

    The network is left as found: no parameter, no gradient and no running statistic of a batch
    norm changes, which sees its own batch in the virtual passes where it is in training mode.
    Dropout draws anew in every pass. Give the module inside a DistributedDataParallel, and
    average the weight-net's gradients over the processes.

    Parameters
    ----------
    network : images to logits (N, K)
    weight_net : losses (N,) to weights (N,). Its ``grad`` is replaced, not added to
    images, target : a training batch
    meta_images, meta_target : a batch of trusted rows, balanced and rightly labelled
    learning_rate : of the virtual step; the paper takes the network's own
    loss : called as ``loss(logits, target, reduction="none")``, one number a row
    only : names of the parameters, or of the modules that hold them, that take the virtual step,
        such as ``["head"]``. Others stand still in it, which saves their backward passes. None is
        all that ask for gradients

    Returns
    -------
    The mean loss of the trusted rows after the virtual step, without gradient.

    Raises
    ------
    ValueError
        ``learning_rate`` not above 0, a name in ``only`` that no trainable parameter has, or a
        loss that is not one number a row.
    """
    if not learning_rate > 0:
        raise ValueError(f"learning_rate must be above 0, got {learning_rate}")
    moving = _moving(network, only)
    others = {n: p.detach() for n, p in network.named_parameters() if n not in moving}

    def rows(parameters: Mapping[str, Tensor], images: Tensor, target: Tensor) -> Tensor:
        # A copy each time: batch norm writes into the buffers it is given.
        buffers = {name: buffer.clone() for name, buffer in network.named_buffers()}
        logits = functional_call(network, {**parameters, **others, **buffers}, (images,))
        return _one_a_row(loss(logits, target, reduction="none"), target)

    with torch.enable_grad():
        losses = rows(moving, images, target)
        weighted = (weight_net(losses.detach()) * losses).mean()
        gradients = torch.autograd.grad(weighted, list(moving.values()), create_graph=True)
        stepped = {
            name: parameter - learning_rate * gradient
            for (name, parameter), gradient in zip(moving.items(), gradients, strict=True)
        }
        meta_loss = rows(stepped, meta_images, meta_target).mean()
        learnt = [p for p in weight_net.parameters() if p.requires_grad]
        for parameter, gradient in zip(learnt, torch.autograd.grad(meta_loss, learnt), strict=True):
            parameter.grad = gradient
    return meta_loss.detach()


def meta_weighted_loss(
    logits: Tensor, target: Tensor, weight_net: nn.Module, *, loss: RowLoss = cross_entropy
) -> Tensor:
    """``1/N sum_j V(l_j) l_j``, the loss of the real step; Shu et al., equation 5.

    Parameters
    ----------
    logits, target : of the training batch
    weight_net : as the meta step left it; no gradient flows into it
    loss : as in `meta_step`

    Raises
    ------
    ValueError
        A loss that is not one number a row.
    """
    losses = _one_a_row(loss(logits, target, reduction="none"), target)
    with torch.no_grad():
        weights = weight_net(losses)
    weighted: Tensor = (weights * losses).mean()
    return weighted


def _moving(network: nn.Module, only: Collection[str] | None) -> dict[str, nn.Parameter]:
    trainable = {name: p for name, p in network.named_parameters() if p.requires_grad}
    if only is None:
        return trainable
    held = {name: [n for n in trainable if f"{n}.".startswith(f"{name}.")] for name in only}
    unknown = sorted(name for name, found in held.items() if not found)
    if unknown or not held:
        raise ValueError(
            f"only must name trainable parameters or their modules, got {unknown or list(only)}; "
            f"there are {', '.join(trainable)}"
        )
    wanted = {name for found in held.values() for name in found}
    return {name: p for name, p in trainable.items() if name in wanted}


def _one_a_row(losses: Tensor, target: Tensor) -> Tensor:
    if losses.shape != (len(target),):
        raise ValueError(
            f"loss must give one number a row ({len(target)},), got {tuple(losses.shape)}"
        )
    return losses
