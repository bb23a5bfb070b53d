"""How long `examine` takes on a large table, how much memory, and how light the start is.

    python benchmarks/examine.py                       1,000,000 rows x 30 columns
    python benchmarks/examine.py --rows 20000          a quick look

Prints asked and taken; the peak is that of the whole process tree, sampled ten times a second.
"""

import argparse
import contextlib
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import psutil


def table(folder: Path, rows: int, columns: int) -> Path:
    """A CSV of ``rows``: numbers, five categories, 1 % missing, a class of 2 %."""
    rng = np.random.default_rng(0)
    target = (rng.random(rows) < 0.02).astype(int)
    numbers = rng.normal(size=(rows, columns - 5)).astype(np.float32)
    numbers[:, :5] += target[:, None]
    frame = pd.DataFrame(numbers, columns=[f"x{j}" for j in range(columns - 5)]).round(4)
    frame = frame.mask(rng.random(frame.shape) < 0.01)
    for j in range(5):
        frame[f"c{j}"] = rng.choice(list("abcdefgh"), rows)
    frame["target"] = np.where(target, "rare", "common")
    path = folder / "big.csv"
    frame.to_csv(path, index=False)
    return path


def watch(words: list[str]) -> tuple[float, float, int]:
    """Seconds, peak GiB of the process tree, exit code."""
    began, peak = time.perf_counter(), 0
    process = subprocess.Popen(words)
    while process.poll() is None:
        with contextlib.suppress(psutil.Error):  # a process may end between listing and asking
            tree = [(me := psutil.Process(process.pid)), *me.children(recursive=True)]
            # a page shared with a parent is counted once: USS, not RSS
            peak = max(peak, sum(p.memory_full_info().uss for p in tree))
        time.sleep(0.1)
    return time.perf_counter() - began, peak / 2**30, process.returncode


def fastest(words: list[str], runs: int = 7) -> float:
    """Least wall seconds of several runs: what the machine can do when it is not busy."""
    seconds = []
    for _ in range(runs):
        began = time.perf_counter()
        subprocess.run(words, check=True, capture_output=True)
        seconds.append(time.perf_counter() - began)
    return min(seconds)


def main() -> None:
    """Print the table."""
    flags = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    flags.add_argument("--rows", type=int, default=1_000_000)
    flags.add_argument("--columns", type=int, default=30)
    given = flags.parse_args()
    bare = fastest([sys.executable, "-c", "pass"])
    imported = fastest([sys.executable, "-c", "import steelyard"])
    helped = fastest([sys.executable, "-m", "steelyard.cli", "--help"])
    print(
        f"import steelyard        {imported - bare:6.3f} s beyond a bare interpreter  (goal 0.15)"
    )
    print(f"steelyard --help        {helped:6.3f} s in all                       (goal 0.30)")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = table(folder, given.rows, given.columns)
        words = [sys.executable, "-m", "steelyard.cli", "examine", str(path), "--label", "target"]
        seconds, peak, code = watch([*words, "--case", str(folder / "case"), "--minutes", "5"])
    print(f"examine {given.rows:>9,} x {given.columns}  {seconds:6.1f} s, peak {peak:.2f} GiB, "
          f"exit {code}  (goal 60 s, 4 GiB)")  # fmt: skip


if __name__ == "__main__":
    main()
