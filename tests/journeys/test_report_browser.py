"""The report in a real browser: its parts are there, drawn, and fit wide and narrow pages."""

import json
import os
import re
import runpy
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from steelyard.report import write_report

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--virtual-time-budget=3000",
)
PARTS = "lead verdict recall gains metrics flips findings counts confusion calibration reproduce"
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"

# Only the test's copy of the page has a script: it tells its frame what the browser made of it.
MEASURE = """<script>addEventListener('load', () => {
  const box = e => e.getBoundingClientRect();
  document.querySelectorAll('details').forEach(fold => { fold.open = true; });
  const parts = [...document.querySelectorAll('[id]')];
  const plots = [...document.querySelectorAll('svg.plot')].filter(e => !e.closest('.unseen'));
  const flat = plots.filter(e => box(e).width < 20 || box(e).height < 10);
  const hidden = e => e && (getComputedStyle(e).overflowX === 'hidden' || hidden(e.parentElement));
  const wide = [...document.querySelectorAll('main *')]
    .filter(e => box(e).right > innerWidth + 1 && !e.closest('svg') && !hidden(e.parentElement));
  parent.postMessage(JSON.stringify({
    boxes: Object.fromEntries(parts.map(e => [e.id, [box(e).width, box(e).height]])),
    plots: plots.length,
    flat: flat.length,
    wide: wide.map(e => e.outerHTML.slice(0, 90)),
    width: innerWidth,
    overflow: document.documentElement.scrollWidth - innerWidth,
  }), '*');
});</script></body>"""
FRAME = """<!doctype html><iframe src="measured.html" width="{width}" height="1600"></iframe>
<pre></pre><style>iframe {{ border: 0 }}</style><script>addEventListener('message', event => {{
  document.querySelector('pre').textContent = event.data;
}});</script>"""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium"),
]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = Path(__file__).parents[1] / "unit" / "report" / "synthetic_case.py"
    write_case = runpy.run_path(str(made))["write_case"]
    names = ("W" * 300, "a b " * 90, "<b>bold</b>", *"cdefghijklmnopqrstuvwxyzABCDEFG")
    return write_report(write_case(tmp_path_factory.mktemp("case"), 34, names=names, largest=200))


def chromium(
    page: Path, folder: Path, width: int, *wanted: str
) -> "subprocess.CompletedProcess[str]":
    """Open ``page`` in a fresh browser."""
    command = [
        str(CHROMIUM),
        *FLAGS,
        f"--user-data-dir={folder / 'profile'}",
        f"--window-size={width},1600",
        *wanted,
        page.as_uri(),
    ]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)


def measured(page: Path, folder: Path, width: int) -> dict[str, Any]:
    """What the browser says of the page in a frame of that width (no window is so narrow)."""
    copy = page.read_text("utf-8").replace(POLICY, "img-src data:")
    (folder / "measured.html").write_text(copy.replace("</body>", MEASURE), "utf-8")
    frame = folder / "frame.html"
    frame.write_text(FRAME.format(width=width), "utf-8")
    said = re.search(r"<pre>(.*?)</pre>", chromium(frame, folder, 1300, "--dump-dom").stdout, re.S)
    assert said
    found: dict[str, Any] = json.loads(unescape(said[1]))
    return found


@pytest.mark.parametrize("width", [1200, 380])
def test_every_part_is_drawn_and_nothing_sticks_out(width: int, page: Path, tmp_path: Path) -> None:
    found = measured(page, tmp_path, width)
    assert found["width"] == width
    for part in PARTS.split():
        assert min(found["boxes"][part]) > 40, part
    assert found["plots"] > 90
    assert found["flat"] == 0
    assert found["wide"] == []
    assert found["overflow"] <= 0


def test_light_and_dark_pages_are_painted(page: Path, tmp_path: Path) -> None:
    grounds = {}
    for scheme, number in (("light", 1), ("dark", 0)):
        shot = tmp_path / f"{scheme}.png"
        settings = f"--blink-settings=preferredColorScheme={number}"
        chromium(page, tmp_path, 1200, settings, f"--screenshot={shot}")
        picture = np.asarray(Image.open(shot).convert("L"), dtype=float)
        assert picture.shape == (1600, 1200)
        grounds[scheme] = np.median(picture)
        inked = (np.abs(picture - grounds[scheme]) > 60).mean()
        assert 0.005 < inked < 0.3
    assert grounds["light"] > 200
    assert grounds["dark"] < 60


def test_the_page_forbids_the_network_and_needs_none(page: Path, tmp_path: Path) -> None:
    assert f'http-equiv="Content-Security-Policy" content="{POLICY}"' in page.read_text("utf-8")
    done = chromium(page, tmp_path, 1200, "--enable-logging=stderr", "--dump-dom")
    assert 'id="lead"' in done.stdout
    assert "Content Security Policy" not in done.stderr
