"""BBN: one branch learns the data as they are, one the reversed distribution, weight moves over."""

from torch import Tensor, nn

from steelyard.kit.losses.functions import cross_entropy
from steelyard.kit.losses.rows import Reduction, reduce
from steelyard.kit.mixing.bilateral import bilateral_features


class BilateralBranchNetwork(nn.Module):
    """A shared trunk, two branches, and one linear classifier over both.

    Zhou et al., BBN: Bilateral-Branch Network with Cumulative Learning for Long-Tailed Visual
    Recognition, CVPR 2020, section 4: conventional batches come shuffled, re-balancing ones from
    ``PowerSampler(target, q=-1)``, and ``alpha = bilateral_share(step, n_steps)`` of
    ``steelyard.kit.mixing`` falls from 1 to 0.

    Parameters
    ----------
    trunk : images to what both branches take; nn.Identity() shares nothing
    branch_conventional, branch_rebalancing : from there to features (N, n_features), pooled
    n_features : D of each branch
    n_classes : K

    >>> import torch
    >>> network = BilateralBranchNetwork(nn.Identity(), nn.Linear(4, 3), nn.Linear(4, 3), 3, 2)
    >>> network(torch.zeros(5, 4), torch.zeros(5, 4), 0.9).shape
    torch.Size([5, 2])
    >>> network.eval()(torch.zeros(5, 4)).shape
    torch.Size([5, 2])
    """

    def __init__(
        self,
        trunk: nn.Module,
        branch_conventional: nn.Module,
        branch_rebalancing: nn.Module,
        n_features: int,
        n_classes: int,
    ) -> None:
        super().__init__()
        self.trunk = trunk
        self.branch_conventional = branch_conventional
        self.branch_rebalancing = branch_rebalancing
        self.classifier = nn.Linear(2 * n_features, n_classes)

    def forward(
        self, images: Tensor, reversed_images: Tensor | None = None, alpha: float = 0.5
    ) -> Tensor:
        """Logits (N, K), equation 1.

        Parameters
        ----------
        images : (N, ...) for the conventional branch
        reversed_images : the same shape, for the re-balancing branch; None shows both the same,
            which with alpha = 1/2 is how the paper predicts
        alpha : share of the conventional branch, in [0, 1]

        Raises
        ------
        ValueError
            Batches of two shapes, alpha outside [0, 1], or a branch that gives no (N, D).
        """
        shared = self.trunk(images)
        if reversed_images is None:
            shared_reversed = shared
        elif reversed_images.shape != images.shape:
            raise ValueError(
                f"images {tuple(images.shape)} and reversed_images {tuple(reversed_images.shape)} "
                f"must have one shape"
            )
        else:
            shared_reversed = self.trunk(reversed_images)
        _expect_share(alpha)
        features = self.branch_conventional(shared)
        reversed_features = self.branch_rebalancing(shared_reversed)
        n_features = self.classifier.in_features // 2
        for branch in (features, reversed_features):
            if branch.shape != (len(images), n_features):
                raise ValueError(
                    f"each branch must give ({len(images)}, n_features={n_features}), "
                    f"got {tuple(branch.shape)}; pool and flatten at its end"
                )
        logits: Tensor = self.classifier(bilateral_features(features, reversed_features, alpha))
        return logits


def bilateral_loss(
    logits: Tensor,
    target: Tensor,
    reversed_target: Tensor,
    alpha: float,
    *,
    reduction: Reduction = "mean",
) -> Tensor:
    """``alpha CE(target) + (1 - alpha) CE(reversed_target)``, Zhou et al. 2020, equation 3.

    Parameters
    ----------
    logits : (N, K) of the two batches, mixed with the same alpha
    target, reversed_target : of the conventional and the re-balancing batch, as in
        ``cross_entropy``
    alpha : in [0, 1]
    reduction : as in ``cross_entropy``

    Raises
    ------
    ValueError
        As ``cross_entropy``, and for an alpha outside [0, 1].

    >>> import torch
    >>> two = torch.tensor([[0.0, 2.0]])
    >>> bilateral_loss(two, torch.tensor([0]), torch.tensor([1]), 0.25)
    tensor(0.6269)
    """
    _expect_share(alpha)
    one, other = (
        cross_entropy(logits, labels, reduction="none") for labels in (target, reversed_target)
    )
    return reduce(alpha * one + (1 - alpha) * other, reduction)


def _expect_share(alpha: float) -> None:
    if not 0 <= alpha <= 1:
        raise ValueError(f"alpha must be in [0, 1], got {alpha}")
