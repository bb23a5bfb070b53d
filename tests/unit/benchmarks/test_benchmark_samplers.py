"""The samplers benchmark runs and prints both sides."""

import re
import subprocess
import sys
from pathlib import Path

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "samplers.py"


def test_a_small_run_prints_both_times_and_the_ratio():
    command = [sys.executable, str(BENCHMARK), "--rows=3000", "--classes=30", "--repeats=1"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    head, columns, *table = run.stdout.splitlines()
    assert head.startswith("3000 rows, 30 classes")
    assert columns.split() == ["draw", "epoch", "torch", "ratio"]
    assert len(table) == 6
    assert all(re.search(r"(\d\.\d{4} +){3}\d+\.\d\dx", line) for line in table)
