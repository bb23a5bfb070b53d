"""What `steelyard treat` gains on CIFAR-10 long-tailed 100:1, in the minutes given.

    python benchmarks/treat_cifar.py [--minutes 10] [--ratio 100] [--test 2000] [--random-state 0]

Writes a folder of PNG images (train/ long-tailed, test/ balanced) from ../shared/data/cifar10.npz,
runs the command on it, and prints what the test split showed, beside the goal of +12 points of
balanced accuracy over base. Nothing is tuned here: the numbers are those of case.json.
"""

import argparse
import io
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

ARCHIVE = Path(__file__).resolve().parents[2] / "shared" / "data" / "cifar10.npz"
GOAL = 0.12


def long_tail(label: np.ndarray, ratio: float, most: int, rng: np.random.Generator) -> np.ndarray:
    """Row numbers of ``most * ratio ** (-c / (C - 1))`` rows of the c-th class, order shuffled."""
    classes = rng.permutation(label.max() + 1)
    sizes = [round(most * ratio ** (-c / (len(classes) - 1))) for c in range(len(classes))]
    parts = [rng.permutation(np.flatnonzero(label == k))[:n] for k, n in zip(classes, sizes)]
    return np.concatenate(parts)


def write_folder(folder: Path, ratio: float, n_test: int, random_state: int) -> None:
    """``train/CLASS/i.png`` and ``test/CLASS/i.png``."""
    rng = np.random.default_rng(random_state)
    with np.load(ARCHIVE) as archive:
        data, offsets, label = archive["data"], archive["offsets"], archive["label"]
        train, names = archive["is_train"].astype(bool), archive["classes"]
    rows = np.flatnonzero(train)
    chosen = {"train": rows[long_tail(label[rows], ratio, 1000, rng)]}
    each = n_test // len(names)
    chosen["test"] = np.concatenate(
        [rng.permutation(np.flatnonzero(~train & (label == k)))[:each] for k in range(len(names))]
    )
    for split, some in chosen.items():
        for i in some:
            place = folder / split / str(names[label[i]])
            place.mkdir(parents=True, exist_ok=True)
            image = Image.open(io.BytesIO(data[offsets[i] : offsets[i + 1]].tobytes()))
            image.save(place / f"{i}.png")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--ratio", type=float, default=100)
    parser.add_argument("--test", type=int, default=2000)
    parser.add_argument("--random-state", type=int, default=0)
    parser.add_argument("--keep", help="a folder to work in and to leave behind")
    asked = parser.parse_args()
    if not ARCHIVE.is_file():
        raise SystemExit(f"skipped: {ARCHIVE} is missing")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(asked.keep or temporary)
        if not (folder / "cifar").is_dir():
            write_folder(folder / "cifar", asked.ratio, asked.test, asked.random_state)
        command = [
            sys.executable, "-m", "steelyard", "treat", str(folder / "cifar"),
            "--minutes", str(asked.minutes), "--case", str(folder / "case"),
        ]  # fmt: skip
        start = time.monotonic()
        subprocess.run(command, check=True)
        took = time.monotonic() - start
        told = json.loads((folder / "case" / "case.json").read_text())
    verdict = told["verdict"]
    print(f"\n{took:.0f} s of {60 * asked.minutes:.0f}; {verdict['state']}, kept {verdict['kept']}")
    gain = verdict["test"]["difference"]
    print(
        f"gain on {told['data']['splits']['test']} test images {gain['mean']:+.3f} "
        f"[{gain['low']:+.3f}, {gain['high']:+.3f}]; goal {GOAL:+.2f}; "
        f"{'met' if gain['mean'] >= GOAL and verdict['state'] == 'proven-better' else 'missed'}"
    )


if __name__ == "__main__":
    main()
