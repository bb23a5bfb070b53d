"""One thread a process, before anything loads numpy or torch; the same examples in every run."""

import os

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")
os.environ.setdefault("COLUMNS", "92")

from hypothesis import settings  # noqa: E402 - the threads come first

settings.register_profile(
    "steelyard", derandomize=True, deadline=None, print_blob=False, database=None
)
settings.load_profile("steelyard")
