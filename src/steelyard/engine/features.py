"""Features of images from a frozen backbone, computed once and cached by content."""

import hashlib
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import interpolate

from steelyard.core.case import Case
from steelyard.engine.devices import Device, pick_device
from steelyard.models.backbone import Backbone, pooled

# Small batches stay in the processor's cache: at 128 px 16 images a batch run twice as fast as 128.
BATCH = 16
CHUNK = 1024


class OutOfTime(TimeoutError):
    """The deadline came first. ``done`` of ``n_images`` images have features (in the cache)."""

    def __init__(self, done: int, n_images: int) -> None:
        super().__init__(f"features of {done} of {n_images} images when the time was up")
        self.done, self.n_images = done, n_images


def extract_features(
    images: NDArray[np.uint8],
    backbone: Backbone,
    *,
    batch_size: int = BATCH,
    cache: Path | None = None,
    deadline: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> NDArray[np.float32]:
    """Features (N, D) of the images; equal images are computed once.

    Parameters
    ----------
    images : (N, H, W, 3) uint8, an array or a memory map; resized to ``backbone.size``.
    cache : folder of finished chunks. The same images and backbone never run twice, and a killed
        run goes on where it stopped.
    deadline : value of ``time.monotonic()`` after which no further batch is begun.
    progress : called with images done and images in all.

    Raises
    ------
    OutOfTime
        At the deadline; what is done stays in the cache.
    """
    if images.ndim != 4 or images.shape[3] != 3 or images.dtype != np.uint8:
        raise ValueError(f"images must be (N, H, W, 3) uint8, not {images.shape} {images.dtype}")
    device = pick_device()
    device.place_model(backbone.module)
    digests = [hashlib.blake2b(image.tobytes(), digest_size=16).digest() for image in images]
    first: dict[bytes, int] = {}
    for position, digest in enumerate(digests):
        first.setdefault(digest, position)
    unique = np.fromiter(first.values(), np.int64, len(first))
    features = np.empty((len(unique), backbone.n_features), np.float32)

    for rows in _slices(len(unique), CHUNK):
        chunk = unique[rows]
        file = cache and cache / f"{_key([digests[i] for i in chunk], backbone, device)}.npy"
        if file and file.is_file():
            features[rows] = np.load(file, allow_pickle=False)
            if progress:
                progress(rows.stop, len(unique))
            continue
        for part in _slices(len(chunk), batch_size):
            if deadline is not None and time.monotonic() >= deadline:
                raise OutOfTime(rows.start, len(unique))
            batch = torch.from_numpy(images[chunk[part]]).permute(0, 3, 1, 2)
            features[rows][part] = run_backbone(backbone, batch, device).numpy()
            if progress:
                progress(rows.start + part.stop, len(unique))
        if file:
            Case(file.parent).write(file.name, partial(np.save, arr=features[rows]))
    if len(unique) == len(images):
        return features
    place = {digest: i for i, digest in enumerate(first)}
    return features[[place[digest] for digest in digests]]


def run_backbone(backbone: Backbone, images: Tensor, device: Device) -> Tensor:
    """uint8 images (N, 3, H, W) -> float32 features (N, D) on the CPU."""
    with torch.inference_mode(), device.autocast():
        batch = backbone.normalise(images.to(device.kind))
        if batch.shape[2:] != (backbone.size, backbone.size):
            shrinks = max(batch.shape[2:]) > backbone.size
            batch = interpolate(
                batch, (backbone.size, backbone.size), mode="bilinear", antialias=shrinks
            )
        return pooled(backbone.module(device.place_images(batch))).float().cpu()


def images_per_second(images: NDArray[np.uint8], backbone: Backbone) -> float:
    """Speed of the backbone on the first images, for planning; takes about a quarter second."""
    device = pick_device()
    device.place_model(backbone.module)
    batch = torch.from_numpy(np.array(images[:BATCH])).permute(0, 3, 1, 2)
    run_backbone(backbone, batch, device)
    start, done = time.perf_counter(), 0
    while time.perf_counter() - start < 0.25:
        run_backbone(backbone, batch, device)
        done += len(batch)
    return done / (time.perf_counter() - start)


def _slices(n: int, step: int) -> Iterator[slice]:
    return (slice(i, min(i + step, n)) for i in range(0, n, step))


def _key(digests: list[bytes], backbone: Backbone, device: Device) -> str:
    key = hashlib.sha256(f"{backbone.fingerprint} {backbone.size} {device.dtype}".encode())
    for digest in digests:
        key.update(digest)
    return key.hexdigest()[:32]
