"""Fit many heads on the same features in one pass over them: one for every fold and seed."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from steelyard.core.recipe import Step
from steelyard.engine.devices import Device, pick_device
from steelyard.engine.head_slopes import Slope, cross_entropy_slope, slope_of
from steelyard.engine.linear_head import Layers, LinearHead

CROSS_ENTROPY = Step("cross-entropy")
# With 1,500 steps the probabilities agree with a fully converged solver to a hundredth of a nat.
STEPS = 1500
MIN_EPOCHS = 4
CURVE_POINTS = 20
_ROWS_AT_ONCE = 4096
_MANY_FEATURES = 256


def fit_linear_head(
    X: NDArray[Any],
    target: NDArray[np.int64],
    n_classes: int,
    *,
    row_weight: NDArray[np.floating[Any]] | None = None,
    **settings: Any,
) -> LinearHead:
    """One head; `fit_linear_heads` with weights of shape (1, N), by default all equal."""
    weight = np.ones(len(X)) if row_weight is None else np.asarray(row_weight)
    return fit_linear_heads(X, target, n_classes, weight[None], **settings)[0]


def fit_linear_heads(
    X: NDArray[Any],
    target: NDArray[np.int64],
    n_classes: int,
    row_weights: NDArray[Any],
    *,
    loss: Step = CROSS_ENTROPY,
    l2: float = 0.1,
    hidden: int = 0,
    learning_rate: float = 0.01,
    batch_size: int = 256,
    random_state: int = 0,
) -> list[LinearHead]:
    """M heads that differ in the weights of their rows.

    Each minimises ``mean(w_i * loss_i) + l2 / 2 * ||weights||^2`` on features standardised by the
    rows it sees, with Adam (Kingma and Ba, ICLR 2015) and a rate that falls to 0 as a
    cosine. The same seed gives the same heads.

    Parameters
    ----------
    X : (N, D) features.
    target : (N,) class indices. A class without rows gets a probability near 0.
    row_weights : (M, N), scaled inside to mean 1. A row of weight 0 is not seen at all, so the
        held-out rows of a fold are zeros here, and a row drawn three times is a 3.
    loss : one of `steelyard.kit.losses` and its parameters; it gets the classes' weights as counts.
    l2 : strength of the penalty on the weights, not on the biases; scikit-learn's ``1 / (C N)``.
    hidden : units of the hidden layer; 0 is multinomial logistic regression.

    Raises
    ------
    ValueError
        A head whose rows all weigh 0.
    """
    device, n_heads = pick_device(), len(row_weights)
    weight = np.asarray(row_weights, np.float64)
    if not weight.any(axis=1).all():
        raise ValueError("every head needs a row of positive weight")
    weight = torch.from_numpy((weight / weight.mean(1, keepdims=True)).astype(np.float32))
    labels = torch.from_numpy(np.array(target, np.int64))
    mean, scale = _mean_and_scale(X, (weight > 0).float())
    rows = _standardised(X, mean.mean(0), scale.mean(0), device)
    # What one head's own standardisation would make of a weight: its penalty stays exactly that.
    stretch = (scale / scale.mean(0)).T.square().unsqueeze(2)

    generator = torch.Generator().manual_seed(random_state)
    mass = torch.zeros(n_heads, n_classes).index_add_(1, labels, weight)
    slope = slope_of(loss, mass)
    layers = _initial_layers(X.shape[1], hidden, mass, generator)
    layers = [layer.to(device.kind) for layer in layers]
    per_epoch = math.ceil(len(rows) / batch_size)
    epochs = max(MIN_EPOCHS, math.ceil(STEPS / per_epoch))
    watched = {round(e) for e in np.geomspace(1, epochs, CURVE_POINTS)}  # dense where it bends
    path: dict[float, Layers] = {}

    weight, labels, stretch = (t.to(device.kind) for t in (weight.T, labels, stretch))
    optimiser = torch.optim.Adam(layers, lr=learning_rate, fused=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, epochs * per_epoch)
    for epoch in range(1, epochs + 1):
        # Parts of equal size: a last batch of one row would weigh as much as a full one.
        for batch in torch.randperm(len(rows), generator=generator).tensor_split(per_epoch):
            batch = batch.to(device.kind)
            seen, share = rows.index_select(0, batch), weight.index_select(0, batch) / len(batch)
            gradients = _gradients(seen, labels[batch], share, layers, slope)
            for layer, gradient in zip(layers, gradients):
                layer.grad = gradient
            layers[0].grad.addcmul_(layers[0], stretch, value=l2)
            for later in layers[2::2]:
                later.grad.add_(later, alpha=l2)
            optimiser.step()
            schedule.step()
        if epoch in watched:
            path[float(epoch)] = [layer.cpu().clone() for layer in layers]
    return [_head(m, mean.mean(0), scale.mean(0), path) for m in range(n_heads)]


def _gradients(
    X: Tensor,
    target: Tensor,
    share: Tensor,
    layers: Layers,
    slope_of_loss: Slope = cross_entropy_slope,
) -> Layers:
    """Gradients of the weighted losses of one batch, written out.

    X (B, D), target (B,), share (B, M): each row's part in each head's mean.
    """
    # One product for all heads, in the device's fast type; everything after it in float32.
    first = layers[0].flatten(1).to(X.dtype)
    out = (X @ first).float().unflatten(1, layers[0].shape[1:]) + layers[1]
    inner = out.relu() if len(layers) > 2 else None
    if inner is not None:
        out = torch.einsum("bmh,mhk->bmk", inner, layers[2]) + layers[3]
    slope = slope_of_loss(out, target, share)
    later: Layers = []
    if inner is not None:
        later = [torch.einsum("bmh,bmk->mhk", inner, slope), slope.sum(0)]
        slope = torch.einsum("bmk,mhk->bmh", slope, layers[2]) * (inner > 0)
    product = X.T @ slope.flatten(1).to(X.dtype)
    return [product.float().view_as(layers[0]), slope.sum(0), *later]


def _head(m: int, mean: Tensor, scale: Tensor, path: dict[float, Layers]) -> LinearHead:
    own = {
        epoch: [layers[0][:, m].contiguous(), *(layer[m] for layer in layers[1:])]
        for epoch, layers in path.items()
    }
    return LinearHead(mean, scale, own[max(own)], own)


def _mean_and_scale(X: NDArray[Any], seen: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and deviation (M, D) of the rows that each head sees; ``seen`` is (M, N) of 0 and 1."""
    n_seen = seen.sum(1, keepdim=True)
    total, square = torch.zeros(2, len(seen), X.shape[1], dtype=torch.float64)
    # Any row will do as origin; far from 0 the squares would cancel.
    origin = torch.from_numpy(np.array(X[0], np.float32))
    for at, part in _parts(X):
        part = part - origin
        total += seen[:, at] @ part
        square += seen[:, at] @ part.square()
    mean = total / n_seen
    scale = (square / n_seen - mean.square()).clamp(min=0).sqrt()
    mean += origin
    # A constant feature would be blown up by rounding.
    scale[scale <= 1e-5 * mean.abs().clamp(min=1)] = 1
    return mean.float(), scale.float()


