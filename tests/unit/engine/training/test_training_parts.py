"""A batch in parts has the gradient of the whole one, whether asked for or because memory ends."""

import numpy as np
import pytest
import torch
from tiny_runs import distance, features, fit, images, recipe, state_of

from steelyard.core.errors import UserError
from steelyard.core.recipe import Step
from steelyard.engine.training.memory import PartSize, Rewind, fitting
from steelyard.engine.training.objectives import RowLoss

MLP = {"hidden": [8]}
WEIGHT = np.random.default_rng(1).random(60) + 0.1


@pytest.mark.parametrize("rows_at_once", [1, 5, 16])
@pytest.mark.parametrize(
    "slots",
    [
        {},
        {"augment": Step("flip", {"mix": "mixup", "alpha": 1.0})},
        {"loss": Step("influence-balanced", {"alpha": 10.0})},
        {"stages": Step("deferred-reweighting", {"start": 0.5, "scheme": "inverse"})},
        {"stages": Step("meta-weight-net")},
        {"stages": Step("distillation", {"before": 0.5, "share": 0.5, "temperature": 2.0})},
    ],
    ids=lambda slots: "-".join(str(step) for step in slots.values()) or "plain",
)
def test_parts_give_the_network_of_the_whole_batch(slots, rows_at_once, monkeypatch):
    exact(monkeypatch)
    runs = [
        fit(
            recipe("mlp", model_settings=MLP, optim=optim, **slots),
            images(), random_state=2, row_weight=WEIGHT,
        )
        for optim in ({}, {"rows_at_once": rows_at_once})
    ]  # fmt: skip
    assert distance(*runs) < 2e-6
    plain = fit(recipe("mlp", model_settings=MLP, **slots), images(), random_state=2)
    assert distance(plain, runs[0]) > 1e-4, "the weights did nothing"


def test_partners_are_cut_as_the_batch_is(monkeypatch):
    """BBN: the reversed rows are drawn once for the whole batch, so parts see the same ones."""
    exact(monkeypatch)
    from steelyard.engine.training.bilateral import Bilateral

    seen = {}
    for rows_at_once in (16, 3):
        pairs = seen[rows_at_once] = []
        called = Bilateral.__call__

        def spy(self, network, batch, pairs=pairs, called=called):
            pairs.extend(zip(batch.target.tolist(), batch.partners.target.tolist()))
            pairs.extend(batch.partners.inputs.sum((1, 2, 3)).tolist())
            return called(self, network, batch)

        with monkeypatch.context() as patch:
            patch.setattr(Bilateral, "__call__", spy)
            what = recipe(stages=Step("bilateral"), optim={"rows_at_once": rows_at_once})
            fit(what, images())
    assert sorted(map(str, seen[16])) == sorted(map(str, seen[3]))


def exact(monkeypatch):
    """Float32: in bfloat16 a part's sums may round otherwise than the whole batch's."""
    monkeypatch.setattr("steelyard.engine.devices.cpu_has_bfloat16", lambda: False)


ERRORS = {
    "cuda": torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"),
    "cpu": RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"),
    "python": MemoryError(),
}


def little_memory(monkeypatch, most, error):
    """Forward passes of more rows end with ``error``, after they moved statistics and dice."""
    whole = RowLoss.__call__

    def short(self, network, batch):
        losses = whole(self, network, batch)
        if len(batch) > most:
            raise error
        return losses

    monkeypatch.setattr(RowLoss, "__call__", short)


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS)
@pytest.mark.parametrize("model", ["small-cnn", "mlp"])
def test_memory_that_ends_is_answered_by_parts_that_change_nothing(model, error, monkeypatch):
    settings = {"mlp": {"hidden": [8], "dropout": 0.5}}.get(model)
    asked = fit(recipe(model, model_settings=settings, optim={"rows_at_once": 4}), images())
    little_memory(monkeypatch, 4, error)
    said = []
    found = fit(recipe(model, model_settings=settings), images(), tell=said.append)
    assert distance(asked, found) == 0
    about = [text for text in said if "did not fit" in text]
    assert about == ["batch 16 did not fit; going on with 4 x 4 accumulated (same effective batch)"]


def test_a_row_that_does_not_fit_is_the_users_to_mend(monkeypatch):
    little_memory(monkeypatch, 0, ERRORS["cpu"])
    with pytest.raises(UserError) as caught:
        fit(recipe(), images())
    assert caught.value.code == "E141"
    assert caught.value.fix


def test_other_errors_are_not_taken_for_memory(monkeypatch):
    little_memory(monkeypatch, 4, RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    with pytest.raises(RuntimeError, match="mat1"):
        fit(recipe(), images())


def test_memory_that_ends_in_the_middle_of_a_run(monkeypatch):
    """Only the 6th step and later find too little: the steps before are not undone."""
    whole, calls = RowLoss.__call__, []

    def short(self, network, batch):
        calls.append(len(batch))
        if len(calls) > 5 and len(batch) > 8:
            raise ERRORS["cpu"]
        return whole(self, network, batch)

    plain = fit(recipe("mlp", model_settings=MLP), features())
    monkeypatch.setattr(RowLoss, "__call__", short)
    found = fit(recipe("mlp", model_settings=MLP), features())
    assert 0 < distance(plain, found) < 1e-2
    assert [n > 8 for n in calls] == [True] * 6 + [False] * (len(calls) - 6)


def test_one_of_several_processes_cannot_go_on_alone(monkeypatch):
    monkeypatch.setattr("steelyard.engine.training.processes.world_size", lambda: 2)

    def step():
        raise ERRORS["cuda"]

    with pytest.raises(UserError, match="one of the processes") as caught:
        fitting(step, PartSize(8), Rewind(torch.nn.Linear(1, 1)))
    assert caught.value.code == "E141"
    assert "rows_at_once=4" in caught.value.fix


def test_what_a_pass_changes_is_brought_back():
    norm = torch.nn.BatchNorm1d(3)
    rewind, before = Rewind(norm), {k: v.clone() for k, v in norm.state_dict().items()}
    norm(torch.randn(5, 3))
    drawn = torch.rand(2)
    assert norm.num_batches_tracked == 1
    rewind.back()
    assert all(torch.equal(v, before[k]) for k, v in norm.state_dict().items())
    torch.randn(5, 3)
    assert torch.equal(torch.rand(2), drawn)
    norm(torch.randn(5, 3))
    rewind.note()
    noted = norm.running_mean.clone()
    norm(torch.randn(5, 3))
    rewind.back()
    assert torch.equal(norm.running_mean, noted)


def test_how_many_parts_there_are():
    size = PartSize(10)
    assert [size.n_parts(n) for n in (1, 10, 11, 20, 21)] == [1, 1, 2, 2, 3]
    size.try_smaller()
    size.try_smaller()
    assert size.rows == 3


def test_batch_norm_sees_the_parts_but_every_row_counts_once():
    whole, parts = (
        fit(recipe(optim={"rows_at_once": n, "epochs": 1}), images(), random_state=1)
        for n in (0, 8)
    )
    tracked = [state_of(run)["blocks.0.1.num_batches_tracked"] for run in (whole, parts)]
    assert tracked == [4, 8]
