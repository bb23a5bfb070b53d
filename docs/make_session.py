"""Runs the demo's digits for the README: writes docs/session.txt and docs/report.png.

    python docs/make_session.py [MINUTES]

The text is what the program printed, the picture what Debian's chromium made of its report.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from steelyard.demo import digits_folder

DOCS = Path(__file__).parent
WIDTH, HEIGHT = 1000, 1500  # of the page, before it is made smaller
SHOWN = 800
LARGEST = 400_000  # bytes of the picture
CHROMIUM = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", f"--window-size={WIDTH},{HEIGHT}",
)  # fmt: skip


def session(folder: Path, minutes: str) -> str:
    """Treat a long-tailed folder of digits, then compare; what a terminal would have shown."""
    digits_folder(folder / "digits")
    steelyard = Path(sys.executable).with_name("steelyard")
    plain = {**os.environ, "NO_COLOR": "1", "CI": "1"}
    shown = []
    for words in (
        ["treat", "digits", "--minutes", minutes],
        ["compare", ".steelyard/digits", "base", "kept"],
    ):
        done = subprocess.run(
            [steelyard, *words], cwd=folder, env=plain, text=True, stdout=subprocess.PIPE,
            check=True,
        )  # fmt: skip
        shown += [f"$ steelyard {' '.join(words)}", done.stdout.rstrip(), ""]
    return "\n".join(shown).rstrip() + "\n"


def picture(report: Path, png: Path) -> None:
    """The top of the report as a browser draws it, small enough for a README."""
    browser = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if browser is None:
        sys.exit("docs/report.png needs chromium: apt-get install chromium")
    subprocess.run(
        [browser, *CHROMIUM, f"--screenshot={png}", report.resolve().as_uri()],
        check=True, capture_output=True,
    )  # fmt: skip
    image = Image.open(png).convert("RGB")
    small = image.resize((SHOWN, SHOWN * image.height // image.width), Image.Resampling.LANCZOS)
    small.quantize(128, dither=Image.Dither.NONE).save(png, optimize=True)
    if png.stat().st_size > LARGEST:
        sys.exit(f"{png} has {png.stat().st_size} bytes; at most {LARGEST} are wanted")


def main(minutes: str = "3") -> None:
    """Write both."""
    with tempfile.TemporaryDirectory() as folder:
        text = session(Path(folder), minutes)
        picture(Path(folder, ".steelyard", "digits", "report.html"), DOCS / "report.png")
    (DOCS / "session.txt").write_text(text, "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
