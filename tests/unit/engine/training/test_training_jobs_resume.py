"""An out-of-fold job, or a refit, that was killed goes on where it stood."""

import numpy as np
import pytest
from tiny_runs import Killed, images, recipe

from steelyard.core.case import Case
from steelyard.engine.fitting import load_model
from steelyard.engine.jobs import out_of_fold, refit
from steelyard.engine.prepared import Prepared
from steelyard.engine.training.run import Run

WHAT = recipe()


def arguments(folder, **more):
    X, target = images()
    work, test = np.arange(50), np.arange(50, 60)
    prepared = Prepared.write(
        Case(folder), "data", 3, X=X, target=target, unit=np.arange(60),
        categorical=np.zeros(0, bool), work=work, test=test,
    )  # fmt: skip
    np.save(folder / "fold.npy", np.arange(50) % 2)
    return {
        "case": str(folder), "prepared": str(prepared.folder), "n_classes": 3,
        "recipe": WHAT.to_plain(), "max_rows": 1000, "random_state": 7, **more,
    }  # fmt: skip


def out_of_fold_of(folder):
    return arguments(
        folder, fold=str(folder / "fold.npy"), held_out=[0, 1], with_curve=True,
        result="trials/x-fold-{fold}.npz",
    )  # fmt: skip


@pytest.fixture
def dies(monkeypatch):
    """dies(n): the process dies after n epochs; returns the list of all epochs that were run."""
    once, ran = Run.run_epoch, []

    def at(n):
        left = [n]

        def epoch(self):
            if left[0] == 0:
                raise Killed
            left[0] -= 1
            ran.append(self.epoch)
            once(self)

        monkeypatch.setattr(Run, "run_epoch", epoch)
        return ran

    return at


def files(folder):
    return sorted(path.name for path in (folder / "trials").rglob("*") if path.is_file())


def test_an_out_of_fold_job_goes_on_in_the_fold_and_epoch_where_it_stood(tmp_path, dies):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    for folder in (whole, broken):
        folder.mkdir()
    dies(-1)
    out_of_fold(**out_of_fold_of(whole))
    how = out_of_fold_of(broken)
    dies(2)
    with pytest.raises(Killed):
        out_of_fold(**how)
    assert files(broken) == ["x-fold-0.npz.checkpoint"]
    dies(5)
    with pytest.raises(Killed):
        out_of_fold(**how)
    assert files(broken) == ["x-fold-0.npz", "x-fold-1.npz.checkpoint"]
    ran = dies(-1)
    ran.clear()
    out_of_fold(**how | {"held_out": [1]})  # as the crossfit asks for what is missing
    assert ran == [3]
    assert files(broken) == files(whole) == ["x-fold-0.npz", "x-fold-1.npz"]
    for name in files(whole):
        one, other = (Case(f / "trials").read_arrays(name) for f in (whole, broken))
        for key in one.keys() - {"seconds"}:
            np.testing.assert_array_equal(one[key], other[key])
        assert one["curve_steps"].tolist() == [1, 2, 3, 4]


def test_a_refit_goes_on_too(tmp_path, dies):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    for folder in (whole, broken):
        folder.mkdir()
        (folder / "trials").mkdir()
    more = {"result": "trials/refit", "save": True}
    dies(-1)
    refit(**arguments(whole, **more))
    how = arguments(broken, **more)
    dies(3)
    with pytest.raises(Killed):
        refit(**how)
    ran = dies(-1)
    ran.clear()
    refit(**how)
    assert ran == [3]
    assert files(broken) == files(whole)
    X, _ = images(seed=4)
    one, other = (load_model(folder / "trials" / "refit") for folder in (whole, broken))
    np.testing.assert_array_equal(one.predict_proba(X), other.predict_proba(X))
