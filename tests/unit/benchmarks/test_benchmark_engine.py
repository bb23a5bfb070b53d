"""The benchmark of the engine runs every network in both loops and prints the ratio."""

import re
import subprocess
import sys
from pathlib import Path

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "engine.py"


def test_a_small_run_prints_the_ratio_of_every_network():
    command = [sys.executable, str(BENCHMARK), "--rows=40", "--repeats=2"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    head, columns, *table = run.stdout.splitlines()
    assert head.startswith("an epoch of 40 images")
    assert "ratio" in columns
    assert [line.split()[0] for line in table] == ["resnet-8", "small-cnn", "mlp"]
    assert all(re.match(r"\S+ +\d+\.\d +\d+\.\d +\d+\.\d{3}", line) for line in table)
