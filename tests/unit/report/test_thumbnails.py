"""Thumbnails: of the rows that changed, the rarest classes first, shape kept."""

import numpy as np

from steelyard.report.decisions import Comparison
from steelyard.report.thumbnails import MOST, thumbnails


def test_only_changed_rows_rarest_first_and_shape_kept() -> None:
    target = np.array([0, 0, 0, 1, 1])
    old = np.array([0, 0, 1, 1, 0])
    new = np.array([0, 1, 0, 0, 0])  # row 1 and 3 lost, row 2 gained
    images = np.full((9, 10, 20, 3), 200, dtype=np.uint8)
    rows = np.array([8, 7, 6, 5, 4])
    images[5] = 90  # the image of test row 3
    found = thumbnails(images, rows, Comparison(("a", "b"), target, old, new))
    assert found["row"].tolist() == [3, 1, 2]
    assert found["pixels"].shape == (3, 48, 48, 3)
    picture = found["pixels"][0]
    # 10 x 20 becomes 24 x 48 in the middle; above and below it is black
    assert (picture[:12] == 0).all()
    assert (picture[12:36] == 90).all()
    assert (picture[36:] == 0).all()


def test_no_more_than_fit_on_the_page() -> None:
    target = np.zeros(500, dtype=np.int64)
    images = np.zeros((500, 4, 4, 3), dtype=np.uint8)
    both = Comparison(("a", "b"), target, target, target + 1)
    assert len(thumbnails(images, np.arange(500), both)["row"]) == MOST


def test_nothing_changed_makes_no_pictures() -> None:
    target = np.zeros(5, dtype=np.int64)
    both = Comparison(("a", "b"), target, target, target)
    found = thumbnails(np.zeros((5, 4, 4, 3), dtype=np.uint8), np.arange(5), both)
    assert found["pixels"].shape == (0, 48, 48, 3)
