"""A run that was killed goes on from its checkpoint and ends with the same bits."""

import numpy as np
import pytest
import torch
from tiny_runs import Killed, features, fit, images, recipe, state_of

from steelyard.core.recipe import Step
from steelyard.engine.training.checkpoints import read_checkpoint, write_checkpoint

SECOND = {"share": 0.5}
RUNS = {
    "plain": recipe(augment=Step("flip-shift")),
    "resnet, lamb": recipe("resnet-8", name="lamb", optim={"l2": 1e-3}),
    "adamw, averages": recipe(
        name="adamw", optim={"learning_rate": 0.01, "ema": 0.9, "lookahead": True, "clip": 1.0}
    ),
    "adam to sgd": recipe(name="adam-to-sgd", optim={"learning_rate": 0.01}),
    "lars, swa": recipe(
        name="lars", optim={"learning_rate": 3.0, "swa": 0.5, "schedule": "constant"}
    ),
    "early stopping": recipe(optim={"patience": 2, "epochs": 5}),
    "deferred": recipe(
        loss=Step("ldam"),
        stages=Step("deferred-reweighting", {"start": 0.5, "scheme": "inverse"}),
    ),
    "deferred sampler": recipe(stages=Step("deferred-resampling", {"start": 0.5})),
    "crt": recipe(stages=Step("crt", SECOND)),
    "crt, stopping, average": recipe(
        stages=Step("crt", SECOND), optim={"patience": 1, "ema": 0.5, "epochs": 6}
    ),
    "lws, average": recipe(stages=Step("lws", SECOND), optim={"ema": 0.5}),
    "bilateral": recipe(stages=Step("bilateral"), augment=Step("flip")),
    "meta-weight-net": recipe(stages=Step("meta-weight-net")),
    "distillation": recipe(
        stages=Step("distillation", {"before": 0.25, "share": 0.5, "temperature": 2.0}),
        optim={"epochs": 5},
    ),
    "rotation": recipe(stages=Step("rotation-pretraining", {"before": 0.25}), optim={"epochs": 5}),
    "mixing": recipe(augment=Step("strong", {"mix": "remix", "alpha": 1.0})),
    "dropout": recipe("mlp", model_settings={"hidden": [8], "dropout": 0.5}),
    "late loss": recipe(loss=Step("influence-balanced", {"start": 0.5})),
    "progressive": recipe(sampler=Step("progressively-balanced")),
}


def killed_after(n_epochs):
    said = []

    def tell(text):
        said.append(text)
        if len(said) > n_epochs:  # before the state of this epoch is written
            raise Killed

    return tell


@pytest.mark.parametrize("name", RUNS)
def test_a_killed_run_ends_as_an_unbroken_one_does(name, tmp_path):
    data = features() if name == "dropout" else images()
    what, checkpoint = RUNS[name], tmp_path / "run.checkpoint"
    whole = state_of(fit(what, data, random_state=3))
    for n_epochs in (1, 1, 1):  # in the first phase, at its end, in the second
        with pytest.raises(Killed):
            fit(what, data, random_state=3, checkpoint=checkpoint, tell=killed_after(n_epochs))
    epochs = []
    again = fit(what, data, random_state=3, checkpoint=checkpoint, tell=epochs.append)
    assert len(epochs) <= 3, "it began anew"
    assert state_of(again).keys() == whole.keys()
    for key, tensor in state_of(again).items():
        assert torch.equal(tensor, whole[key]), key
    assert not checkpoint.exists()
    assert not list(tmp_path.iterdir())


def test_the_learning_curve_goes_on_too(tmp_path):
    data, what, checkpoint = images(), RUNS["plain"], tmp_path / "run.checkpoint"
    whole = fit(what, data).curve(data, data)
    with pytest.raises(Killed):
        fit(what, data, checkpoint=checkpoint, tell=killed_after(2))
    again = fit(what, data, checkpoint=checkpoint).curve(data, data)
    for name, values in vars(whole).items():
        np.testing.assert_array_equal(getattr(again, name), values)
    assert whole.steps.tolist() == [1, 2, 3, 4]


def damaged(path, how):
    data = bytearray(path.read_bytes())
    if how == "cut":
        data = data[: len(data) // 2]
    elif how == "a flipped bit":
        data[-5] ^= 1
    elif how == "no state":
        import safetensors.torch

        data = safetensors.torch.save({"a": torch.zeros(2)})
    elif how == "empty":
        data = b""
    path.write_bytes(data)


@pytest.mark.parametrize("how", ["cut", "a flipped bit", "no state", "empty", "another run"])
def test_a_damaged_checkpoint_or_another_runs_begins_anew(how, tmp_path):
    data, what, checkpoint = images(), RUNS["plain"], tmp_path / "run.checkpoint"
    other = recipe(optim={"learning_rate": 0.01}) if how == "another run" else what
    whole = state_of(fit(what, data))
    with pytest.raises(Killed):
        fit(other, data, checkpoint=checkpoint, tell=killed_after(2))
    damaged(checkpoint, how)
    epochs = []
    again = state_of(fit(what, data, checkpoint=checkpoint, tell=epochs.append))
    assert len(epochs) == 4
    assert all(torch.equal(again[key], whole[key]) for key in whole)


def same(one, other):
    if isinstance(one, torch.Tensor):
        assert one.dtype == other.dtype
        assert one.stride() == other.stride()
        assert torch.equal(one, other)
    elif isinstance(one, dict):
        assert list(one) == list(other)
        assert [type(key) for key in one] == [type(key) for key in other]
        for key in one:
            same(one[key], other[key])
    elif isinstance(one, (list, tuple)):
        assert type(one) is type(other)
        assert len(one) == len(other)
        for mine, theirs in zip(one, other):
            same(mine, theirs)
    else:
        assert type(one) is type(other)
        assert one == other


def test_what_is_written_comes_back_to_the_last_bit(tmp_path):
    images = torch.randn(2, 3, 4, 5, generator=torch.Generator().manual_seed(0))
    state = {
        0: {"step": torch.tensor(3.0), "betas": (0.9, 0.999), "none": None},
        "half": images.bfloat16(),
        "moved": images.contiguous(memory_format=torch.channels_last),
        "turned": images.transpose(0, 3),
        "double": torch.tensor([0.1], dtype=torch.float64),
        "whole": [torch.arange(4), torch.tensor([True, False]), torch.zeros(0, 3)],
        1.5: [float("inf"), -0.0, 0.1 + 0.2, 2**70, True, "text", ()],
        "same": images,
        "again": images,
    }
    write_checkpoint(tmp_path / "folder" / "state", state)
    same(read_checkpoint(tmp_path / "folder" / "state"), state)
    write_checkpoint(tmp_path / "folder" / "state", {})
    assert read_checkpoint(tmp_path / "folder" / "state") == {}
    assert read_checkpoint(tmp_path / "missing") is None
    assert len(list((tmp_path / "folder").iterdir())) == 1


@pytest.mark.parametrize("value", [{1, 2}, {"a": object()}, {("a", 1): 2}, b"bytes", 1j])
def test_what_a_checkpoint_cannot_hold_is_refused(value, tmp_path):
    with pytest.raises(TypeError, match="a checkpoint cannot hold"):
        write_checkpoint(tmp_path / "state", {"value": value})
    assert not list(tmp_path.iterdir())
