"""The visualizer of imbalanced-ensemble, drawn with this kit's pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any, Self

import numpy as np
from sklearn.exceptions import NotFittedError

from steelyard.kit.imbens.ensemble.manners import EVAL_METRICS
from steelyard.kit.metrics.confusion import confusion_matrix
from steelyard.kit.pictures.confusions import draw_confusion
from steelyard.kit.pictures.drawing import quiet
from steelyard.kit.pictures.member_scores import ScoreCurve, scores_over_members
from steelyard.kit.pictures.training_curves import STYLES, draw_curves

__all__ = ["ImbalancedEnsembleVisualizer"]

Names = Sequence[str] | None


class ImbalancedEnsembleVisualizer:
    """Performance over members and confusion matrices of several fitted ensembles.

    A fit costs one prediction a member, where the old one asked the whole ensemble at every step.

    Parameters
    ----------
    eval_metrics : name -> (function, settings); None is accuracy, balanced accuracy, weighted F1
    eval_datasets : name -> (X, y); None is what the first ensemble was trained and watched on

    Attributes
    ----------
    perf_dataframe_ : a row for each ensemble, data set, metric and number of members
    conf_matrices_ : ensemble -> data set -> (K, K) frame, rows the truth
    """

    def __init__(
        self,
        eval_metrics: Mapping[str, Any] | None = None,
        eval_datasets: Mapping[str, tuple[Any, Any]] | None = None,
    ) -> None:
        self.eval_metrics_ = dict(EVAL_METRICS if eval_metrics is None else eval_metrics)
        self.eval_datasets_ = dict(eval_datasets or {})

    def fit(self, ensembles: Mapping[str, Any], granularity: int | None = None) -> Self:
        """Predict with the members of each ensemble; measure after every ``granularity`` of them.

        Without ``granularity`` a fifth of the largest ensemble.

        Raises
        ------
        ValueError
            No ensembles, or no data sets where none of them keeps what it was trained on.
        """
        import pandas as pd  # type: ignore[import-untyped]

        if not isinstance(ensembles, Mapping) or not ensembles:
            raise ValueError(f"ensembles must be name -> fitted ensemble, got {ensembles!r}")
        kept = [getattr(model, "eval_datasets_", {}) for model in ensembles.values()]
        datasets = next((sets for sets in (self.eval_datasets_, *kept) if sets), None)
        if not datasets:
            raise ValueError("eval_datasets must be given, for no ensemble keeps its rows")
        largest = max(len(model.estimators_) for model in ensembles.values())
        self.granularity_ = granularity or max(largest // 5, 1)
        self.ensembles_, self.eval_datasets_ = dict(ensembles), dict(datasets)
        metrics, every = self.eval_metrics_, self.granularity_
        self.curves_ = {
            name: scores_over_members(ensembles, X, y, metrics=metrics, every=every)
            for name, (X, y) in datasets.items()
        }
        self.perf_dataframe_ = pd.DataFrame(self._rows())
        self.conf_matrices_ = {
            name: {data: self._confusion(model, *pair) for data, pair in datasets.items()}
            for name, model in ensembles.items()
        }
        return self

    def performance_lineplot(
        self,
        on_ensembles: Names = None,
        on_datasets: Names = None,
        on_metrics: Names = None,
        split_by: Sequence[str] = (),
        n_samples_as_x_axis: bool = False,
        sub_figsize: tuple[float, float] = (4.0, 3.3),
        sup_title: bool | str = True,
        **lineplot_kwargs: Any,
    ) -> tuple[Any, Any]:
        """A panel a metric; a line an ensemble by colour, a data set by dashes.

        Parameters
        ----------
        on_ensembles, on_datasets, on_metrics : names of those to draw; None is all
        split_by : of ``method`` and ``dataset``, rows of panels of their own
        n_samples_as_x_axis : rows trained on so far instead of members
        sub_figsize : inches of a panel
        sup_title : a title, or whether there is one
        lineplot_kwargs : ``linewidth``, ``alpha``, ``markers`` and others of matplotlib's lines

        Returns
        -------
        The figure and its axes, (rows, metrics).
        """
        ensembles = self._subset(on_ensembles, "on_ensembles", self._fitted)
        datasets = self._subset(on_datasets, "on_datasets", self.eval_datasets_)
        metrics = self._subset(on_metrics, "on_metrics", self.eval_metrics_)
        self._subset(split_by, "split_by", ("method", "dataset"))
        by_method, by_data = "method" in split_by, "dataset" in split_by
        groups = list(product(_split(ensembles, by_method), _split(datasets, by_data)))
        figure, axes = _panels(len(groups), len(metrics), sub_figsize)
        looks = _line_looks(lineplot_kwargs)
        for (of_ensembles, of_datasets), row in zip(groups, axes):
            for metric, ax in zip(metrics, row):
                quiet(ax)
                for data in of_datasets:
                    chosen = [
                        self._by_rows(c) if n_samples_as_x_axis else c
                        for c in self.curves_[data]
                        if c.metric == metric and c.ensemble in ensembles
                    ]
                    dashes = STYLES[datasets.index(data) % len(STYLES)]
                    self._lines(ax, chosen, of_ensembles, data, {"linestyle": dashes, **looks})
                ax.set_xlabel("training rows so far" if n_samples_as_x_axis else "members")
                ax.set_ylabel(metric)
                ax.legend(fontsize="x-small", frameon=False)
                split = [*of_ensembles[:by_method], *of_datasets[:by_data]]
                ax.set_title(", ".join(split), fontsize="medium")
        _title(figure, sup_title, "Performance curves")
        return figure, axes

    def confusion_matrix_heatmap(
        self,
        on_ensembles: Names = None,
        on_datasets: Names = None,
        false_pred_only: bool = False,
        sub_figsize: tuple[float, float] = (4.0, 3.3),
        sup_title: bool | str = True,
        **heatmap_kwargs: Any,
    ) -> tuple[Any, Any]:
        """A panel an ensemble and a data set: rows the truth, columns the decision.

        Parameters
        ----------
        on_ensembles, on_datasets : names of those to draw; None is all
        false_pred_only : leave out what is right
        sub_figsize, sup_title : as in `performance_lineplot`
        heatmap_kwargs : ``cmap, vmin, vmax, annot, fmt, cbar, linewidths, alpha``

        Returns
        -------
        The figure and its axes, (data sets, ensembles).
        """
        ensembles = self._subset(on_ensembles, "on_ensembles", self._fitted)
        datasets = self._subset(on_datasets, "on_datasets", self.eval_datasets_)
        figure, axes = _panels(len(datasets), len(ensembles), sub_figsize)
        for data, row in zip(datasets, axes):
            for name, ax in zip(ensembles, row):
                frame = self.conf_matrices_[name][data]
                looks = {"mistakes_only": false_pred_only, **heatmap_kwargs}
                draw_confusion(ax, frame.to_numpy(), frame.columns, **looks)
                ax.set_title(f"{name}, {data}", fontsize="medium")
        _title(figure, sup_title, "Confusion matrices")
        return figure, axes

    @property
    def _fitted(self) -> Mapping[str, Any]:
        if not hasattr(self, "ensembles_"):
            raise NotFittedError("call fit with the ensembles before a plot is drawn")
        return self.ensembles_

    def _rows(self) -> list[dict[str, Any]]:
        return [
            {
                "n_estimators": int(members),
                "method": c.ensemble,
                "dataset": data,
                "metric": c.metric,
                "score": float(value),
                "n_samples": rows,
            }
            for data, curves in self.curves_.items()
            for c in curves
            for members, value, rows in zip(c.members, c.values, self._rows_so_far(c))
        ]

    def _rows_so_far(self, curve: ScoreCurve) -> list[int | None]:
        model = self.ensembles_[curve.ensemble]
        if not hasattr(model, "estimators_n_training_samples_"):
            return [None] * len(curve.members)
        rows = np.cumsum(model.estimators_n_training_samples_)
        return [int(n) for n in rows[curve.members - 1]]

    def _by_rows(self, curve: ScoreCurve) -> ScoreCurve:
        rows = self._rows_so_far(curve)
        if None in rows:
            raise ValueError(f"{curve.ensemble!r} does not keep on how many rows it was trained")
        return replace(curve, members=np.array(rows))

    @staticmethod
    def _confusion(model: Any, X: Any, y: Any) -> Any:
        import pandas as pd

        truth = np.searchsorted(model.classes_, np.asarray(y))
        decided = np.searchsorted(model.classes_, model.predict(X))
        matrix = confusion_matrix(truth, decided, len(model.classes_))
        return pd.DataFrame(matrix, index=model.classes_, columns=model.classes_)

    @staticmethod
    def _lines(
        ax: Any, curves: list[ScoreCurve], ensembles: list[str], data: str, looks: dict[str, Any]
    ) -> None:
        # all are handed over, so that an ensemble keeps its colour in every panel
        shown = [c if c.ensemble in ensembles else _emptied(c) for c in curves]
        before = len(ax.lines)
        draw_curves(ax, shown, **looks)
        for line, curve in zip(ax.lines[before:], shown):
            line.set_label(f"{curve.ensemble}, {data}" if len(curve.values) else "_")

    @staticmethod
    def _subset(asked: Names, parameter: str, known: Any) -> list[str]:
        if isinstance(asked, str):
            raise ValueError(f"{parameter} must be a list, got {asked!r}")
        if unknown := [name for name in asked or () if name not in known]:
            raise ValueError(f"{parameter} must be of {list(known)}, got {unknown[0]!r}")
        return list(known if asked is None else asked)


def _emptied(curve: ScoreCurve) -> ScoreCurve:
    return replace(curve, members=curve.members[:0], values=curve.values[:0])


def _split(names: list[str], apart: bool) -> list[list[str]]:
    return [[name] for name in names] if apart else [names]


def _panels(down: int, across: int, size: tuple[float, float]) -> tuple[Any, Any]:
    from matplotlib import pyplot

    inches = (size[0] * across, size[1] * down + 0.3)
    figure, axes = pyplot.subplots(
        down, across, figsize=inches, squeeze=False, layout="constrained"
    )
    return figure, axes


def _line_looks(asked: Mapping[str, Any]) -> dict[str, Any]:
    looks = {"alpha": 0.85, "marker": ".", **asked}
    markers = looks.pop("markers", True)
    if not markers:
        looks["marker"] = ""
    return looks


def _title(figure: Any, asked: bool | str, usual: str) -> None:
    if asked:
        figure.suptitle(asked if isinstance(asked, str) else usual)
