"""Phases: which epochs, what is frozen, what begins anew, and at which rate."""

import numpy as np
import pytest
import torch
from tiny_runs import distance, fit, images, recipe, state_of

from steelyard.core.recipe import Recipe, Step
from steelyard.engine.training.optimisers import rate_at
from steelyard.engine.training.phases import phases_of, schedule_of
from steelyard.engine.training.run import Run
from steelyard.kit.losses import class_weights
from steelyard.kit.stages import reset_head

CRT = Step("crt", {"share": 0.5})


def epochs_of(n_epochs, loss="cross-entropy", **stages):
    name = stages.pop("name", "one")
    loss = Step(loss, {"start": stages.pop("late")} if "late" in stages else {})
    what = Recipe(Step("resnet-8"), stages=Step(name, stages), loss=loss)
    return [list(phase.epochs(n_epochs)) for phase in phases_of(what)]


def test_the_epochs_of_phases_computed_by_hand():
    assert epochs_of(3) == [[0, 1, 2]]
    drw = {"name": "deferred-reweighting", "scheme": "inverse"}
    assert epochs_of(5, start=0.8, **drw) == [[0, 1, 2, 3], [4]]
    assert epochs_of(10, name="deferred-resampling", start=0.75) == [[*range(8)], [8, 9]]
    assert epochs_of(9, name="crt", share=0.3) == [[*range(6)], [6, 7, 8]]
    assert epochs_of(4, name="lws", share=0.5) == [[0, 1], [2, 3]]
    assert epochs_of(4, name="label-over-smoothing", share=0.25, smoothing=0.9) == [[0, 1, 2], [3]]
    assert epochs_of(5, name="rotation-pretraining", before=0.4) == [[2, 3, 4]]
    assert epochs_of(4, loss="influence-balanced", late=0.5) == [[0, 1], [2, 3]]
    assert epochs_of(2, name="bilateral") == epochs_of(2, name="tau-norm") == [[0, 1]]


def test_every_phase_has_an_epoch_or_says_why_not():
    assert epochs_of(3, name="crt", share=0.01) == [[0, 1], [2]]
    assert epochs_of(3, name="crt", share=0.99) == [[0], [1, 2]]
    assert epochs_of(2, name="rotation-pretraining", before=0.01) == [[1]]
    with pytest.raises(ValueError, match="1 epochs cannot be cut"):
        epochs_of(1, name="crt", share=0.5)
    with pytest.raises(ValueError, match=r"share of 1\.5"):
        epochs_of(4, name="deferred-resampling", start=1.5)


def test_unknown_stages_and_two_plans_are_refused():
    with pytest.raises(ValueError, match="no stages 'ctr'; there are one"):
        epochs_of(4, name="ctr")
    with pytest.raises(ValueError, match="phases of their own"):
        epochs_of(4, loss="ldam", late=0.5, name="crt", share=0.5)


def test_which_phases_share_a_schedule():
    crt = phases_of(recipe(stages=CRT))
    drw = phases_of(recipe(stages=Step("deferred-resampling", {"start": 0.75})))
    assert [schedule_of(crt, n, 7) for n in (0, 1)] == [range(4), range(4, 7)]
    assert [schedule_of(drw, n, 8) for n in (0, 1)] == [range(8), range(8)]


def rates(monkeypatch, **how):
    """The first group's learning rate at the last step of every epoch."""
    seen = []
    once = Run.run_epoch

    def spy(self):
        once(self)
        seen.append(self.optimiser.param_groups[0]["lr"])

    monkeypatch.setattr(Run, "run_epoch", spy)
    fit(recipe(**how), images())
    return np.array(seen) / 0.05


def test_the_schedule_restarts_with_a_fresh_head_and_goes_on_otherwise(monkeypatch):
    optim = {"epochs": 4, "schedule": "constant"}
    # 4 steps an epoch; in a schedule of 4 epochs the first step is at a tenth, then 0.25 more
    plain = rates(monkeypatch, optim=optim)
    np.testing.assert_allclose(plain, [0.85, 1, 1, 1])
    drw = Step("deferred-resampling", {"start": 0.5})
    np.testing.assert_allclose(rates(monkeypatch, optim=optim, stages=drw), plain)
    six = {"epochs": 6, "schedule": "constant"}
    np.testing.assert_allclose(rates(monkeypatch, optim=six, stages=CRT), [0.85, 1, 1, 0.85, 1, 1])
    cosine = rates(monkeypatch, optim={"epochs": 4}, stages=CRT)
    expected = [(1 + np.cos(np.pi * t / 2)) / 2 for t in (0.75, 1.75)]
    np.testing.assert_allclose(cosine, [*expected, *expected])


def test_the_drop_schedule_falls_twice(monkeypatch):
    optim = {"epochs": 10, "schedule": "drop", "drop_at": 0.8}
    drw = Step("deferred-reweighting", {"start": 0.8, "scheme": "inverse"})
    expected = [0.85, *[1] * 7, 0.1, 0.01]
    np.testing.assert_allclose(rates(monkeypatch, optim=optim, stages=drw), expected)


@pytest.mark.parametrize("schedule", ["cosine", "drop", "constant"])
def test_every_rate_of_every_phase_is_above_0_and_at_most_the_highest(schedule):
    for n_epochs in range(2, 25):
        for share in (0.1, 0.3, 0.5, 0.9):
            what = recipe(stages=Step("crt", {"share": share}), optim={"schedule": schedule})
            phases = phases_of(what)
            for number, phase in enumerate(phases):
                own = schedule_of(phases, number, n_epochs)
                for epoch in phase.epochs(n_epochs):
                    for step in (0, 0.5, 0.99):
                        assert 0 < rate_at(what.optim, epoch + step - own.start, len(own)) <= 1


