"""The page of the classic example: its text, its table and its chart, from the results alone."""

import datetime
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from classic import ACCURACY, BALANCED, Outcome, Results

from steelyard.kit.intervals import below_chance
from steelyard.report.svg import Scale, tag

LEFT, WIDE, GAP, LINE, TOP = 260, 280, 40, 24, 62


def write_page(results: Results, folder: Path, seconds: float) -> None:
    """Write ``classic.md`` and ``classic.svg`` into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "classic.svg").write_text(chart(results), "utf-8")
    (folder / "classic.md").write_text(page(results, seconds), "utf-8")


# -------------------------------------------------------------------------- the text
def page(results: Results, seconds: float) -> str:
    """The page in Markdown."""
    base = results.outcomes[0]
    leader = next(one for one in results.outcomes if one.name == results.leader)
    common, rare = _by_size(results)
    rows = len(base.test.target)
    return f"""<!-- written by docs/examples/classic.py: do not edit -->

# The classic example

{_situation(results)}

Made by `python docs/examples/classic.py` on {datetime.date.today()} in {seconds:.0f} s of
processor time ({_versions()}).
Needs `../shared/data/cifar10.npz` beside the checkout. The same seeds give the same numbers.

## The illness

The base, a linear head on frozen EfficientNet-Lite0 features, is right on
{_percent(base.test.value(ACCURACY))} of the {rows} test images {_limits(base)}:
{_against_coin(base)}. It finds {_percent(base.recalls[common])} of the {_names(results)[common]}s
and {_percent(base.recalls[rare])} of the {_names(results)[rare]}s. What `steelyard examine` says
before any test image is looked at:

{_findings(results)}

## The remedies

Each is applied to the base, trained on all training rows with 3 seeds, and shown on the same test
images. Gains are in balanced accuracy against the **tuned base** (the ordinary settings, chosen on
the training rows), paired by image and seed, with 95 % limits; p after Holm over all
{len(results.outcomes) - 2} claims. `--prior` marks those that were told how often each class occurs
in use; with R620 the goal was then accuracy.

![Accuracy and balanced accuracy of every trial on the test images](classic.svg)

{_table(results)}
Filled dots in the chart and **bold** names in the table: helped, by the rule that `treat` uses
(interval above 0, at least 1 point, p at most 0.05). Who looks at the training rows only, out of
fold, as one has to when choosing, takes **{leader.name}**: {leader.on_work:.3f} there, and on the
test images {leader.gain.signed} over the tuned base.

{_what_helped(results.outcomes)}

## What to take from it

- Accuracy is a poor judge here. Whoever always says "{_names(results)[rare]}" is right on
  {_percent(base.test.counts[rare] / rows)} of these images and finds no {_names(results)[common]}.
  {_asked_for_accuracy(results)}
- The tuned base alone is worth {-base.gain.mean:+.3f} over the base: without it every remedy would
  be credited with that.
- With {base.test.counts[common]} {_names(results)[common]}s to test on, the limits lie
  {_half_width(results.outcomes)} from the gains; what is smaller stays unproven.
- All of this is one draw of images, of one pair of classes, on one kind of model. The next data set
  may want another remedy; that is why `treat` tries them.

