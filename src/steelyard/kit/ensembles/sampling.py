"""The fit of all ensembles that change how many rows of each class their members see."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Self

from steelyard.kit.ensembles.ensemble import GrownEnsemble, Task
from steelyard.kit.ensembles.schedule import Balancing, Direction, Schedule, balancing


class SamplingEnsemble(GrownEnsemble):
    """Reads the fit arguments and hands the task to ``_grow``, which a method writes."""

    direction: ClassVar[Direction] = "under"

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        target_label: Any = None,
        n_target_samples: int | Mapping[Any, int] | None = None,
        balancing_schedule: Schedule = "uniform",
        eval_datasets: Mapping[str, tuple[Any, Any]] | None = None,
        eval_metrics: Mapping[str, Any] | None = None,
        train_verbose: bool | int | Mapping[str, Any] = False,
    ) -> Self:
        """Train the members.

        Parameters
        ----------
        X : (N, D) array, sparse table or pandas or polars frame; NaN is a value like others to the
            default members, category and text columns of a frame are read as categories
        y : (N,) labels of any kind, two classes or more
        sample_weight : (N,) none below 0; a row of weight 0 is no row
        target_label, n_target_samples : what to balance to, see `schedule.balancing`
        balancing_schedule : ``uniform``, ``progressive`` or a function, see `Balancing.counts`
        eval_datasets : name -> (X, y), watched after every member in ``evals_result_``
        eval_metrics : name -> function, see `watching.metric_table`
        train_verbose : True prints ten lines in all, a number n one every n members; or a
            dictionary with ``granularity``, that number, and whether to ``print_distribution``,
            the rows a class that the member saw, and ``print_metrics``

        Raises
        ------
        ValueError
            Whatever does not fit, with the argument and its value.
        """
        task = self._begin(X, y, sample_weight, eval_datasets, eval_metrics, train_verbose)
        plan = balancing(
            self.classes_,
            task.counts,
            self.direction,
            target_label=target_label,
            n_target_samples=n_target_samples,
            schedule=balancing_schedule,
        )
        self._grow(task, plan)
        self._end(task)
        return self

    @abstractmethod
    def _grow(self, task: Task, plan: Balancing) -> None:
        """Train all members and `_add` each."""
