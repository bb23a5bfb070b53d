"""Features by the crew: in order, stored by content, and what the user's backbone did wrong."""

import time

import numpy as np
import pytest

from steelyard.core.case import Case
from steelyard.engine import image_features
from steelyard.engine.crew import Answer, Task
from steelyard.engine.image_features import OutOfTime, backbone_tag, features_of

PIXELS = np.random.default_rng(0).integers(0, 255, (10, 4, 4, 3), dtype=np.uint8)


class Crew:
    """Does the tasks here and now: the mean colour of each image, ``most`` of them at most."""

    def __init__(self, case, size=3, most=99, failed=""):
        self.case, self.size, self.most, self.failed, self.done = case, size, most, failed, []

    def run(self, tasks, *, deadline, on_answer):
        for task in list(tasks)[: self.most]:
            self.done.append(task)
            given = task.arguments
            if not self.failed:
                images = np.load(given["images"])[slice(*given["rows"])]
                found = images.mean(axis=(1, 2), dtype=np.float32)
                self.case.write(given["result"], lambda part, found=found: np.save(part, found))
            value = None if self.failed else {"ok": True}
            on_answer(Answer(task, value, self.failed))


@pytest.fixture
def ask(tmp_path, monkeypatch):
    def asked(pixels=PIXELS, backbone="one.py:net", name="data", told=None, **how):
        crew = Crew(Case(tmp_path), **how)
        monkeypatch.setattr(image_features, "CREW", crew)

        def tell(what, done, total):
            if told is not None:
                told.append((done, total))

        end = time.monotonic() + 60
        return features_of(crew.case, pixels, backbone, name, deadline=end, tell=tell), crew.done

    return asked


def test_features_stand_in_the_order_of_the_images(ask):
    told = []
    found, done = ask(told=told)
    np.testing.assert_allclose(found, PIXELS.mean(axis=(1, 2)), rtol=1e-6)
    assert found.dtype == np.float32
    assert [task.arguments["rows"] for task in done] == [[0, 4], [4, 8], [8, 10]]
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_nothing_is_computed_twice_and_a_late_run_goes_on(ask):
    with pytest.raises(OutOfTime, match="2 of 3"):
        ask(most=2)
    found, done = ask()
    assert [task.arguments["rows"] for task in done] == [[8, 10]]
    np.testing.assert_allclose(found, PIXELS.mean(axis=(1, 2)), rtol=1e-6)
    assert ask()[1] == []
    assert len(ask(backbone="one.py:other")[1]) == 3
    assert len(ask(name="other data")[1]) == 3


def test_a_backbone_that_fails_is_named(ask):
    with pytest.raises(RuntimeError, match=r"one\.py:net' failed: KeyError"):
        ask(failed="KeyError: 'a slip'")


def test_pixels_on_disk_are_mapped_and_a_part_of_them_is_copied(ask, tmp_path):
    np.save(tmp_path / "own.npy", PIXELS)
    own = np.load(tmp_path / "own.npy", mmap_mode="r")
    images = ask(own)[1][0].arguments["images"]
    assert images == str(tmp_path / "own.npy")
    found, done = ask(own[2:], name="part")
    assert done[0].arguments["images"] != images
    np.testing.assert_allclose(found, PIXELS[2:].mean(axis=(1, 2)), rtol=1e-6)


def test_a_backbones_tag_is_of_its_words_and_its_code(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("net = 1")
    tags = [backbone_tag(f"{file}:net"), backbone_tag(f"{file}:other"), backbone_tag("none")]
    file.write_text("net = 2")
    tags.append(backbone_tag(f"{file}:net"))
    assert len(set(tags)) == 4
    assert backbone_tag("x" * 5000)  # a name too long for a file is still a name


def test_tasks_are_plain_data(ask):
    _, done = ask()
    assert all(isinstance(task, Task) and isinstance(task.arguments, dict) for task in done)
