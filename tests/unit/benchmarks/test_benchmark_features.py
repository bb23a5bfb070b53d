"""The features benchmark runs, small."""

import re
import subprocess
import sys
from pathlib import Path

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "features.py"


def test_a_small_run_prints_the_ratio_and_the_seconds_of_a_trial():
    command = [sys.executable, str(BENCHMARK), "--images=32", "--rows=1000", "--seeds=1"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert re.search(r"time against the bare loop: \d\.\d{3}", run.stdout)
    assert re.search(r"all folds of a seed in one pass +\d+\.\d\d +\d+\.\d\d", run.stdout)
    # The classes of the random features differ, so a head that learns beats guessing (0.1).
    assert float(re.search(r"held-out accuracy (\d\.\d+)", run.stdout)[1]) > 0.15
