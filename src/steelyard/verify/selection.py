"""Which trial leads on the work rows, and which can still catch up."""

from collections.abc import Callable, Sequence

from steelyard.core.trial import Trial

# Trials this close in the goal are equal for every practical purpose.
INDIFFERENCE = 0.005


def leader(
    trials: Sequence[Trial],
    invasiveness: Sequence[float],
    gap_error: Callable[[int, int], float] = lambda best, other: 0.0,
) -> int | None:
    """Index of the trial to keep: the best in the goal, or a milder one that is as good.

    As good is what lies within one standard error of the best (Breiman et al., Classification and
    Regression Trees, 1984, section 3.4.3): the best of many is mostly the luckiest of equals.

    Parameters
    ----------
    trials : finished trials with ``vs_tuned_base`` (signed so that more is better).
    invasiveness : one number a trial, post-hoc lowest.
    gap_error : standard error of the paired gap between two trials, by their indices.

    Returns
    -------
    int or None
        None when no trial gains anything over tuned-base.
    """
    gains = [trial.vs_tuned_base.mean for trial in trials]
    if not gains or max(gains) <= 0:
        return None
    best = gains.index(max(gains))
    close = [
        i
        for i, gain in enumerate(gains)
        if gain > 0 and gains[best] - gain <= max(INDIFFERENCE, gap_error(best, i))
    ]
    return min(close, key=lambda i: (invasiveness[i], -gains[i]))


def can_still_win(trial: Trial, best: Trial) -> bool:
    """Whether more seeds could bring ``trial`` level with ``best``: their intervals overlap."""
    return trial.vs_tuned_base.high >= best.vs_tuned_base.low
