"""Options: what the user asked for, the same from the command line and from Python."""

import csv
import os.path
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from steelyard.core.errors import NotApplicable, UserError, did_you_mean, first_five
from steelyard.core.learners import BACKBONES, NETWORKS, TABLES, is_network
from steelyard.engine.boosters import require_booster
from steelyard.kit.metrics import Goal, goal_named, under_prior

# What is made of recalls alone does not depend on how often a class occurs.
_OF_RECALLS = ("balanced-accuracy", "worst-class")

_PRIORS = ("uniform", "train")
_MOST_SEEDS = 100


@dataclass(frozen=True)
class Options:
    """What shapes a run. ``minutes`` is the one dial; everything else has a default that fits.

    Attributes
    ----------
    goal : a name of `kit.metrics.GOALS`, or ``cost:FILE``.
    prior : ``uniform``, ``train`` or a CSV of class and frequency: what the model meets in use.
        When given, the goal is measured under it; else on the rows as they are, and logit
        adjustment aims at even classes.
    seeds : repetitions of the cross-validation and of the final trainings.
    backbone : for images: ``efficientnet-lite0``, ``none`` (a small network from scratch) or
        ``file.py:function``.
    model : a network to train on the images themselves, of `core.learners.NETWORKS` or
        ``file.py:function``, without which a head on the backbone's features is; for tables the
        learner, of `core.learners.TABLES`, without which the smallest class decides.
    select, ignore : codes of detectors and remedies, or their beginnings.
    """

    goal: str = "balanced-accuracy"
    prior: str = ""
    minutes: float = 10.0
    seeds: int = 3
    backbone: str = "efficientnet-lite0"
    model: str = ""
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    random_state: int = 0

    def __post_init__(self) -> None:
        if not (np.isfinite(self.minutes) and self.minutes > 0):
            raise _out_of_range("--minutes", self.minutes, "a number above 0")
        if not 1 <= self.seeds <= _MOST_SEEDS:
            raise _out_of_range("--seeds", self.seeds, f"1 to {_MOST_SEEDS}")
        if not isinstance(self.random_state, (int, np.integer)) or self.random_state < 0:
            raise _out_of_range("--random-state", self.random_state, "a whole number from 0 on")
        # told before data are read, which may take minutes
        if self.model and not is_network(self.model) and self.model not in TABLES:
            raise _no_model(self.model)
        if ":" in self.model and not _is_file(self.model):
            raise _no_model(self.model)
        require_booster(self.model)
        if self.backbone not in BACKBONES and not _is_file(self.backbone):
            raise _no_backbone(self.backbone)
        if self.goal.startswith("cost:"):
            from steelyard.kit.posthoc import require_cost_file

            require_cost_file(self.goal.removeprefix("cost:"))
        else:
            goal_named(self.goal)
        if self.prior and self.prior not in _PRIORS and not os.path.isfile(self.prior):
            raise _no_prior(self.prior)

    @property
    def network(self) -> str:
        """The network that the base is; empty where it is none."""
        named = self.model if is_network(self.model) else ""
        return named or ("small-cnn" if self.backbone == "none" else "")

    @property
    def learner(self) -> str:
        """The learner for tables that the base is; empty where the data decide."""
        return self.model if self.model in TABLES else ""

    def require_model_for(self, kind: str) -> None:
        """`UserError` E174 where ``--model`` is not for data of this kind."""
        wrong = kind == "images" if self.learner else bool(self.model) and kind == "table"
        if wrong:
            those = TABLES if kind == "table" else NETWORKS
            raise UserError(
                "E174",
                f"the model '{self.model}' is not for {'tables' if kind == 'table' else kind}",
                where="--model",
                fix=f"--model {' | '.join(those)}, or leave it out",
            )

    def goal_for(self, classes: tuple[str, ...], counts: NDArray[np.int64]) -> Goal:
        """The goal, under the prior where one was given; ``cost:FILE`` is read for the classes."""
        if self.goal.startswith("cost:"):
            from steelyard.kit.posthoc import cost_goal, read_cost

            goal: Goal = cost_goal(read_cost(self.goal.removeprefix("cost:"), classes))
        else:
            goal = goal_named(self.goal)
        if not self.prior or goal.name in _OF_RECALLS:
            return goal
        try:
            return under_prior(goal, self.prior_for(classes, counts))
        except NotApplicable as why:
            raise UserError(
                "E184", f"--prior with --goal {self.goal}", where="--prior", why=str(why),
                fix="leave --prior out, or aim at another goal",
            ) from why  # fmt: skip

    def prior_for(self, classes: tuple[str, ...], counts: NDArray[np.int64]) -> NDArray[np.float64]:
        """(K,) class frequencies in use, for classes with ``counts`` (K,) work rows."""
        if self.prior in ("", "uniform"):
            return np.full(len(classes), 1 / len(classes))
        if self.prior == "train":
            return counts / counts.sum()
        return _read_prior(Path(self.prior), classes)


def _out_of_range(flag: str, value: object, wanted: str) -> UserError:
    return UserError("E180", f"{flag} is {value}", where=flag, fix=f"give {wanted}")


def _no_model(given: str) -> UserError:
    return UserError(
        "E178",
        f"there is no model '{given}'",
        where="--model",
        fix=did_you_mean(given, (*NETWORKS, *TABLES))
        or f"for images: {', '.join(NETWORKS)} or file.py:function; for tables: "
        f"{', '.join(TABLES)}",
    )


def _is_file(given: str) -> bool:
    """Whether ``given`` is ``file.py:function`` with a file that is there."""
    path, colon, function = given.rpartition(":")
    return bool(colon and function) and os.path.isfile(path)


def _no_backbone(given: str) -> UserError:
    file, colon, _ = given.rpartition(":")
    return UserError(
        "E161",
        f"there is no file '{file}'" if colon else f"there is no backbone '{given}'",
        where="--backbone",
        fix=did_you_mean(given, BACKBONES)
        or f"--backbone {' | '.join(BACKBONES)} | file.py:function",
    )


def _no_prior(given: str) -> UserError:
    return UserError(
        "E181",
        f"there is no prior '{given}'",
        where="--prior",
        why="it is neither 'uniform' nor 'train' nor a file",
        fix=did_you_mean(given, _PRIORS)
        or "give a CSV with a class and its frequency in each line",
    )


def _read_prior(path: Path, classes: tuple[str, ...]) -> NDArray[np.float64]:
    try:
        lines = [row for row in csv.reader(path.read_text("utf-8-sig").splitlines()) if row]
        stated = {row[0].strip(): float(row[1]) for row in lines if row[0].strip() in classes}
    except (OSError, IndexError, ValueError, csv.Error) as error:
        raise UserError(
            "E182",
            f"cannot read the prior '{path}'",
            where="--prior",
            why=str(error) if isinstance(error, OSError) else "a line is not 'class,frequency'",
            fix="write one class and its frequency in each line, such as 'cat,0.2'",
        ) from error
    missing = [name for name in classes if name not in stated]
    prior = np.array([stated.get(name, 0.0) for name in classes])
    if missing or (prior < 0).any() or not np.isfinite(prior).all() or prior.sum() <= 0:
        what = (
            f"no frequency for {first_five(missing)}"
            if missing
            else "the frequencies are not all 0 or more, or all are 0"
        )
        raise UserError(
            "E183", what, where=str(path), fix="give every class a frequency of 0 or more"
        )
    return prior / prior.sum()
