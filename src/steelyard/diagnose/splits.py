"""The splits as the user gave them: label texts and rows."""

from collections.abc import Mapping

from steelyard.core.errors import NotApplicable
from steelyard.core.exam import Exam

Labels = Mapping[str, int]


def trained_on_and_others(exam: Exam) -> tuple[Labels, dict[str, Labels]]:
    """Label text -> rows of the split that models learn from, and of every other split.

    Raises
    ------
    NotApplicable
        There are no two splits with rows.
    """
    filled = {name: labels for name, labels in exam.splits.items() if sum(labels.values())}
    learn = "train" if "train" in filled else "work"
    others = {name: labels for name, labels in filled.items() if name not in (learn, "work")}
    if learn not in filled or not others:
        raise NotApplicable("needs data in splits, such as train and test")
    return filled[learn], others
