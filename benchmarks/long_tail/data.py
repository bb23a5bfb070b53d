"""Long-tailed training rows with a balanced test set kept apart: digits and CIFAR-10."""

import io
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

CIFAR = Path(__file__).parents[3] / "shared" / "data" / "cifar10.npz"
LARGEST = {"digits": 120, "cifar10": 1000}
TEST_PER_CLASS = {"digits": 50, "cifar10": 500}
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class LongTail:
    """Training rows ``X`` (N, ...) with ``target`` (N,), test rows and their target."""

    kind: str
    X: NDArray[np.generic]
    target: Rows
    test: NDArray[np.generic]
    test_target: Rows
    n_classes: int = 10


def long_tail(data: str, ratio: int, seed: int, cifar: Path = CIFAR) -> LongTail:
    """``digits`` (8 x 8 as 64 columns), ``cifar10`` (pixels) or ``cifar10-features``.

    Class c of the shuffled order keeps ``n_max * ratio ** (-c / 9)`` training rows. The test rows
    of digits are drawn with the seed, those of CIFAR-10, which has its own, are always the same.
    """
    if data == "digits":
        return _digits(ratio, seed)
    stored = _cifar(cifar)
    label, is_train = stored["label"].astype(np.int64), stored["is_train"]
    test = _of_each_class(label, np.flatnonzero(~is_train), TEST_PER_CLASS["cifar10"], seed=0)
    train = _tail(label, np.flatnonzero(is_train), LARGEST["cifar10"], ratio, seed)
    X, X_test = _pixels(stored, train), _pixels(stored, test)
    if data == "cifar10-features":
        X, X_test = _features(X), _features(X_test)
    kind = "features" if data == "cifar10-features" else "images"
    return LongTail(kind, X, label[train], X_test, label[test])


def _tail(label: Rows, rows: Rows, largest: int, ratio: int, seed: int) -> Rows:
    """The seed's long tail out of ``rows``; at a smaller ratio it holds the same rows and more."""
    rng = np.random.default_rng(seed)
    kept = []
    for rank, k in enumerate(rng.permutation(10)):
        shuffled = rng.permutation(rows[label[rows] == k])
        kept.append(shuffled[: round(largest * ratio ** (-rank / 9))])
    return np.concatenate(kept)


def _of_each_class(label: Rows, rows: Rows, n_each: int, seed: int) -> Rows:
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.permutation(rows[label[rows] == k])[:n_each] for k in range(10)])


def _digits(ratio: int, seed: int) -> LongTail:
    from sklearn.datasets import load_digits

    digits = load_digits()
    X, label = (digits.data / 8 - 1).astype(np.float32), digits.target.astype(np.int64)
    every = np.arange(len(label))
    test = _of_each_class(label, every, TEST_PER_CLASS["digits"], seed)
    train = _tail(label, np.setdiff1d(every, test), LARGEST["digits"], ratio, seed)
    return LongTail("features", X[train], label[train], X[test], label[test])


# ------------------------------------------------------------------------- CIFAR-10
@lru_cache(maxsize=1)
def _cifar(file: Path) -> dict[str, NDArray[np.generic]]:
    with np.load(file) as stored:
        return {name: stored[name] for name in ("data", "offsets", "label", "is_train")}


def _pixels(stored: dict[str, NDArray[np.generic]], rows: Rows) -> NDArray[np.uint8]:
    data, offsets = stored["data"], stored["offsets"]
    files = (data[offsets[i] : offsets[i + 1]].tobytes() for i in rows)
    return np.stack([np.asarray(Image.open(io.BytesIO(f)).convert("RGB")) for f in files])


def _features(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """As `treat` computes them, EfficientNet-Lite0 at 128 px; kept on disk by their content."""
    from steelyard.engine.features import extract_features
    from steelyard.models.backbone import load_backbone

    cache = Path(tempfile.gettempdir()) / "steelyard-longtail" / "features"
    return extract_features(images, load_backbone(image_side=images.shape[1]), cache=cache)
