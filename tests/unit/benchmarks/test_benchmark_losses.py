"""The losses benchmark runs every loss and prints its ratio."""

import re
import subprocess
import sys
from pathlib import Path

from steelyard.kit.losses import FUNCTIONS

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "losses.py"


def test_a_small_run_prints_the_ratio_of_every_loss():
    command = [sys.executable, str(BENCHMARK), "--rows=4", "--classes=6", "--repeats=2"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    head, columns, *table = run.stdout.splitlines()
    assert head.startswith("4 rows x 6 classes")
    assert "ratio" in columns
    assert all(re.match(r"\S+ +\d+ +\d+ +\d+\.\d\d", line) for line in table)
    named = {line.split()[0] for line in table}
    assert named >= set(FUNCTIONS) - {"l1_penalty", "l2_penalty"}
