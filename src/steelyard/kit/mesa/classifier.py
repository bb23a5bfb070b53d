"""MESA as a scikit-learn classifier, and under the same name its controls."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from steelyard.kit.ensembles.independent import class_counts, class_mass
from steelyard.kit.mesa.cascade import Cascade
from steelyard.kit.mesa.constant_action import checked_action, checked_sigma, search
from steelyard.kit.mesa.two_classes import TwoClassEnsemble, TwoClasses


class MESAClassifier(TwoClassEnsemble):
    """Under-sampling by hardness, the wanted hardness chosen anew before each member.

    Liu et al., MESA: Boost Ensemble Imbalanced Learning with MEta-SAmpler, NeurIPS 2020, algorithm
    2. Two classes, as in the paper. The agent is not proven better than a constant action
    (docs/mesa.md): try ``sampler="grid"`` first.

    Parameters
    ----------
    estimator, prior, n_jobs, random_state : as in `UnderBaggingClassifier`; members follow each
        other, so ``n_jobs`` serves the prediction. Rows chosen by hardness are no random part of
        their class, so correcting for the ``prior`` overdoes it
    n_estimators : members
    sampler : None meta-trains a `MetaSampler` on the rows of ``fit`` first, which grows some 165
        ensembles; a trained `MetaSampler`, from any table; ``grid`` takes the best constant action
        by validation average precision, then trains on all rows; a number in [0, 1] is a constant
        action and needs no validation rows
    sigma : width of the Gaussian over the hardness; a given `MetaSampler` brings its own
    validation_fraction : of each class, held out where ``fit`` is given no ``validation``
    random_steps, update_steps : members trained by the meta-training of ``sampler=None``

    Attributes
    ----------
    sampler_ : the `MetaSampler` or the constant action in use
    actions_ : ``(n_estimators - 1,)`` actions before the second member, the third, ...

    >>> from sklearn.datasets import load_breast_cancer
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> model = MESAClassifier(n_estimators=5, sampler=0.9, random_state=0).fit(X, y)
    >>> model.predict(X[:2]), model.actions_
    (array([0, 0]), array([0.9, 0.9, 0.9, 0.9]))
    """

    def __init__(
        self,
        estimator: Any = None,
        n_estimators: int = 10,
        *,
        sampler: Any = None,
        sigma: float = 0.2,
        validation_fraction: float = 0.25,
        random_steps: int = 500,
        update_steps: int = 1000,
        prior: Any = None,
        n_jobs: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.estimator = estimator
        self.n_estimators = n_estimators
        self.sampler = sampler
        self.sigma = sigma
        self.validation_fraction = validation_fraction
        self.random_steps = random_steps
        self.update_steps = update_steps
        self.prior = prior
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        validation: tuple[Any, Any] | None = None,
        eval_datasets: Mapping[str, tuple[Any, Any]] | None = None,
        eval_metrics: Mapping[str, Any] | None = None,
        train_verbose: bool | int | Mapping[str, Any] = False,
    ) -> Self:
        """Meta-train where asked to, then train the members.

        Parameters
        ----------
        X, y, sample_weight, eval_datasets, eval_metrics, train_verbose : as in
            `UnderBaggingClassifier`, with two classes
        validation : (X, y) that the state and the grid are computed on

        Raises
        ------
        ValueError
            Whatever does not fit, with the argument and its value.
        """
        sigma = checked_sigma(self.sigma)
        constant = isinstance(self.sampler, (int, float, np.number))
        mu = checked_action(self.sampler) if constant else None
        watched = eval_datasets, eval_metrics, train_verbose
        table = self._two_classes(X, y, sample_weight, validation, *watched, judged=not constant)
        if constant:
            self.sampler_: Any = mu
        elif isinstance(self.sampler, str) and self.sampler == "grid":
            self.sampler_ = search(table, self.n_estimators, sigma=sigma).mu
            table = _all_rows(table)
        else:
            self.sampler_ = self._meta_sampler(table, sigma)
        self._grow(table, sigma)
        self._end(table.task)
        return self

    def _meta_sampler(self, table: TwoClasses, sigma: float) -> Any:
        if self.sampler is not None:
            if not all(
                hasattr(self.sampler, name) for name in ("action", "bins", "progress", "sigma")
            ):
                raise ValueError(
                    f"sampler must be None, a MetaSampler, 'grid' or a number in [0, 1], "
                    f"got {self.sampler!r}"
                )
            return self.sampler
        from steelyard.kit.mesa.meta_sampler import MetaSampler  # loads torch

        fresh = MetaSampler(
            n_estimators=max(self.n_estimators, 2),
            sigma=sigma,
            random_steps=self.random_steps,
            update_steps=self.update_steps,
            seed=int(table.task.rng.integers(2**31 - 1)),
        )
        return fresh.fit_table(table)

    def _grow(self, table: TwoClasses, sigma: float) -> None:
        agent = None if isinstance(self.sampler_, float) else self.sampler_
        cascade = Cascade(table, table.task.rng, sigma if agent is None else agent.sigma)
        actions: list[float] = []
        for number in range(self.n_estimators):
            if number > 0:
                chosen = (
                    self.sampler_ if agent is None else _asked(agent, cascade, self.n_estimators)
                )
                actions.append(chosen)
            grown = cascade.grow(actions[-1] if actions else None)
            mass, drawn = class_mass(table.task, grown.rows), class_counts(table.task, grown.rows)
            self._add(table.task, grown.member, 1.0, mass, drawn)
        self.actions_ = np.array(actions)


def _asked(agent: Any, cascade: Cascade, n_members: int) -> float:
    state = cascade.state(agent.bins, n_members if agent.progress else None)
    return float(agent.action(state))


def _all_rows(table: TwoClasses) -> TwoClasses:
    """The held-out rows train members too, once they have chosen."""
    return TwoClasses(table.task, np.arange(len(table.task.y)), table.rare_class, None)
