"""The benchmark of ``--minutes`` runs, on its smallest input; what it measures decides nothing."""

import re
import subprocess
import sys
from pathlib import Path

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "minutes.py"


def test_a_small_run_prints_asked_taken_and_the_verdict():
    command = [sys.executable, str(BENCHMARK), "--only", "iris", "--scale", "0.1"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert re.search(r"^iris +0\.6 +\d+\.\d +[-+]\d+\.\d %  no-", run.stdout, re.MULTILINE)
    assert re.search(r"^[01] of 1 within 5 %", run.stdout, re.MULTILINE)
