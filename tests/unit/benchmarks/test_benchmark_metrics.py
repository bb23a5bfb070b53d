"""The metrics benchmark runs and its two sides agree."""

import re
import subprocess
import sys
from pathlib import Path

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "metrics.py"


def test_a_small_run_prints_both_times_and_the_ratio():
    command = [sys.executable, str(BENCHMARK), "--rows=2000", "--classes=4", "--repeats=1"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    head, columns, *table = run.stdout.splitlines()
    assert head.startswith("2000 rows x 4 classes")
    assert columns.split() == ["steelyard", "sklearn", "ratio", "largest", "difference"]
    assert len(table) == 4
    assert all(re.search(r"\d\.\d{4} +\d\.\d{4} +\d+x", line) for line in table)
