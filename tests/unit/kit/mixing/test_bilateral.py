"""BBN's mixing: the official shares, and the features by hand."""

import pytest
import torch

from steelyard.kit.mixing import bilateral_features, bilateral_share, blend, soft_target

# ../shared/reference, entries bbn_mix|*: epochs count from 1 there, and T_max is rounded up.
# Their losses are left out: the features and the classifier that gave them are not stated.
OFFICIAL = [
    (1, 200, 1.0),
    (60, 200, 0.912975),
    (120, 200, 0.645975),
    (180, 200, 0.198975),
    (200, 200, 0.009974999999999956),
    (1, 100, 1.0),
    (60, 100, 0.6519),
]


@pytest.mark.parametrize(("epoch", "n_epochs", "share"), OFFICIAL)
def test_shares_are_those_of_the_official_code(epoch, n_epochs, share):
    assert bilateral_share(epoch - 1, n_epochs) == pytest.approx(share, rel=1e-12)


def test_the_classifier_sees_the_branches_logits_mixed_as_equation_one():
    generator = torch.Generator().manual_seed(0)
    f, g, W, V = (torch.randn(4, 3, generator=generator) for _ in range(4))
    mixed = bilateral_features(f, g, 0.7) @ torch.cat([W, V], dim=1).T
    torch.testing.assert_close(mixed, 2 * (0.7 * f @ W.T + 0.3 * g @ V.T))


def test_the_loss_of_equation_three_is_a_cross_entropy_with_the_blended_target():
    logits = torch.randn(6, 3, generator=torch.Generator().manual_seed(1))
    a, b = torch.tensor([0, 1, 2, 0, 1, 2]), torch.tensor([2, 2, 1, 1, 0, 2])
    loss = torch.nn.functional.cross_entropy
    soft = blend(soft_target(a, 3), soft_target(b, 3), torch.full((6,), 0.7))
    torch.testing.assert_close(loss(logits, soft), 0.7 * loss(logits, a) + 0.3 * loss(logits, b))


@pytest.mark.parametrize(("epoch", "n_epochs"), [(-1, 10), (11, 10), (0, 0)])
def test_epochs_outside_the_run_are_refused(epoch, n_epochs):
    with pytest.raises(ValueError, match="epoch must be"):
        bilateral_share(epoch, n_epochs)
