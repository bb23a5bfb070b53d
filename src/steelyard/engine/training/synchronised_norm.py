"""Batch norm over the rows of all processes, also on the CPU, where torch's own refuses."""

from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn


class SynchronisedBatchNorm(nn.modules.batchnorm._BatchNorm):
    """`torch.nn.BatchNorm1d` / ``2d`` with mean and variance of the whole distributed batch.

    The statistics (Ioffe and Szegedy, ICML 2015) go through one differentiable all-reduce, so that
    the processes together do what one would do with all their rows, however many each has. In
    evaluation, or with one process, it is the ordinary batch norm.
    """

    def _check_input_dim(self, input: Tensor) -> None:
        if input.ndim < 2:
            raise ValueError(f"expected (N, C, ...), got shape {tuple(input.shape)}")

    def forward(self, input: Tensor) -> Tensor:
        use_batch = self.training or self.running_mean is None
        if not (use_batch and dist.is_initialized() and dist.get_world_size() > 1):
            return super().forward(input)
        self._check_input_dim(input)
        x = input.to(torch.promote_types(input.dtype, torch.float32))
        total, mean, variance = _statistics(x)
        self._remember(mean.detach(), variance.detach(), total)
        shape = [1, -1, *[1] * (x.ndim - 2)]
        out = (x - mean.view(shape)) * (variance + self.eps).rsqrt().view(shape)
        if self.affine:
            out = out * self.weight.view(shape) + self.bias.view(shape)
        return out.to(input.dtype)

    def _remember(self, mean: Tensor, variance: Tensor, total: Tensor) -> None:
        if self.running_mean is None or self.running_var is None or not self.training:
            return
        if self.num_batches_tracked is None:
            return
        with torch.no_grad():
            self.num_batches_tracked.add_(1)
            share = 1 / float(self.num_batches_tracked) if self.momentum is None else self.momentum
            unbiased = variance * total / (total - 1).clamp(min=1)
            self.running_mean.lerp_(mean.to(self.running_mean), share)
            self.running_var.lerp_(unbiased.to(self.running_var), share)


class _Sum(torch.autograd.Function):
    """The sum over all processes; its gradient is the sum of theirs."""

    @staticmethod
    def forward(ctx: Any, tensor: Tensor) -> Tensor:
        total = tensor.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        total = grad.clone()
        dist.all_reduce(total)
        return total


def _statistics(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Numbers a channel, their mean (C,) and variance (C,), of all processes in one message.

    From means and variances of each process (Chan, Golub and LeVeque, 1979): sums of squares of
    all would lose digits where a mean is large.
    """
    axes = [0, *range(2, x.ndim)]
    n = torch.full((1,), float(x.numel() // x.shape[1]), dtype=x.dtype, device=x.device)
    mean = x.sum(axes) / n.clamp(min=1)  # a process may have no row of a last part
    shape = [1, -1, *[1] * (x.ndim - 2)]
    squares = (x - mean.view(shape)).square().sum(axes)
    own = torch.arange(dist.get_world_size(), device=x.device) == dist.get_rank()
    table = _Sum.apply(own.to(x.dtype)[:, None] * torch.cat([n, mean, squares]))
    each, means, inside = table.split([1, x.shape[1], x.shape[1]], dim=1)
    total = each.detach().sum()
    mean = (each * means).sum(0) / total
    variance = (inside + each * (means - mean).square()).sum(0) / total
    return total, mean, variance


def synchronised(module: nn.Module) -> nn.Module:
    """``module`` with every batch norm replaced by one that shares the same tensors."""
    for name, part in module.named_children():
        if isinstance(part, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)):
            norm = SynchronisedBatchNorm(
                part.num_features, part.eps, part.momentum, part.affine, part.track_running_stats
            )
            norm.weight, norm.bias = part.weight, part.bias
            norm._buffers = part._buffers
            norm.train(part.training)
            setattr(module, name, norm)
        else:
            synchronised(part)
    return module
