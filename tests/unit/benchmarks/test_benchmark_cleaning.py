"""The cleaning benchmark runs and prints both sides, which keep the same rows."""

import re
import subprocess
import sys
from pathlib import Path

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "cleaning.py"


def test_a_small_run_prints_both_times_the_ratio_and_that_the_rows_are_the_same():
    command = [sys.executable, str(BENCHMARK), "--smoke"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    head, columns, *rows = run.stdout.splitlines()
    assert head.startswith("3000 rows, 20 columns, 20:1")
    assert columns.split() == ["rows", "left", "ours", "theirs", "ratio", "MiB", "MiB"]
    assert len(rows) == 4
    assert all(re.search(r"\d\.\d\d +\d+\.\d\d +\d+\.\dx.* same rows$", row) for row in rows)