def spied(monkeypatch, what, data=None, **how):
    """The states at the start and the end of every epoch, and the runs' own facts."""
    seen = []
    once = Run.run_epoch

    def spy(self):
        before = state_of(self)
        once(self)
        seen.append((self, before, state_of(self), self.weight.clone(), self.sampler))

    with monkeypatch.context() as patch:
        patch.setattr(Run, "run_epoch", spy)
        return fit(what, data or images(), **how), seen


@pytest.mark.parametrize(
    "stages",
    [CRT, Step("lws", {"share": 0.5}),
     Step("label-over-smoothing", {"share": 0.5, "smoothing": 0.9})],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("ema", [0, 0.9])
def test_only_the_head_learns_in_the_second_phase(stages, ema, monkeypatch):
    trained, seen = spied(monkeypatch, recipe(stages=stages, optim={"ema": ema}))
    _, before, after, *_ = seen[2]
    _, _, last, *_ = seen[3]
    features = [name for name in before if not name.startswith("head")]
    assert any("running_mean" in name for name in features)
    for name in features:
        assert torch.equal(before[name], last[name]), name
        assert torch.equal(before[name], state_of(trained)[name]), name
        assert "num_batches" in name or not torch.equal(seen[0][2][name], seen[1][2][name]), name
    moved = "head.scales" if stages.name == "lws" else "head.weight"
    assert not torch.equal(after[moved], before[moved])
    assert all(p.requires_grad for p in trained.module.parameters())
    assert not trained.module.training


def test_crt_draws_the_head_anew_from_the_seed(monkeypatch):
    _, seen = spied(monkeypatch, recipe(stages=CRT), random_state=5)
    _, _, end_of_first, *_ = seen[1]
    run, start_of_second, *_ = seen[2]
    fresh = torch.nn.Linear(16, 3)
    reset_head(fresh, generator=5)
    assert torch.equal(start_of_second["head.weight"], fresh.weight)
    assert not torch.equal(start_of_second["head.weight"], end_of_first["head.weight"])
    assert type(run.sampler).__name__ == "ClassBalancedSampler"
    assert run.phase.loss == Step("cross-entropy")


def test_crt_of_a_cosine_head_draws_directions_anew(monkeypatch):
    settings = {"width": 4, "head": "cosine"}
    _, seen = spied(monkeypatch, recipe(model_settings=settings, stages=CRT))
    before, after = seen[1][2]["head.weight"], seen[2][1]["head.weight"]
    assert not torch.equal(before, after)
    torch.testing.assert_close(after.norm(dim=1), torch.ones(3))


def test_lws_learns_scales_and_hands_over_a_linear_head(monkeypatch):
    trained, seen = spied(monkeypatch, recipe(stages=Step("lws", {"share": 0.5})))
    end = seen[-1][2]
    assert end["head.scales"].ne(1).all()
    head = trained.module.head
    assert type(head) is torch.nn.Linear
    torch.testing.assert_close(head.weight, end["head.scales"][:, None] * end["head.weight"])
    torch.testing.assert_close(head.bias, end["head.scales"] * end["head.bias"])


def test_deferred_weights_begin_at_their_start_on_top_of_the_rows_own(monkeypatch):
    X, target = images()
    own = np.random.default_rng(0).random(60).astype(np.float32) + 0.5
    stages = Step("deferred-reweighting", {"start": 0.5, "scheme": "effective"})
    trained, seen = spied(monkeypatch, recipe(stages=stages), (X, target), row_weight=own)
    plain = fit(recipe(), (X, target), row_weight=own)
    by_class = class_weights([36, 18, 6], "effective")
    expected = own * by_class[target]
    for epoch, (_, _, _, weight, _) in enumerate(seen):
        wanted = own / own.mean() if epoch < 2 else expected / expected.mean()
        np.testing.assert_allclose(weight, wanted, rtol=1e-5)
    assert distance(trained, plain) > 1e-3


def test_until_the_start_a_deferred_run_is_the_plain_one(monkeypatch):
    stages = Step("deferred-resampling", {"start": 0.5})
    _, deferred = spied(monkeypatch, recipe(stages=stages))
    _, plain = spied(monkeypatch, recipe())
    for epoch, same in enumerate((True, True, False, False)):
        one, other = deferred[epoch][2]["head.weight"], plain[epoch][2]["head.weight"]
        assert torch.equal(one, other) is same


def test_early_stopping_ends_a_phase_not_the_method(monkeypatch):
    """The second phase comes also where the first stopped early, from its best epoch."""
    what = recipe(stages=CRT, optim={"epochs": 12, "patience": 1, "learning_rate": 0.5})
    trained, seen = spied(monkeypatch, what)
    by_head_only = [frozen(before, after) for _, before, after, *_ in seen]
    n_first = by_head_only.index(True)
    assert all(by_head_only[n_first:])
    assert n_first < 6, "the first phase did not stop early: choose another rate"
    run = seen[0][0]
    assert frozen(state_of(trained), seen[-1][2])
    assert run.early.best


def frozen(before, after):
    return torch.equal(before["blocks.0.0.weight"], after["blocks.0.0.weight"])
