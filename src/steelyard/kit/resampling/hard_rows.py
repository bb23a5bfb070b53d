"""Under-samplers that look at how hard rows are for the ensemble so far: one step of its training.

The hardness of a row is one minus the probability of its class. Whoever grows an ensemble by hand
calls one of these before each member with the probabilities that the earlier members give.
"""

from collections.abc import Mapping
from numbers import Real
from typing import Any, ClassVar

import numpy as np
from imblearn.under_sampling.base import BaseUnderSampler
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_random_state

from steelyard.kit.ensembles.drawing import under_sample
from steelyard.kit.ensembles.hardness import by_hardness, hardest
from steelyard.kit.resampling.any_table import ReadsAnyTable
from steelyard.kit.resampling.step_arguments import is_whole, populations_left, row_hardness, shown


class ByHardness(ReadsAnyTable, BaseUnderSampler):  # type: ignore[misc]
    """What the two share: it chooses rows, and draws them from ``random_state``."""

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseUnderSampler._parameter_constraints,
        "replacement": ["boolean"],
        "random_state": ["random_state"],
    }
    sample_indices_: NDArray[np.intp]
    random_state: Any

    def _generator(self) -> np.random.Generator:
        return np.random.default_rng(check_random_state(self.random_state).randint(2**31 - 1))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.sampler_tags.sample_indices = True
        return tags


