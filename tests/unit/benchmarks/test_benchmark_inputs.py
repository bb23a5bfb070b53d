"""The benchmark of inputs runs and prints both sides of every input."""

import subprocess
import sys
from pathlib import Path

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "inputs.py"


def test_the_cells_of_ours_are_full_and_what_the_others_did_is_told():
    command = [sys.executable, str(BENCHMARK), "--list", "--only", "arrays,gaps,dates"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    head, _, *lines = run.stdout.splitlines()
    rows = [line.strip("| ").split(" | ") for line in lines if line.startswith("|")]
    told = [line for line in lines if not line.startswith("|")]
    assert head.count("|") == 6
    assert len(rows) == 3
    for _, ensembles, _, samplers, _ in rows:
        assert (ensembles, samplers) == ("14 of 14", "13 of 13")
    theirs = {row[0]: row[4] for row in rows}
    assert theirs["arrays"] == "11 of 11"
    assert theirs["gaps"] == "0 of 11"
    assert any(line.startswith("gaps  ") and "NaN" in line for line in told)
    assert not any(", ours" in line for line in told)
