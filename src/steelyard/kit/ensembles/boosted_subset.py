"""A boosting by the pseudo-loss as one member of a larger ensemble."""

from typing import Any, Self

import numpy as np
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin

from steelyard.kit.ensembles.features import Matrix
from steelyard.kit.ensembles.members import fit_member, member_proba, seeds
from steelyard.kit.ensembles.pseudo_loss import PseudoLoss
from steelyard.kit.metrics.arrays import FloatArray, IntArray


class BoostedSubset(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """AdaBoost.M2 on rows of class numbers; a round no better than chance ends it."""

    def __init__(self, estimator: Any, n_rounds: int = 10, random_state: int | None = None) -> None:
        self.estimator = estimator
        self.n_rounds = n_rounds
        self.random_state = random_state

    def fit(self, X: Matrix, y: IntArray, sample_weight: FloatArray | None = None) -> Self:
        """``X (N, D)`` as its members read it, ``y (N,)`` numbers of the classes."""
        self.classes_, target = np.unique(y, return_inverse=True)
        K, start = len(self.classes_), np.ones(len(y)) if sample_weight is None else sample_weight
        self.members_: list[Any] = []
        self.votes_: list[float] = []
        boosting = PseudoLoss.start(target, start, max(K, 2))
        for seed in seeds(np.random.default_rng(self.random_state), self.n_rounds):
            member = fit_member(self.estimator, X, target, boosting.rows(), seed=seed)
            margin = boosting.margin(member_proba(member, X, max(K, 2)))
            loss = boosting.loss(margin)
            if loss >= 0.5 and self.members_:
                break
            vote = max(boosting.vote(loss), 1e-6)
            self.members_.append(member)
            self.votes_.append(vote)
            boosting.step(margin, vote)
        return self

    def predict_proba(self, X: Matrix) -> FloatArray:
        """``(N, K)`` the softmax of the votes."""
        K = len(self.classes_)
        each = (v * member_proba(m, X, K) for v, m in zip(self.votes_, self.members_))
        return np.asarray(softmax(sum(each), axis=1))
