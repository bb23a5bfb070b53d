"""One plain sentence a class, from its precision and recall."""

import math


def class_sentence(
    precision: float,
    recall: float,
    name: str = "the class",
    *,
    found_at: float = 0.5,
    trusted_at: float = 0.5,
) -> str:
    """Say whether a class is found, and whether its predictions can be trusted.

    Both cuts are one half by default, whatever K is: from there on a row of the class is more
    often found than missed, and a prediction of it more often right than wrong.

    Parameters
    ----------
    precision, recall : in [0, 1], or NaN: never predicted, or no rows
    name : the class's name, the subject of the sentence
    found_at, trusted_at : recall and precision from which a class counts as found and trusted

    Raises
    ------
    ValueError
        A precision or recall outside [0, 1].

    >>> class_sentence(0.9, 0.8, "cowrie")
    'cowrie is found and trusted: 80 % of its rows are found, 90 % of its predictions are right.'
    >>> class_sentence(0.9, 0.2)[:34]
    'the class is trusted but missed: 2'
    """
    for word, value in (("precision", precision), ("recall", recall)):
        if not (math.isnan(value) or 0 <= value <= 1):
            raise ValueError(f"{word} must be in [0, 1] or NaN, got {value}")
    if math.isnan(recall):
        return f"{name} has no rows here: nothing can be said about it."
    if math.isnan(precision):
        return f"{name} is never predicted: all of its rows are missed."
    state = {
        (True, True): "found and trusted",
        (False, True): "trusted but missed",
        (True, False): "found but mixed with others",
        (False, False): "neither found nor trusted",
    }[recall >= found_at, precision >= trusted_at]
    return (
        f"{name} is {state}: {_percent(recall)} of its rows are found, "
        f"{_percent(precision)} of its predictions are right."
    )


def _percent(share: float) -> str:
    """Whole per cent, but never 0 or 100 for what is only close to it.

    >>> _percent(0.999), _percent(0.001), _percent(1.0)
    ('over 99 %', 'under 1 %', '100 %')
    """
    if 0 < share < 0.01:
        return "under 1 %"
    if 0.99 < share < 1:
        return "over 99 %"
    return f"{share:.0%}".replace("%", " %")
