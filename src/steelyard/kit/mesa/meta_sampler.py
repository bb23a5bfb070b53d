"""The agent that can be kept: trained on one table, saved, applied to another."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from os import PathLike
from typing import Any, Self

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from steelyard.kit.mesa.meta_training import CascadeEnvironment, Schedule, meta_train
from steelyard.kit.mesa.soft_actor_critic import Rates, SoftActorCritic
from steelyard.kit.mesa.two_classes import TwoClassEnsemble, TwoClasses
from steelyard.kit.metrics import average_precision
from steelyard.kit.metrics.arrays import FloatArray

FORMAT = "steelyard-meta-sampler-1"


@dataclass(kw_only=True)
class MetaSampler:
    """Learns which hardness of frequent rows the next member of an ensemble should see.

    Liu et al., MESA: Boost Ensemble Imbalanced Learning with MEta-SAmpler, NeurIPS 2020, section 3
    and algorithm 3, with soft actor-critic as its authors publish it (2018). It sees histograms
    of errors and no rows, so it can serve a table that it was not trained on. Not an estimator of
    scikit-learn: ``clone`` copies it as it is, trained.

    Parameters
    ----------
    n_estimators : members of each ensemble of the meta-training, an episode
    bins : of each of the two error histograms
    progress : the state also tells which share of the members is trained. The paper's does not
        (False); since gains shrink from member to member, an agent that bootstraps may then learn
        to make the ensemble look young: with 5 % wrong labels it ended at .08 where .8 is best
    sigma : width of the Gaussian over the hardness
    hidden : units in both hidden layers of all networks
    discount : what a reward one member later is worth
    learning_rate : of policy, critic and temperature, by Adam
    target_smoothing : share of the critic that its slow copy takes over at each update
    temperature : what a unit of the policy's entropy is worth; None learns it
    target_entropy : of the policy on [0, 1], where a uniform one has 0; -1 is a spread of .09
    random_steps, update_steps : members trained before and while the agent learns
    batch_size, buffer_size : transitions of an update, and kept
    reward_scale : the gain in score is multiplied by it
    seed : the same seed and rows give the same agent

    Attributes
    ----------
    final_scores_ : validation score of every ensemble of the meta-training, in order
    """

    n_estimators: int = 10
    bins: int = 5
    progress: bool = True
    sigma: float = 0.2
    hidden: int = 50
    discount: float = 0.99
    learning_rate: float = 3e-3
    target_smoothing: float = 0.01
    temperature: float | None = None
    target_entropy: float = -1.0
    random_steps: int = 500
    update_steps: int = 1000
    batch_size: int = 64
    buffer_size: int = 1000
    reward_scale: float = 100.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("n_estimators", "bins", "sigma", "hidden", "learning_rate", "batch_size"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be above 0, got {getattr(self, name)!r}")
        for name in ("discount", "target_smoothing"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must be in [0, 1], got {getattr(self, name)!r}")
        if self.temperature is not None and not self.temperature > 0:
            raise ValueError(f"temperature must be above 0 or None, got {self.temperature!r}")
        self._agent = self._fresh_agent()

    @property
    def state_size(self) -> int:
        """Numbers in a state."""
        return 2 * self.bins + self.progress

    def _fresh_agent(self) -> SoftActorCritic:
        rates = Rates(**{f.name: getattr(self, f.name) for f in fields(Rates)})
        return SoftActorCritic(self.state_size, self.hidden, rates, self.seed)

    def fit(
        self,
        X: Any,
        y: Any,
        *,
        validation: tuple[Any, Any] | None = None,
        estimator: Any = None,
        score: Callable[[Any, Any], float] = average_precision,
    ) -> Self:
        """Meta-train on a table of two classes, from the start.

        Parameters
        ----------
        X, y : (N, D) and (N,), rows that train members
        validation : (X, y) whose score is the reward; None holds a quarter of each class out
        estimator : of the members, as in `MESAClassifier`
        score : f(is_rare (N,), probability (N,)), higher is better

        Raises
        ------
        ValueError
            Other than two classes, and whatever else `MESAClassifier` refuses.
        """
        reader = TwoClassEnsemble(estimator, self.n_estimators, random_state=self.seed)
        return self.fit_table(reader._two_classes(X, y, validation=validation), score)

    def fit_table(
        self, table: TwoClasses, score: Callable[[Any, Any], float] = average_precision
    ) -> Self:
        """`fit` on a table that is read already."""
        if self.n_estimators < 2:
            raise ValueError(f"n_estimators must be 2 or more to learn, got {self.n_estimators!r}")
        self._agent = self._fresh_agent()
        growing, exploring = np.random.default_rng(self.seed).spawn(2)
        environment = CascadeEnvironment(
            table,
            growing,
            n_members=self.n_estimators,
            bins=self.bins,
            progress=self.progress,
            sigma=self.sigma,
            score=score,
        )
        schedule = Schedule(**{f.name: getattr(self, f.name) for f in fields(Schedule)})
        meta_train(self._agent, environment, schedule, exploring)
        self.final_scores_ = np.array(environment.final_scores)
        return self

    def action(self, state: FloatArray) -> float:
        """The hardness in [0, 1] for a state ``(state_size,)``: the centre of the policy.

        Raises
        ------
        ValueError
            A state of another shape.
        """
        if np.shape(state) != (self.state_size,):
            raise ValueError(f"state must be ({self.state_size},), got shape {np.shape(state)}")
        return self._agent.act(state)

    def __getstate__(self) -> dict[str, Any]:
        """Settings and policy, as numpy arrays: equal agents are equal bytes when pickled."""
        policy = self._agent.policy.state_dict()
        kept = {k: v for k, v in vars(self).items() if k != "_agent"}
        return {**kept, "policy": {k: v.numpy().copy() for k, v in policy.items()}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        policy = state.pop("policy")
        vars(self).update(state)
        self._agent = self._fresh_agent()
        self._agent.policy.load_state_dict({k: torch.from_numpy(v) for k, v in policy.items()})

    def save(self, path: str | PathLike[str]) -> None:
        """Write the policy and all settings as safetensors; the critic is not kept."""
        tensors = {k: v.contiguous() for k, v in self._agent.policy.state_dict().items()}
        save_file(tensors, path, {"format": FORMAT, "settings": json.dumps(asdict(self))})

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Self:
        """What `save` wrote; reading executes no code.

        Raises
        ------
        ValueError
            A file of something else, or a damaged one.
        """
        again = "give a file that MetaSampler.save wrote"
        try:
            with safe_open(path, framework="pt") as file:
                facts = file.metadata() or {}
                policy = {k: file.get_tensor(k) for k in file.keys()}  # noqa: SIM118 - no dict
        except SafetensorError as error:
            raise ValueError(f"{path} is no safetensors file, or damaged; {again}") from error
        if facts.get("format") != FORMAT:
            raise ValueError(f"{path} holds no meta-sampler, its facts are {facts!r}; {again}")
        loaded = cls(**json.loads(facts["settings"]))
        loaded._agent.policy.load_state_dict(policy)
        return loaded
