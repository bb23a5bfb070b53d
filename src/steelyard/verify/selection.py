"""Which trial leads on the work rows, and which can still catch up."""

from collections.abc import Sequence

from steelyard.core.trial import Trial

# Trials this close in the goal are equal for every practical purpose; the milder one is taken.
INDIFFERENCE = 0.005


def leader(trials: Sequence[Trial], invasiveness: Sequence[float]) -> int | None:
    """Index of the trial to keep: the best in the goal, or a milder one that is as good.

    Parameters
    ----------
    trials : finished trials with ``vs_tuned_base`` (signed so that more is better).
    invasiveness : one number a trial, post-hoc lowest; base and tuned-base take part with 0.

    Returns
    -------
    int or None
        None when no trial gains anything over tuned-base.
    """
    gains = [trial.vs_tuned_base.mean for trial in trials]
    if not gains or max(gains) <= 0:
        return None
    close = [i for i, gain in enumerate(gains) if gain >= max(gains) - INDIFFERENCE and gain > 0]
    return min(close, key=lambda i: (invasiveness[i], -gains[i]))


def can_still_win(trial: Trial, best: Trial) -> bool:
    """Whether more seeds could bring ``trial`` level with ``best``: their intervals overlap."""
    return trial.vs_tuned_base.high >= best.vs_tuned_base.low
