"""The crew, with workers that really sleep, die, run out of memory and meet bad input."""

import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from steelyard.core.case import Case
from steelyard.core.errors import UserError
from steelyard.engine.crew import Crew, Task

# What a user's own backbone may do to the worker that imports it.
MISDEEDS = {
    "sleep": "import time\ndef f(): time.sleep(600)",
    "nap": "import time, torch\ndef f():\n    time.sleep(1.5)\n    return torch.nn.Flatten()",
    "leave": "import os\ndef f(): os._exit(7)",
    "killed": "import os, signal\ndef f(): os.kill(os.getpid(), signal.SIGKILL)",
    "greedy": "import torch, steelyard.engine.jobs as jobs\ndef f():\n"
    "    jobs.JOBS['greedy'] = lambda: {'n': len(bytearray(1 << 60))}\n"
    "    return torch.nn.Flatten()",
    "slip": "def f(): raise KeyError('a slip')",
    "chatty": "import torch\ndef f():\n    print('{\"ok\": false}')\n    return torch.nn.Flatten()",
}


@pytest.fixture(scope="module")
def crew():
    one = Crew(1)
    yield one
    one.dismiss()


@pytest.fixture
def task(tmp_path):
    """A task whose backbone does what ``how`` says."""
    Case(tmp_path).write("images.npy", lambda part: np.save(part, np.zeros((2, 4, 4, 3), np.uint8)))

    def make(how):
        file = tmp_path / f"{how}.py"
        file.write_text(MISDEEDS.get(how, ""))
        arguments = {
            "images": str(tmp_path / "images.npy"), "rows": [0, 2], "backbone": f"{file}:f",
            "image_side": 4, "case": str(tmp_path), "result": f"{how}.npy",
        }  # fmt: skip
        return Task("features", arguments, how)

    return make


def test_a_task_is_done_and_timed(crew, task, tmp_path):
    told = []
    (answer,) = crew.run([task("chatty")], on_answer=told.append)
    assert answer.value is not None, answer.failed
    assert told == [answer]
    assert answer.seconds > 0
    assert len(np.load(tmp_path / "chatty.npy")) == 2


@pytest.mark.parametrize(("how", "why"), [("leave", "exit 7"), ("killed", "want of memory")])
def test_a_worker_that_dies_is_an_answer_and_the_next_task_is_done(crew, task, how, why):
    first, second = crew.run([task(how), task("chatty")])
    assert first.value is None
    assert why in first.failed
    assert second.value is not None
    assert len(crew._workers) == 1


def test_a_task_for_which_there_is_no_memory_fails_and_its_worker_lives_on(crew, task):
    crew.run([task("greedy")])
    (worker,) = crew._workers
    (answer,) = crew.run([Task("greedy", {})])
    assert (answer.value, answer.failed) == (None, "not enough memory")
    assert crew._workers == [worker]


def test_a_death_is_told_though_another_answers_first(task):
    """Of two workers one dies while the other's answers keep the crew busy."""
    two = Crew(2)
    try:
        answers = two.run([task("leave"), *[task("chatty")] * 6])
    finally:
        two.dismiss()
    assert sorted(answer.task.name for answer in answers) == ["chatty"] * 6 + ["leave"]


def test_the_deadline_kills_a_busy_worker_and_later_runs_work(crew, task):
    crew.warm_up()
    (worker,) = crew._workers
    assert crew.run([task("sleep"), task("chatty")], deadline=time.monotonic() + 1.0) == []
    assert worker.process.poll() == -signal.SIGKILL
    assert [answer.value is not None for answer in crew.run([task("chatty")])] == [True]


def test_what_was_begun_may_finish_but_nothing_new_is_begun(task):
    """Two workers, three tasks, and no start after the first two."""
    two = Crew(2)
    begun = time.monotonic()
    tasks = [task("nap")] * 3
    try:
        assert two.run(tasks, last_start=begun) == []
        answers = two.run(tasks, last_start=time.monotonic() + 1.0, deadline=begun + 600)
    finally:
        two.dismiss()
    # a nap is longer than that, so each worker has but its first task
    assert [answer.value is not None for answer in answers] == [True, True]


def test_a_deadline_that_has_passed_starts_nothing(crew, task, tmp_path):
    assert crew.run([task("chatty")], deadline=time.monotonic() - 1.0) == []
    assert not (tmp_path / "chatty.npy").exists()


def test_the_user_s_error_comes_out_as_it_went_in(crew, task):
    with pytest.raises(UserError) as caught:
        crew.run([task("slip"), task("chatty")])
    error = caught.value
    assert error.code == "E161"
    assert "a slip" in str(error)
    assert error.where.startswith("--backbone")
    assert [answer.value is not None for answer in crew.run([task("chatty")])] == [True]


def test_a_caller_that_raises_leaves_no_busy_worker(crew, task):
    def stop(answer):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        crew.run([task("chatty"), task("sleep")], on_answer=stop)
    assert not any(worker.task for worker in crew._workers)


def test_an_idle_worker_that_died_is_replaced(crew, task):
    crew.warm_up()
    (worker,) = crew._workers
    os.kill(worker.process.pid, signal.SIGKILL)
    worker.process.wait()
    assert [answer.value is not None for answer in crew.run([task("chatty")])] == [True]


def test_an_unknown_job_fails_and_says_so(crew):
    (answer,) = crew.run([Task("no such job", {})])
    assert answer.value is None
    assert "KeyError" in answer.failed


def test_no_process_is_left_when_the_crew_is_dismissed():
    two = Crew(2)
    two.warm_up()
    processes = [worker.process for worker in two._workers]
    two.dismiss()
    assert len(processes) == 2
    assert all(process.poll() is not None for process in processes)


def test_workers_use_one_thread_each(crew):
    crew.warm_up()
    environment = Path(f"/proc/{crew._workers[0].process.pid}/environ").read_text()
    assert "OMP_NUM_THREADS=1" in environment
