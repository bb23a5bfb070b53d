"""What the user reads: the terminal text and the one-page HTML report."""

from pathlib import Path

from steelyard.core.case import Case


def write_report(case: Case) -> Path:
    """Write the case's ``report.html``; see `steelyard.report.html.write_report`."""
    from steelyard.report.html import write_report as write  # jinja2 only when a page is written

    return write(case)
