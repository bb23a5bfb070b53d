"""The splits as the user gave them: label texts and rows."""

from collections.abc import Mapping

from steelyard.core.errors import NotApplicable
from steelyard.core.exam import Exam


def trained_on(exam: Exam) -> Mapping[str, int]:
    """Label text -> rows of the split that models learn from."""
    return exam.splits["train" if "train" in exam.splits else "work"]


def other_splits(exam: Exam) -> dict[str, Mapping[str, int]]:
    """The given splits beside the one that models learn from.

    Raises
    ------
    NotApplicable
        The user gave no splits.
    """
    learn = "train" if "train" in exam.splits else "work"
    others = {
        name: labels
        for name, labels in exam.splits.items()
        if name not in (learn, "work") and sum(labels.values())
    }
    if learn not in exam.splits or not others:
        raise NotApplicable("needs data that come in splits, such as train/ and test/")
    return others