Label cleaning is not in this version; it joins this page when it lands.
"""


def _asked_for_accuracy(results: Results) -> str:
    """What a rule does that was tuned to accuracy under the prior in use."""
    common, rare = _by_size(results)
    told = [one for one in results.outcomes if one.name.endswith("threshold --prior")]
    return "".join(
        f"A threshold tuned to accuracy under this prior does as it is told: it finds "
        f"{_percent(one.recalls[rare])} of the {_names(results)[rare]}s and "
        f"{_percent(one.recalls[common])} of the {_names(results)[common]}s."
        for one in told
    )


def _half_width(outcomes: Sequence[Outcome]) -> str:
    half = sum(one.gain.high - one.gain.low for one in outcomes[2:]) / 2 / len(outcomes[2:])
    return f"{half:.3f} on average"


def _situation(results: Results) -> str:
    data, (common, rare) = results.data, _by_size(results)
    work, test = data.counts(results.work), results.outcomes[0].test.counts
    name = data.classes
    return (
        f"{work[common]:,} images of one class ({name[common]}) and {work[rare]:,} of another that "
        f"looks like it ({name[rare]}), from CIFAR-10, 32 px. In use the mix is the other way "
        f"round: {test[common]:,} {name[common]}s and {test[rare]:,} {name[rare]}s."
    )


def _against_coin(base: Outcome) -> str:
    right, n = int((base.test.predicted[0] == base.test.target).sum()), len(base.test.target)
    return {
        "below": "proven worse than a coin",
        "above": "better than a coin",
        "unknown": "no better than a coin as far as these rows can tell",
    }[below_chance(right, n, 0.5)]


def _findings(results: Results) -> str:
    lines = (f"- **{f.code} {f.name}** ({f.severity}): {f.says}." for f in results.findings)
    return "\n".join(lines)


def _table(results: Results) -> str:
    common, rare = _by_size(results)
    names = _names(results)
    head = ["trial", "what changed", "accuracy", names[common], names[rare], "balanced accuracy",
            "gain over tuned base", "p"]  # fmt: skip
    lines = [head, ["---"] * len(head)]
    for one in results.outcomes:
        claim = one in results.outcomes[2:]
        lines += [[
            f"**{one.name}**" if claim and one.helped == "helped" else one.name,
            one.change, f"{one.test.value(ACCURACY):.3f}",
            f"{one.recalls[common]:.3f}", f"{one.recalls[rare]:.3f}",
            str(one.test.interval(BALANCED)),
            one.gain.signed if one is not results.outcomes[1] else "",
            f"{one.corrected_p:.3f}" if claim else "",
        ]]  # fmt: skip
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _what_helped(outcomes: Sequence[Outcome]) -> str:
    said = []
    for word, text in (
        ("helped", "Helped"), ("not proven", "Not proven either way"), ("harmed", "Did harm"),
    ):  # fmt: skip
        some = sorted((o for o in outcomes[2:] if o.helped == word), key=lambda o: -o.gain.mean)
        if some:
            listed = ", ".join(f"{one.name} ({one.gain.mean:+.3f})" for one in some)
            said += [f"{text}: {listed}."]
    return "\n\n".join(said)


def _by_size(results: Results) -> tuple[int, int]:
    """The class that is common in training, and the rare one."""
    counts = results.data.counts(results.work)
    return int(counts.argmax()), int(counts.argmin())


def _names(results: Results) -> tuple[str, ...]:
    return results.data.classes


def _versions() -> str:
    packages = (f"{name} {version(name)}" for name in ("steelyard", "torch"))
    return f"{', '.join(packages)}, Python {platform.python_version()}, {platform.machine()}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _limits(one: Outcome) -> str:
    found = one.test.interval(ACCURACY)
    return f"[{100 * found.low:.0f}, {100 * found.high:.0f}]"


# ------------------------------------------------------------------------- the chart
def chart(results: Results) -> str:
    """Two panels of dots with intervals, a line a trial, as an SVG that stands alone."""
    height = TOP + LINE * len(results.outcomes) + 20
    width = LEFT + 2 * WIDE + GAP + 20
    always = results.outcomes[0].test.counts.max() / len(results.outcomes[0].test.target)
    panels = (
        (ACCURACY, "accuracy on the test images", LEFT,
         (("coin", 0.5), (f"always {_names(results)[_by_size(results)[1]]}", always))),
        (BALANCED, "balanced accuracy", LEFT + WIDE + GAP, (("guessing", 0.5),)),
    )  # fmt: skip
    style = (
        "text{font:13px system-ui,sans-serif;fill:#222}.small{font-size:11px;fill:#555}"
        ".bar{stroke:#222;stroke-width:1.5}.line{stroke:#999;stroke-dasharray:3 3}"
        ".dot{stroke:#222;stroke-width:1.5;fill:#fff}.helped{fill:#222}.grid{stroke:#eee}"
    )
    parts = [tag("style", style), tag("rect", width="100%", height="100%", fill="#fff")]
    parts += [
        tag("text", one.name, x=LEFT - 12, y=_y(i) + 4, text_anchor="end")
        for i, one in enumerate(results.outcomes)
    ]
    for goal, title, left, lines in panels:
        parts += _panel(results, goal, title, left, lines, height)
    svg = tag(
        "svg", *parts, xmlns="http://www.w3.org/2000/svg", width=width, height=height,
        viewBox=f"0 0 {width} {height}", role="img", aria_label="what each trial is worth",
    )  # fmt: skip
    return f"{svg}\n"


def _panel(results, goal, title, left, lines, height):  # type: ignore[no-untyped-def]
    scale, bottom = Scale(0.3, 1.0), height - 16

    def x(value: float) -> float:
        return left + WIDE * scale.share(value)

    parts = [tag("text", title, x=left, y=18)]
    for value in scale.ticks:
        parts += [
            tag("line", x1=x(value), x2=x(value), y1=TOP - 14, y2=bottom, class_="grid"),
            tag("text", f"{value:g}", x=x(value), y=height - 3, class_="small",
                text_anchor="middle"),
        ]  # fmt: skip
    for name, value in lines:
        parts += [
            tag("line", x1=x(value), x2=x(value), y1=TOP - 18, y2=bottom, class_="line"),
            tag("text", name, x=x(value), y=TOP - 22, class_="small", text_anchor="middle"),
        ]
    for i, one in enumerate(results.outcomes):
        found = one.test.interval(goal)
        filled = " helped" if i > 1 and one.helped == "helped" else ""
        parts += [
            tag("line", x1=x(found.low), x2=x(found.high), y1=_y(i), y2=_y(i), class_="bar"),
            tag("circle", cx=x(found.mean), cy=_y(i), r=4.5, class_=f"dot{filled}"),
        ]
    return parts


def _y(row: int) -> int:
    return TOP + LINE * row
