"""Distillation: a student learns from its labels and from a teacher, balanced where one asks."""

from torch import Tensor
from torch.nn import functional as F

from steelyard.kit.losses.functions import cross_entropy
from steelyard.kit.losses.inputs import Counts, Weight, class_weight, full_precision, per_class
from steelyard.kit.losses.rows import Reduction, reduce
from steelyard.kit.posthoc import log_frequencies


def balanced_teacher(teacher_logits: Tensor, counts: Counts, *, tau: float = 1.0) -> Tensor:
    """The teacher's logits without its training prior: ``logits - tau log pi``.

    Menon et al., Long-tail learning via logit adjustment, ICLR 2021, equation 9. For a teacher
    trained with plain cross-entropy; one that already corrects the prior, in its loss or after,
    is balanced as it is.

    Parameters
    ----------
    teacher_logits : (N, K)
    counts : (K,) rows a class in the teacher's training; none count as half a row
    tau : strength of the correction

    Returns
    -------
    (N, K) in float32 or better.

    Raises
    ------
    ValueError
        Counts that are no counts, or not K of them.

    >>> import torch
    >>> balanced_teacher(torch.tensor([[0.9, 0.1]]).log(), [90, 10]).softmax(1)
    tensor([[0.5000, 0.5000]])
    """
    logits = full_precision(teacher_logits, "teacher_logits")
    return logits - tau * per_class(log_frequencies, counts, logits)


def distillation(
    logits: Tensor,
    target: Tensor,
    teacher_logits: Tensor,
    *,
    share: float = 0.5,
    temperature: float = 2.0,
    counts: Counts = None,
    weight: Weight = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """``(1 - share) CE + share T^2 KL(teacher || student)``, both softened by T in the second.

    Hinton, Vinyals and Dean, Distilling the Knowledge in a Neural Network, 2015, section 2; T^2
    keeps the gradient's scale. A ``weight`` makes it the balanced distillation of Zhang et al.,
    Balanced Knowledge Distillation for Long-tailed Learning, 2021: the softened probabilities of
    the teacher are multiplied by the class weights and renormalised, the labels' part stays plain.
    Either that or `balanced_teacher`: both together correct the prior twice.

    Parameters
    ----------
    logits : (N, K) of the student
    target : as in ``cross_entropy``
    teacher_logits : (N, K), or `balanced_teacher` of them; no gradient flows into them
    share : of the teacher, in [0, 1]; 0 is cross-entropy
    temperature : T, above 0
    counts : (K,) rows a class in training; only a named ``weight`` looks at them
    weight : (K,) class weights, or a scheme of ``class_weights``; their scale does not matter
    reduction : as in ``cross_entropy``

    Raises
    ------
    ValueError
        As ``cross_entropy``; logits of two shapes; share outside [0, 1]; T not above 0; class
        weights below 0, or 0 for all classes.

    >>> import torch
    >>> student, teacher = torch.tensor([[0.0, 0.0]]), torch.tensor([[0.0, 200.0]])
    >>> distillation(student, torch.tensor([0]), teacher, share=1.0, temperature=1.0)
    tensor(0.6931)
    """
    _expect(logits, teacher_logits, share, temperature)
    labels = cross_entropy(logits, target, reduction="none")
    logits = full_precision(logits)
    soft = F.log_softmax(full_precision(teacher_logits).detach() / temperature, dim=1)
    weight = class_weight(weight, counts, logits)
    if weight is not None:
        if bool((weight < 0).any()) or not bool((weight > 0).any()):
            raise ValueError(f"weight must be >= 0 and not 0 everywhere, got {weight.tolist()}")
        soft = F.log_softmax(soft + weight.log(), dim=1)
    student = F.log_softmax(logits / temperature, dim=1)
    apart = F.kl_div(student, soft.exp(), reduction="none").sum(1)
    return reduce((1 - share) * labels + share * temperature**2 * apart, reduction)


def _expect(logits: Tensor, teacher_logits: Tensor, share: float, temperature: float) -> None:
    if teacher_logits.shape != logits.shape:
        raise ValueError(
            f"logits {tuple(logits.shape)} and teacher_logits {tuple(teacher_logits.shape)} "
            f"must have one shape"
        )
    if not 0 <= share <= 1 or not temperature > 0:
        raise ValueError(
            f"share must be in [0, 1] and temperature above 0, got {share} and {temperature}"
        )
