"""The ensembles benchmark runs every method and prints both sides."""

import re
import subprocess
import sys
from pathlib import Path

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "ensembles.py"


def test_a_small_run_prints_what_each_method_reaches_and_the_ratios():
    command = [sys.executable, str(BENCHMARK), "--smoke", "--rows=2000"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    head, _, columns, *table = run.stdout.splitlines()
    assert head.startswith("2000 rows x 20, IR 2")
    assert columns.split()[2:4] == ["predict", "AP"]
    assert len(table) == 22
    assert all(re.search(r"( +\d+\.\d{3}){7} +(\d\.\d{3}|nan)", line) for line in table)
    assert sum(line.endswith("x slower") for line in table) == 6
