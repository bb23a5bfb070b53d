"""Whether ``--minutes`` is kept: ten inputs, the time asked for, the time taken, the verdict.

    python benchmarks/minutes.py                    all ten, about six minutes
    python benchmarks/minutes.py --only iris --scale 0.2

Each is a fresh ``steelyard treat`` as a user starts it, timed from outside: the interpreter, the
reading, the report and all are in it. Nothing is stored from one to the next.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn import datasets

from steelyard.demo import digits_folder, patients_table


def iris(folder: Path) -> list[str]:
    """150 rows, 4 columns, 3 classes."""
    return _csv(folder, datasets.load_iris(as_frame=True).frame)


def patients(folder: Path) -> list[str]:
    """442 rows, 10 columns, one class in ten."""
    return [str(patients_table(folder / "patients.csv")), "--label", "course"]


def tumours(folder: Path) -> list[str]:
    """569 rows, 30 columns, all but settled from the start."""
    return _csv(folder, datasets.load_breast_cancer(as_frame=True).frame)


def digits_as_table(folder: Path) -> list[str]:
    """1,797 rows, 64 columns, 10 even classes."""
    return _csv(folder, datasets.load_digits(as_frame=True).frame)


def digits_as_images(folder: Path) -> list[str]:
    """337 images to work with, ten classes 50:1, and a test split of 500."""
    return [str(digits_folder(folder / "digits"))]


def embeddings(folder: Path) -> list[str]:
    """3,000 rows of 512 features, 20 classes in a long tail."""
    X, y = _clusters(3_000, 512, np.geomspace(1, 0.02, 20), random_state=1)
    np.savez(folder / "embeddings.npz", X=X.astype(np.float32), y=y)
    return [str(folder / "embeddings.npz")]


def categories(folder: Path) -> list[str]:
    """8,000 rows of text categories with gaps."""
    X, y = _clusters(8_000, 12, np.array([0.9, 0.08, 0.02]), random_state=2)
    frame = pd.DataFrame({f"c{j}": pd.cut(X[:, j], 8, labels=list("abcdefgh")) for j in range(12)})
    frame = frame.astype(str).mask(np.random.default_rng(0).random(frame.shape) < 0.05)
    return _csv(folder, frame.assign(target=y))


def many_classes(folder: Path) -> list[str]:
    """6,000 rows, 20 columns, 100 classes."""
    X, y = _clusters(6_000, 20, np.ones(100), random_state=3)
    return _csv(folder, pd.DataFrame(X).assign(target=y))


def large(folder: Path) -> list[str]:
    """200,000 rows, 30 columns, 2 classes 50:1."""
    X, y = _clusters(200_000, 30, np.array([0.98, 0.02]), random_state=4)
    return _csv(folder, pd.DataFrame(X.round(3)).assign(target=y))


def wide(folder: Path) -> list[str]:
    """300 rows, 3,000 columns, 2 classes 4:1."""
    X, y = _clusters(300, 3_000, np.array([0.8, 0.2]), random_state=5)
    return _csv(folder, pd.DataFrame(X.round(3)).assign(target=y))


# What each is given: too little for some, plenty for others.
MINUTES: dict[Callable[[Path], list[str]], float] = {
    iris: 0.1, patients: 0.25, tumours: 0.5, digits_as_table: 0.5, digits_as_images: 0.5,
    embeddings: 0.5, categories: 0.5, many_classes: 0.75, large: 1.0, wide: 0.5,
}  # fmt: skip


def _clusters(
    rows: int, columns: int, shares: np.ndarray, random_state: int
) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(random_state)
    y = rng.choice(len(shares), rows, p=shares / shares.sum())
    centres = rng.normal(size=(len(shares), columns)) * 2 / np.sqrt(columns)
    return rng.normal(size=(rows, columns)) + centres[y], y


def _csv(folder: Path, frame: pd.DataFrame) -> list[str]:
    frame.to_csv(folder / "data.csv", index=False)
    return [str(folder / "data.csv"), "--label", "target"]


def measure(make: Callable[[Path], list[str]], minutes: float) -> float:
    """Print one line and return seconds taken / seconds asked."""
    with tempfile.TemporaryDirectory() as place:
        words = ["treat", *make(Path(place)), "--minutes", str(minutes)]
        began = time.perf_counter()
        run = subprocess.run(
            [sys.executable, "-m", "steelyard.cli", *words, "--case", f"{place}/case", "--json"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        taken = time.perf_counter() - began
    verdict = _verdict(run.stdout) if run.returncode == 0 else run.stderr.splitlines()[0]
    over = taken / (60 * minutes) - 1
    print(f"{make.__name__:18}{60 * minutes:8.1f}{taken:9.1f}{100 * over:+9.1f} %  {verdict}")
    return taken / (60 * minutes)


def _verdict(printed: str) -> str:
    import json

    verdict = json.loads(printed)["verdict"]
    return f"{verdict['state']}, kept {verdict['kept']}, {verdict['tried']} tried"


def main() -> None:
    """Measure all inputs, or those named."""
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--only", nargs="*", default=(), help="names of inputs")
    words.add_argument("--scale", type=float, default=1.0, help="multiplies every time asked for")
    chosen = words.parse_args()
    print(f"{'input':18}{'asked s':>8}{'taken s':>9}{'over':>9}    verdict")
    shares = [
        measure(make, minutes * chosen.scale)
        for make, minutes in MINUTES.items()
        if not chosen.only or make.__name__ in chosen.only
    ]
    kept = sum(share <= 1.05 for share in shares)
    print(f"{kept} of {len(shares)} within 5 %; the worst took {max(shares):.2f} of its time")


if __name__ == "__main__":
    main()
