"""``make demo``: the main job on a small real image folder and a small real table.

Both are made from data that scikit-learn ships: handwritten digits as a long-tailed PNG folder
(50:1, with a balanced test split), and patients of whom one in ten gets worse fastest.
"""

import sys
from pathlib import Path

import numpy as np

from steelyard.cli import main

NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
TEST_PER_CLASS = 50
LARGEST, IMBALANCE = 120, 50


def digits_folder(folder: Path, random_state: int = 0) -> Path:
    """Write ``train/zero..nine`` long-tailed and ``test/`` balanced, as 8 x 8 grey PNGs.

    Class c of the shuffled order keeps ``LARGEST * IMBALANCE ** (-c / 9)`` training images.
    """
    from PIL import Image
    from sklearn.datasets import load_digits

    digits = load_digits()
    rng = np.random.default_rng(random_state)
    for rank, label in enumerate(rng.permutation(10)):
        rows = rng.permutation(np.flatnonzero(digits.target == label))
        keep = round(LARGEST * IMBALANCE ** (-rank / 9))
        for split, chosen in (
            ("test", rows[:TEST_PER_CLASS]),
            ("train", rows[TEST_PER_CLASS : TEST_PER_CLASS + keep]),
        ):
            place = folder / split / NAMES[label]
            place.mkdir(parents=True, exist_ok=True)
            for row in chosen:
                pixels = (digits.images[row] * 255 / 16).astype(np.uint8)
                Image.fromarray(pixels).save(place / f"{row:04d}.png")
    return folder


def patients_table(path: Path) -> Path:
    """Write 442 diabetes patients with the label ``course``: ``fast`` for the worst tenth."""
    from sklearn.datasets import load_diabetes

    patients = load_diabetes(as_frame=True, scaled=False)
    frame = patients.data.copy()
    frame["sex"] = frame["sex"].map({1.0: "f", 2.0: "m"})
    worst = patients.target >= np.quantile(patients.target, 0.9)
    frame["course"] = np.where(worst, "fast", "slow")
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.to_csv(path, index=False)
    return path


def demo(folder: Path) -> int:
    """Make both data sets under ``folder`` and treat them; returns the first bad exit code."""
    table = patients_table(folder / "data" / "patients.csv")
    digits = digits_folder(folder / "data" / "digits")
    runs = (
        ["treat", str(table), "--label", "course", "--minutes", "0.8"],
        ["treat", str(digits), "--minutes", "1.2"],
    )
    for words in runs:
        case = folder / "cases" / Path(words[1]).stem
        words = [*words, "--case", str(case)]
        print(f"\n$ steelyard {' '.join(words)}", flush=True)
        code = main(words)
        if code:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(demo(Path(sys.argv[1] if len(sys.argv) > 1 else "demo")))
