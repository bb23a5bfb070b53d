"""The HTML report of a case: one file, no script, no network, prints on paper."""

from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from steelyard.core.case import Case
from steelyard.kit.metrics import class_sentence, precision, recall
from steelyard.report.charts.calibration import calibration_chart
from steelyard.report.charts.confusions import confusions_chart
from steelyard.report.charts.counts import counts_chart
from steelyard.report.charts.curves import curves_chart
from steelyard.report.charts.gains import gains_chart
from steelyard.report.charts.members import member_rows_chart, members_chart
from steelyard.report.charts.recall import recall_chart
from steelyard.report.console import clip
from steelyard.report.contents import Contents
from steelyard.report.lead import figures, lead
from steelyard.report.look import look
from steelyard.report.tables import flips_view, metrics_table, recipe_rows
from steelyard.report.words import REMEDIES, VERDICT_WORDS, duration

SENTENCE = 900


def write_report(case: Case) -> Path:
    """Write ``report.html`` into the case from what lies there; only ``case.json`` must.

    Returns its path. Raises `UserError` E104 when there is no ``case.json``, and the errors of
    `Case.write`.
    """
    page = render(Contents.of(case))
    return case.write("report.html", lambda part: part.write(page.encode()))


def render(contents: Contents) -> str:
    """The page as text."""
    environment = Environment(
        loader=PackageLoader("steelyard.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Callable[..., Any]] = {
        "name": _name,
        "clean": _clean,
        "helps": _helps,
        "sentence": _sentence,
    }
    environment.filters.update(filters)
    page = environment.get_template("page.html.j2").render(
        case=contents.plain,
        title=_clean(contents.plain["data"].get("name") or "report"),
        style=Markup(resources.files("steelyard.report").joinpath("page.css").read_text("utf-8")),
        verdict=contents.verdict,
        verdict_words=VERDICT_WORDS,
        lead=lead(contents),
        figures=figures(contents),
        recall=recall_chart(contents),
        gains=gains_chart(contents),
        metrics=metrics_table(contents),
        flips=flips_view(contents),
        confusions=confusions_chart(contents),
        calibration=calibration_chart(contents),
        counts=counts_chart(contents),
        curves=curves_chart(contents),
        members=members_chart(contents),
        member_rows=member_rows_chart(contents),
        sentences=_sentences(contents),
        findings=contents.findings,
        look=look(contents),
        reproduce=contents.reproduce,
        recipe=recipe_rows(contents),
        notes=contents.notes,
        took=duration(float(contents.plain.get("seconds") or 0.0)),
    )
    return page.strip() + "\n"


def _sentences(contents: Contents) -> list[str]:
    """One plain sentence a class, about the kept model."""
    if contents.confusions is None:
        return []
    before, after = contents.confusions
    matrix = before if after is None else after
    found, trusted = recall.from_confusion(matrix), precision.from_confusion(matrix)
    every = zip(trusted, found, contents.names)
    return [class_sentence(float(p), float(r), name) for p, r, name in every]


def _clean(text: object) -> str:
    """The user's words without control characters, cut where they would fill the page."""
    return clip(text, SENTENCE)


def _name(text: str) -> Markup:
    """A class name that is cut when long, with the whole of it in its title."""
    return Markup('<span class="name" title="{}">{}</span>').format(clip(text, 200), clip(text))


def _sentence(name: str) -> str:
    """A finding's name as the start of a sentence."""
    words = name.replace("-", " ")
    return words[:1].upper() + words[1:]


def _helps(code: str) -> str:
    """A remedy's code with its name."""
    return f"{code} {REMEDIES[code].NAME}" if code in REMEDIES else code
