"""The benchmark of ``examine`` runs, small; what it measures decides nothing."""

import re
import subprocess
import sys
from pathlib import Path

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "examine.py"


def test_a_small_run_prints_import_help_and_examine():
    command = [sys.executable, str(BENCHMARK), "--rows=600", "--columns=8"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert len(re.findall(r"\d\.\d+ s", run.stdout)) >= 3
