"""Distillation by hand, in its limits, and balanced in both ways."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from steelyard.kit.losses import class_weights
from steelyard.kit.stages import balanced_teacher, distillation

GENERATOR = torch.Generator().manual_seed(0)
STUDENT, TEACHER = (
    3 * torch.randn(6, 4, generator=GENERATOR, dtype=torch.float64) for _ in range(2)
)
TARGET = torch.tensor([0, 1, 2, 3, 0, 0])
COUNTS = [100, 20, 5, 1]


def kl(p, q):
    return (p * (p / q).log()).sum(1)


def softened(logits, temperature, weight=1.0):
    p = weight * torch.exp(logits / temperature)
    return p / p.sum(1, keepdim=True)


def test_by_hand():
    apart = kl(softened(TEACHER, 3), softened(STUDENT, 3))
    expected = 0.75 * F.cross_entropy(STUDENT, TARGET, reduction="none") + 0.25 * 9 * apart
    ours = distillation(STUDENT, TARGET, TEACHER, share=0.25, temperature=3, reduction="none")
    torch.testing.assert_close(ours, expected)
    ours = distillation(STUDENT, TARGET, TEACHER, share=0.25, temperature=3)
    torch.testing.assert_close(ours, expected.mean())


def test_class_weights_multiply_the_softened_teacher_and_leave_the_labels():
    weight = torch.tensor(class_weights(COUNTS, "effective"))
    apart = kl(softened(TEACHER, 2, weight), softened(STUDENT, 2))
    expected = (0.5 * F.cross_entropy(STUDENT, TARGET, reduction="none") + 0.5 * 4 * apart).mean()
    for given_weight in ("effective", weight, 7 * weight):
        ours = distillation(STUDENT, TARGET, TEACHER, counts=COUNTS, weight=given_weight)
        torch.testing.assert_close(ours, expected)


def test_no_share_is_cross_entropy_and_no_difference_is_no_loss():
    plain = distillation(STUDENT, TARGET, TEACHER, share=0.0)
    torch.testing.assert_close(plain, F.cross_entropy(STUDENT, TARGET))
    # the student's logits may differ by a constant a row
    same = distillation(TEACHER + torch.arange(6)[:, None], TARGET, TEACHER, share=1.0)
    torch.testing.assert_close(same, torch.zeros_like(same), atol=1e-12, rtol=0)


def test_a_hot_softmax_matches_logits_whatever_the_temperature():
    # Hinton et al., equation 4: (z - v) / K for logits of mean 0, T^2 taken out
    z, v = (x - x.mean(1, keepdim=True) for x in (STUDENT, TEACHER))
    z.requires_grad_()
    for temperature in (1e3, 1e4):
        loss = distillation(z, TARGET, v, share=1.0, temperature=temperature, reduction="sum")
        (gradient,) = torch.autograd.grad(loss, z)
        torch.testing.assert_close(gradient, (z - v).detach() / 4, rtol=0, atol=20 / temperature)


def test_gradient_is_right_and_none_reaches_the_teacher():
    student, teacher = STUDENT.clone().requires_grad_(), TEACHER.clone().requires_grad_()
    assert torch.autograd.gradcheck(
        lambda z: distillation(z, TARGET, TEACHER, counts=COUNTS, weight="inverse"), student
    )
    distillation(student, TARGET, teacher).backward()
    assert teacher.grad is None


@given(st.lists(st.integers(1, 10**5), min_size=2, max_size=6))
def test_a_teacher_that_only_knows_the_prior_is_even_once_balanced(counts):
    n = torch.tensor(counts, dtype=torch.float64)
    even = balanced_teacher((n / n.sum()).log()[None], counts).softmax(1)
    torch.testing.assert_close(even, torch.full_like(even, 1 / len(counts)))


def test_balancing_is_bayes_rule():
    likelihood = torch.tensor([[0.2, 0.5, 0.1, 0.4]], dtype=torch.float64)
    joint = likelihood * torch.tensor(COUNTS)
    balanced = balanced_teacher(joint.log(), COUNTS).softmax(1)
    torch.testing.assert_close(balanced, likelihood / likelihood.sum())
    torch.testing.assert_close(balanced_teacher(TEACHER, COUNTS, tau=0.0), TEACHER)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_finite_for_extreme_logits_and_empty_classes(dtype):
    student = (200 * torch.eye(4)).to(dtype).requires_grad_()
    teacher = (-200 * torch.eye(4)).to(dtype)
    loss = distillation(
        student, torch.arange(4), teacher, counts=[9, 3, 0, 1], weight="inverse", temperature=0.5
    )
    loss.backward()
    assert loss.dtype == torch.float32
    assert torch.isfinite(loss)
    assert torch.isfinite(student.grad).all()
    assert torch.isfinite(balanced_teacher(teacher, [9, 3, 0, 1])).all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"share": 1.1}, "share must be in"),
        ({"temperature": 0.0}, "temperature above 0"),
        ({"weight": [1.0, -1.0, 1.0, 1.0]}, "weight must be >= 0"),
        ({"weight": [0.0] * 4}, "weight must be >= 0 and not 0 everywhere"),
        ({"weight": "inverse"}, "counts"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        distillation(STUDENT, TARGET, TEACHER, **settings)
    with pytest.raises(ValueError, match="must have one shape"):
        distillation(STUDENT, TARGET, TEACHER[:, :3])
