"""The ensembles benchmark runs every method and prints both sides."""

import re
import subprocess
import sys
from pathlib import Path

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "ensembles.py"


def test_a_small_run_prints_what_each_method_reaches_and_the_ratios():
    command = [sys.executable, str(BENCHMARK), "--smoke"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    head, _, columns, *table = run.stdout.splitlines()
    assert head.startswith("2000 rows x 20, IR 2")
    assert columns.split()[:6] == ["members", "fit", "s", "predict", "MiB", "AP"]
    lines = [line for line in table if " skipped: " not in line]
    there = sum(f"{name} *" in run.stdout for name in ("lightgbm", "xgboost", "catboost"))
    assert len(lines) == 20 + there
    assert len(table) - len(lines) == 1 + 3 - there
    assert all(re.search(r"( +\d+\.?\d*){8} +(\d\.\d{3}|nan)", line) for line in lines)
    assert sum("x slower" in line for line in lines) == 4
    grown = {line[:26].strip(): line[26:].split()[0] for line in lines}
    assert (grown["histogram boosting *"], grown["balanced forest"]) == ("-", "20")


def test_without_the_old_library_there_is_nothing_to_reach():
    command = [sys.executable, str(BENCHMARK), "--smoke", "--part", "enough"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines()[-1] == "imbalanced-ensemble skipped: needs --old-python"
