"""How many customers each segment is expected to have on the next date, beside how many it has now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ..core import display
from . import theme
from .chart import Chart, Record
from .marks import OWN_COLOUR, TIP, Spec, measure, row_height, rows
from .words import drawable, finite, wrapped_names

_WIDTH = 400


@dataclass(frozen=True)
class Expected:
    """A segment's customers now, those expected on the next date, and the 80 % interval of these."""

    segment: int
    now: int
    expected: float
    low: float
    high: float

    @property
    def is_change(self) -> bool:
        """Whether the size of now lies outside the interval."""
        return not self.low <= self.now <= self.high


def expected_sizes(
    expected: Sequence[Expected], names: Mapping[int, str], colours: Mapping[int, str], *, as_of: date, on: date
) -> Chart | None:
    """Return a bar per segment for now (*as_of*), and a stroke with its interval for the next date (*on*).

    *expected* begins with the best segment; none where it is empty.
    """
    if not expected:
        return None
    shown = {one.segment: drawable(names[one.segment]) for one in expected}
    return Chart(
        name="expected_sizes",
        title=_finding(expected, shown, on),
        subtitle=f"Bars: {display.counted(sum(one.now for one in expected))} per segment on {as_of}; "
        f"strokes: expected on {on}, with 80 % intervals",
        alt="; ".join(_words(one, shown).replace("\n", ", ") for one in expected),
        spec=_spec(expected, shown, colours),
        table=(
            ("Segment", f"On {as_of}", f"Expected on {on}", "80 % interval", "Change"),
            [
                (
                    shown[one.segment],
                    display.count(one.now),
                    display.count(one.expected),
                    _interval(one),
                    _signed(one),
                )
                for one in expected
            ],
        ),
    )


def records(
    expected: Sequence[Expected], labels: Sequence[str], names: Mapping[int, str], colours: Mapping[int, str]
) -> list[Record]:
    """Return one record per segment: its line, size, expected size and interval, figures and words."""
    return [
        {
            "segment": one.segment,
            "label": labels[row],
            "row": row,
            "now": one.now,
            "expected": finite(one.expected),
            "low": finite(one.low),
            "high": finite(one.high),
            "aside": f"{display.count(one.now)} → {display.count(one.expected)} ({_interval(one)})",
            "colour": colours[one.segment],
            "tip": _words(one, names),
        }
        for row, one in enumerate(expected)
    ]


def _spec(expected: Sequence[Expected], names: Mapping[int, str], colours: Mapping[int, str]) -> Spec:
    labels = wrapped_names(list(names.values()), 24, lines=2)
    top = max(max(one.now, one.high, one.expected) for one in expected) or 1.0
    line = rows(labels)

    def across(field: str) -> Spec:
        return measure(field, "Customers", scale={"domain": [0, finite(top * 1.03)], "nice": False})

    interval = {"x": across("low"), "x2": {"field": "high"}, "y": line}
    expected_at = {"x": across("expected"), "y": line}
    stroke = {"type": "tick", "opacity": 1, "height": {"band": 0.6}}
    return {
        "width": _WIDTH,
        "height": row_height(labels, 32) * len(labels),
        "data": {"values": records(expected, labels, names, colours)},
        "layer": [
            {
                "mark": {"type": "bar", "height": {"band": 0.86}},
                "encoding": {"x": across("now"), "y": line, "color": OWN_COLOUR, **TIP},
            },
            # Paper below ink: both are seen on every segment's colour and beside it.
            {"mark": {"type": "rule", "strokeWidth": 7, "stroke": theme.PAPER}, "encoding": interval},
            {"mark": {**stroke, "thickness": 6, "fill": theme.PAPER}, "encoding": expected_at},
            {"mark": {"type": "rule", "strokeWidth": 3, "stroke": theme.INK}, "encoding": interval},
            {"mark": {**stroke, "thickness": 2, "fill": theme.INK}, "encoding": expected_at},
            {
                "mark": {"type": "text", "align": "left"},
                "encoding": {"x": {"value": _WIDTH + 10}, "y": line, "text": {"field": "aside"}},
            },
        ],
    }


def _finding(expected: Sequence[Expected], names: Mapping[int, str], on: date) -> str:
    changed = [one for one in expected if one.is_change and round(one.expected) != one.now]
    if not changed:
        return f"No segment's size is expected to change by {on} by more than chance explains"
    most = max(changed, key=lambda one: abs(one.expected - one.now))
    how = "grow" if most.expected > most.now else "shrink"
    return (
        f"{names[most.segment]} are expected to {how} from {display.count(most.now)} to "
        f"{display.count(most.expected)} by {on}"
    )


def _interval(one: Expected) -> str:
    return f"{display.count(one.low)}–{display.count(one.high)}"


def _signed(one: Expected) -> str:
    change = round(one.expected) - one.now
    return f"{'+' if change > 0 else '−' if change < 0 else ''}{display.count(abs(change))}"


def _words(one: Expected, names: Mapping[int, str]) -> str:
    return (
        f"{names[one.segment]}\n{display.counted(one.now)} now\n"
        f"{display.count(one.expected)} expected ({_interval(one)} with a chance of 80 %)"
    )
