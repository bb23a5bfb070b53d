"""Batch norm over the rows of all processes, also on the CPU, where torch's own refuses."""

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.nn.functional import all_reduce


class SynchronisedBatchNorm(nn.modules.batchnorm._BatchNorm):
    """`torch.nn.BatchNorm1d` / ``2d`` with mean and variance of the whole distributed batch.

    The statistics (Ioffe and Szegedy, ICML 2015) go through one differentiable all-reduce, so that
    the processes together do what one would do with all their rows. In evaluation, or with one
    process, it is the ordinary batch norm.
    """

    def _check_input_dim(self, input: Tensor) -> None:
        if input.ndim < 2:
            raise ValueError(f"expected (N, C, ...), got shape {tuple(input.shape)}")

    def forward(self, input: Tensor) -> Tensor:
        use_batch = self.training or self.running_mean is None
        if not (use_batch and dist.is_initialized() and dist.get_world_size() > 1):
            return super().forward(input)
        x = input.float()
        axes = [0, *range(2, x.ndim)]
        size = torch.full((1,), float(x.numel() // x.shape[1]), device=x.device)
        # counts, sums and squares of all processes in one message
        total, first, second = all_reduce(
            torch.cat([size, x.sum(axes), x.square().sum(axes)])
        ).split([1, x.shape[1], x.shape[1]])
        mean = first / total
        variance = (second / total - mean.square()).clamp(min=0)
        self._remember(mean.detach(), variance.detach(), total.detach())
        shape = [1, -1, *[1] * (x.ndim - 2)]
        out = (x - mean.view(shape)) * (variance + self.eps).rsqrt().view(shape)
        if self.affine:
            out = out * self.weight.view(shape) + self.bias.view(shape)
        return out.to(input.dtype)

    def _remember(self, mean: Tensor, variance: Tensor, total: Tensor) -> None:
        if self.running_mean is None or self.running_var is None or not self.training:
            return
        with torch.no_grad():
            self.num_batches_tracked.add_(1)
            share = 1 / float(self.num_batches_tracked) if self.momentum is None else self.momentum
            self.running_mean.lerp_(mean, share)
            self.running_var.lerp_(variance * total / (total - 1).clamp(min=1), share)


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