def _standardised(X: NDArray[Any], mean: Tensor, scale: Tensor, device: Device) -> Tensor:
    # Rounding to a short type averages out over many features, and few cost little anyway.
    dtype = device.dtype if X.shape[1] >= _MANY_FEATURES else torch.float32
    rows = torch.empty(X.shape, dtype=dtype)
    for at, part in _parts(X):
        rows[at] = ((part - mean) / scale).to(dtype)
    return rows.to(device.kind)


def _parts(X: NDArray[Any]) -> Iterator[tuple[slice, Tensor]]:
    for start in range(0, len(X), _ROWS_AT_ONCE):
        at = slice(start, start + _ROWS_AT_ONCE)
        yield at, torch.from_numpy(np.array(X[at], np.float32))


def _initial_layers(
    n_features: int, hidden: int, mass: Tensor, generator: torch.Generator
) -> Layers:
    """Zero weights and the log prior as bias: the fit starts from the class frequencies.

    ``mass`` (M, K) is what the rows of each class weigh. Shapes: (D, M, K), (M, K), or (D, M, H),
    (M, H), (M, H, K), (M, K).
    """
    n_heads, n_classes = mass.shape
    bias = (mass.clamp(min=0.5) / mass.sum(1, keepdim=True)).log()
    if not hidden:
        return [torch.zeros(n_features, n_heads, n_classes), bias]
    first = torch.randn(n_features, 1, hidden, generator=generator) * math.sqrt(2 / n_features)
    return [
        first.repeat(1, n_heads, 1),
        torch.zeros(n_heads, hidden),
        torch.zeros(n_heads, hidden, n_classes),
        bias,
    ]
