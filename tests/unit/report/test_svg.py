"""The little SVG there is: escaping, places in per cent, round ticks."""

import math
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.report.charts.rows import FOLD_ABOVE, Row, RowChart
from steelyard.report.svg import Scale, axis, padded, plot, polyline, tag

finite = st.floats(-1e6, 1e6).map(lambda x: round(x, 6))


@given(st.text(), st.text())
def test_what_the_user_wrote_never_becomes_markup(inside: str, attribute: str) -> None:
    allowed = {c for c in inside + attribute if not c.isprintable()}
    if allowed:  # XML has no control characters at all; `printable` removes them earlier
        return
    element = ElementTree.fromstring(tag("text", inside, id=attribute))
    assert (element.text or "") == inside
    assert element.get("id") == attribute
    assert len(element) == 0


def test_a_tag_inside_a_tag_stays_a_tag() -> None:
    assert tag("g", tag("line", x1=0.5), "<b>") == '<g><line x1="0.5"/>&lt;b&gt;</g>'


@given(finite, finite, finite)
def test_scale_is_monotone_and_stays_inside(a: float, b: float, value: float) -> None:
    scale = Scale(min(a, b), max(a, b))
    assert 0 <= scale.share(value) <= 1
    assert scale.share(value) <= scale.share(value + 1)


def test_log_scale_by_hand() -> None:
    scale = Scale(1, 1000, log=True)
    # log10(31.62) / 3 = 0.5
    assert scale.share(31.6227766) == pytest.approx(0.5)
    assert scale.share(0) == 0.0  # a class without rows lies on the edge


@given(finite, st.floats(1e-6, 1e6))
def test_ticks_are_few_and_inside(low: float, wide: float) -> None:
    scale = Scale(low, low + wide)
    air = 1e-6 * max(abs(low), wide, 1)
    if scale.high - scale.low < 1e-9 * max(abs(low), 1):
        return  # narrower than a float can tell
    assert len(scale.ticks) <= 7
    assert all(scale.low - air <= tick <= scale.high + air for tick in scale.ticks)


def test_padded_ignores_missing_limits() -> None:
    scale = padded([0.1, math.nan, 0.3])
    assert scale.low < 0
    assert scale.high > 0.3
    assert math.isfinite(scale.high)


def test_plot_is_named_for_those_who_do_not_see_it() -> None:
    drawn = ElementTree.fromstring(plot(20, label="5 of 14 <right>"))
    assert drawn.get("role") == "img"
    assert drawn[0].text == "5 of 14 <right>"
    assert drawn.get("width") == "100%"


def test_zero_has_no_sign_on_an_axis() -> None:
    assert ">0<" in axis(Scale(-0.1, 0.1), "{:+g}")


def test_a_polyline_goes_up_where_values_do() -> None:
    assert 'points="0,100 100,0"' in polyline([0, 1], [0, 1], "line")


def rows(n: int) -> RowChart:
    every = tuple(Row(str(i), ("1",), tag("svg")) for i in range(n))
    return RowChart("k", "t", "c", "class", ("n",), tag("svg"), every)


def test_a_long_chart_is_folded_in_the_middle_and_loses_no_row() -> None:
    assert len(rows(FOLD_ABOVE).parts) == 1
    parts = rows(100).parts
    assert [name for name, _ in parts] == ["", "76 classes between", ""]
    assert [row.name for _, part in parts for row in part] == [str(i) for i in range(100)]
