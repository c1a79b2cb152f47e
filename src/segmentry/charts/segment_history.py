"""How many customers each segment had on every snapshot date: one stacked bar per date."""

from __future__ import annotations

from calendar import month_abbr, monthrange
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from ..core import display
from .chart import Chart, Record
from .line_ends import end_layers, line_ends, room
from .marks import OWN_COLOUR, TIP, Spec, measure
from .words import drawable, finite, labels_split, wrapped_names

_WIDTH, _LEAST_HEIGHT = 600, 300.0
_MOST_LABELS = 12
_WIDEST_STEP = 110  # pixels from a bar to the next: two dates need no broad ones


def segment_history(
    dates: Sequence[date], counts: NDArray[np.int64], names: Mapping[int, str], colours: Mapping[int, str]
) -> Chart | None:
    """Return one stacked bar per date; none where there was never a customer.

    *counts*, shape (dates, segments), are customers; its columns are the segments of *names*, the best first and
    drawn at the bottom, where a change is easiest to see.
    """
    if not counts.sum():
        return None
    names = {label: drawable(name) for label, name in names.items()}
    marks = records(dates, counts, names, colours)
    when = f"from {dates[0]} to {dates[-1]}" if len(dates) > 1 else f"on {dates[0]}"
    people = display.counted(int(counts[-1].sum()))
    return Chart(
        name="segment_history",
        title=_finding(dates, counts, list(names.values())),
        subtitle=f"Customers per segment {when}, the best segment at the bottom; {people} on the last date",
        alt="Stacked bars of customers per segment. On the last date: "
        + ", ".join(f"{name} {display.count(count)}" for name, count in zip(names.values(), counts[-1], strict=True)),
        spec=_spec(dates, counts, names, colours, marks),
        table=(
            ("Date", *names.values(), "All"),
            [
                (f"{day}", *map(display.count, row), display.count(row.sum()))
                for day, row in zip(dates, counts, strict=True)
            ],
        ),
    )


def records(
    dates: Sequence[date], counts: NDArray[np.int64], names: Mapping[int, str], colours: Mapping[int, str]
) -> list[Record]:
    """Return one record per date and segment that has customers: where its piece begins and ends, colour and words."""
    found = []
    for column, (day, row) in enumerate(zip(dates, counts.tolist(), strict=True)):
        at, total = 0, sum(row)
        for (label, name), count in zip(names.items(), row, strict=True):
            if count:
                found.append(
                    {
                        "segment": label,
                        "column": column,
                        "from": at,
                        "to": at + count,
                        "colour": colours[label],
                        "tip": f"{name} on {day}\n{display.counted(count)} ({display.share(count / total)})",
                    }
                )
            at += count
    return found


def _spec(
    dates: Sequence[date],
    counts: NDArray[np.int64],
    names: Mapping[int, str],
    colours: Mapping[int, str],
    marks: list[Record],
) -> Spec:
    totals = counts.sum(axis=1)
    few = len(dates) <= _MOST_LABELS
    width = min(_WIDTH, _WIDEST_STEP * len(dates))
    top = float(totals.max()) * (1.08 if few else 1.0)
    labels = wrapped_names(list(names.values()), 24, lines=2)
    height = max(_LEAST_HEIGHT, room(labels))
    across = {
        "field": "column",
        "type": "ordinal",
        "scale": {"domain": list(range(len(dates))), "padding": 0.14},
        "axis": {"title": None, "labelExpr": labels_split(_labels(dates)), "labelAngle": 0, "grid": False},
    }
    up = measure("from", "Customers", scale={"domain": [0, finite(top)], "nice": False})
    middles = np.cumsum(counts[-1]) - counts[-1] / 2
    wanted = ((top - middles) / top * height).tolist()
    # From the top down: where pieces are too thin to see, names still stand in their order.
    ends = line_ends(list(names)[::-1], colours, labels[::-1], wanted[::-1], height)
    for end in ends:
        end["from"] = finite((1 - end.pop("at") / height) * top, 8)
    sums = [{"column": column, "from": int(total), "text": display.count(total)} for column, total in enumerate(totals)]
    return {
        "width": width,
        "height": height,
        "layer": [
            {
                "data": {"values": marks},
                "mark": {"type": "bar"},
                "encoding": {"x": across, "y": up, "y2": {"field": "to"}, "color": OWN_COLOUR, **TIP},
            },
            {
                "data": {"values": sums if few else []},
                "mark": {"type": "text", "dy": -8, "fontSize": 11},
                "encoding": {"x": across, "y": up, "text": {"field": "text"}},
            },
            *end_layers(ends, width, up),
        ],
    }


def _labels(dates: Sequence[date]) -> list[str]:
    """Return day and month under each bar, the year below where it begins; only some when the dates are many."""
    step = -(-len(dates) // _MOST_LABELS)
    labels, year = [], 0
    for place, day in enumerate(dates):
        if (len(dates) - 1 - place) % step:  # counted from the last date, which is always named
            labels.append("")
            continue
        labels.append(f"{day.day} {month_abbr[day.month]}" + (f"\n{day.year}" if day.year != year else ""))
        year = day.year
    return labels


def _finding(dates: Sequence[date], counts: NDArray[np.int64], names: list[str]) -> str:
    change = counts[-1] - counts[0]
    if not change.any():
        most = int(counts[-1].argmax())
        return f"{names[most]} are the largest segment: {display.count(counts[-1, most])} customers" + (
            "; no segment changed in size" if len(dates) > 1 else ""
        )
    place = int(np.abs(change).argmax())
    first, last = (display.count(counts[row, place]) for row in (0, -1))
    how = "grew" if change[place] > 0 else "shrank"
    return f"{names[place]} {how} from {first} to {last} in {between(dates[0], dates[-1])}"


def between(first: date, last: date) -> str:
    """Return the time between two dates in words: whole years or months where it is that, else days.

    >>> between(date(2011, 1, 31), date(2011, 4, 30)), between(date(2011, 1, 1), date(2011, 1, 15))
    ('3 months', '14 days')
    """
    months = (last.year - first.year) * 12 + last.month - first.month
    ends = all(day.day == monthrange(day.year, day.month)[1] for day in (first, last))
    if first.day != last.day and not ends:
        return display.counted((last - first).days, "days")
    return display.counted(months, "months") if months % 12 else display.counted(months // 12, "years")