class SelfPacedUnderSampler(ByHardness):
    """The sampling step of `SelfPacedEnsembleClassifier` (Liu et al., ICDE 2020, algorithm 1).

    The rows of a class are cut into ``k_bins`` of equal width of hardness; bin l is drawn from in
    proportion to ``1 / (h_l + alpha)``, with h_l its mean hardness. So an ``alpha`` of 0 draws
    easy rows, as many of each bin's hardness in sum, and a large one as many from every bin.
    Classes that ``sampling_strategy`` does not name are kept whole.

    Parameters
    ----------
    sampling_strategy, random_state : as in imbalanced-learn's ``RandomUnderSampler``
    k_bins : bins of hardness
    soft_resample_flag : draw rows in proportion to their bin's share over its rows, instead of a
        fixed number in each bin
    replacement : whether rows may be drawn more than once

    Attributes
    ----------
    sample_indices_ : (M,) rows chosen

    >>> proba = [[0.9, 0.1], [0.9, 0.1], [0.9, 0.1], [0.1, 0.9], [0.5, 0.5], [0.5, 0.5]]
    >>> sampler = SelfPacedUnderSampler(k_bins=2, soft_resample_flag=False, random_state=0)
    >>> X, y = [[0.0], [1.0], [2.0], [3.0], [4.0], [5.0]], [0, 0, 0, 0, 1, 1]
    >>> _ = sampler.fit_resample(X, y, y_pred_proba=proba, alpha=1e9)
    >>> 3 in sampler.sample_indices_
    True
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **ByHardness._parameter_constraints,
        "soft_resample_flag": ["boolean"],
    }

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        k_bins: int = 5,
        soft_resample_flag: bool = True,
        replacement: bool = False,
        random_state: Any = None,
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.k_bins = k_bins
        self.soft_resample_flag = soft_resample_flag
        self.replacement = replacement
        self.random_state = random_state

    def _fit_resample(
        self,
        X: Any,
        y: NDArray[Any],
        *,
        y_pred_proba: ArrayLike | None = None,
        alpha: float = 0.0,
        classes_: ArrayLike | None = None,
        encode_map: Mapping[Any, int] | None = None,
    ) -> tuple[Any, Any]:
        """Draw once.

        Parameters
        ----------
        y_pred_proba : (N, K) of the ensemble so far; None is no ensemble yet: rows at random
        alpha : the self-paced factor, at least 0, finite; the paper's is ``tan(i pi / 2 n)``
        classes_ : (K,) the classes of the columns; None is those of ``y`` in order
        encode_map : class -> column, where it is not the order of ``classes_``
        """
        if not is_whole(self.k_bins) or self.k_bins < 1:
            raise ValueError(f"k_bins must be at least 1, got {self.k_bins!r}")
        if not isinstance(alpha, Real) or not 0 <= alpha < np.inf:
            raise ValueError(f"alpha must be at least 0 and finite, got {alpha!r}")
        hardness = row_hardness(y, y_pred_proba, classes_, encode_map)
        rng = self._generator()
        kept = []
        for label in np.unique(y):
            rows = np.flatnonzero(y == label)
            if label in self.sampling_strategy_:
                chosen = by_hardness(
                    hardness[rows],
                    self.sampling_strategy_[label],
                    alpha,
                    rng,
                    k_bins=self.k_bins,
                    soft=self.soft_resample_flag,
                    replacement=self.replacement,
                )
                rows = rows[chosen]
            kept.append(rows)
        self.sample_indices_ = np.concatenate(kept)
        return X[self.sample_indices_], y[self.sample_indices_]


class BalanceCascadeUnderSampler(ByHardness):
    """The sampling step of `BalanceCascadeClassifier` (Liu, Wu and Zhou, 2009, algorithm 2).

    Rows are drawn at random from those that no earlier step dropped. Then the rows that the
    ensemble knows best are dropped, so that ``keep_populations`` of a class are left to the next
    step, the hardest ones. Classes that ``sampling_strategy`` does not name lose none but those
    that ``dropped_index`` marks.

    Parameters
    ----------
    sampling_strategy, random_state : as in imbalanced-learn's ``RandomUnderSampler``
    replacement : whether rows may be drawn more than once

    Attributes
    ----------
    sample_indices_ : (M,) rows chosen
    dropped_index_ : (N,) rows that the next step is not to see; hand it to the next call

    >>> proba = [[0.9, 0.1], [0.7, 0.3], [0.8, 0.2], [0.1, 0.9], [0.5, 0.5], [0.5, 0.5]]
    >>> X, y = [[0.0], [1.0], [2.0], [3.0], [4.0], [5.0]], [0, 0, 0, 0, 1, 1]
    >>> sampler = BalanceCascadeUnderSampler(random_state=0)
    >>> _ = sampler.fit_resample(X, y, y_pred_proba=proba, keep_populations={0: 2})
    >>> sampler.dropped_index_.tolist()
    [True, False, True, False, False, False]
    """

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        replacement: bool = False,
        random_state: Any = None,
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.replacement = replacement
        self.random_state = random_state

    def _fit_resample(
        self,
        X: Any,
        y: NDArray[Any],
        *,
        y_pred_proba: ArrayLike | None = None,
        dropped_index: ArrayLike | None = None,
        keep_populations: Mapping[Any, int] | None = None,
        classes_: ArrayLike | None = None,
        encode_map: Mapping[Any, int] | None = None,
    ) -> tuple[Any, Any]:
        """Draw once, then drop.

        Parameters
        ----------
        y_pred_proba, classes_, encode_map : as in `SelfPacedUnderSampler`
        dropped_index : (N,) rows dropped so far; None is none
        keep_populations : class -> rows to leave for the next step; a class not in it drops none
        """
        hardness = row_hardness(y, y_pred_proba, classes_, encode_map)
        rng = self._generator()
        dropped = np.zeros(len(y), bool) if dropped_index is None else np.array(dropped_index)
        if dropped.shape != y.shape or dropped.dtype != bool:
            raise ValueError(
                f"dropped_index must be booleans {y.shape}, got {dropped.dtype} {dropped.shape}"
            )
        populations = populations_left(keep_populations, y)
        kept, dropped_now = [], dropped.copy()
        for label in np.unique(y):
            rows = np.flatnonzero((y == label) & ~dropped)
            if label not in self.sampling_strategy_:
                kept.append(rows)
                continue
            n = self.sampling_strategy_[label]
            if not len(rows) or (n > len(rows) and not self.replacement):
                raise ValueError(
                    f"sampling_strategy asks for {n} rows of class {shown(label)}, but "
                    f"dropped_index leaves {len(rows)}; ask for fewer, keep more or set "
                    "replacement=True"
                )
            kept.append(under_sample([rows], np.array([n]), rng, self.replacement))
            left = populations.get(label, len(rows))
            dropped_now[rows] = True
            dropped_now[rows[hardest(hardness[rows], left)]] = False
        self.sample_indices_, self.dropped_index_ = np.concatenate(kept), dropped_now
        return X[self.sample_indices_], y[self.sample_indices_]
