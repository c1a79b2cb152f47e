"""How far the customers have drifted from those the model was made of: population stability indexes against limits."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date

from ..core import display
from . import theme
from .chart import Chart, Record
from .marks import OWN_COLOUR, TIP, Spec, measure, row_height, rows
from .words import drawable, finite, wrapped_names

WARN, REFIT = 0.1, 0.25  # Siddiqi (2006), Credit Risk Scorecards: small, moderate, large shift
SHARES = "Segment shares"
_WIDTH = 480
_CUT = 1.0  # longer bars end here: an index of 9 says no more than one of 1
VERDICT_COLOURS = {"steady": "#8397a8", "warn": "#d98200", "refit": "#b3261e"}


def drift(indexes: Mapping[str, float], shares: float, *, since: date, on: date, customers: int) -> Chart | None:
    """Return bars of the population stability index of the segment *shares*, and below of each feature, largest first.

    *indexes* are by title of the feature; they compare the *customers* of the date *on* with those of *since*, when the
    model was fitted. None without customers.
    """
    if not customers:
        return None
    known = sorted(indexes.items(), key=lambda item: (math.isnan(item[1]), -item[1], item[0]))
    shown = {SHARES: shares, **{drawable(name): index for name, index in known}}
    return Chart(
        name="drift",
        title=_finding(shown, since),
        subtitle=f"Population stability index of {display.counted(customers)} on {on} against those of {since}; "
        f"limits: {WARN} warn, {REFIT} refit",
        alt="; ".join(f"{name} {figure(index)}" for name, index in shown.items()),
        spec=_spec(shown),
        table=(
            ("What", "Population stability index", "Verdict"),
            [(name, figure(index), verdict(index)) for name, index in shown.items()],
        ),
    )


def verdict(index: float) -> str:
    """Return ``steady``, ``warn`` (0.1 and more) or ``refit`` (0.25 and more); ``unknown`` for NaN.

    >>> [verdict(index) for index in (0.05, 0.1, 0.25, math.nan)]
    ['steady', 'warn', 'refit', 'unknown']
    """
    if math.isnan(index):
        return "unknown"
    return "refit" if index >= REFIT else "warn" if index >= WARN else "steady"


def figure(index: float) -> str:
    """Return *index* as people read it: with three decimals, which tell 0.099 from 0.1."""
    if math.isnan(index):
        return display.MISSING
    return "∞" if math.isinf(index) else f"{index:,.3f}"


def records(shown: Mapping[str, float], labels: list[str], longest: float) -> list[Record]:
    """Return one record per index: its line, its length of at most *longest*, the figure, colour and words."""
    return [
        {
            "row": row,
            "label": labels[row],
            "value": 0.0 if math.isnan(index) else finite(min(index, longest)),
            "aside": figure(index),
            "colour": VERDICT_COLOURS.get(verdict(index), theme.LINE),
            "tip": f"{name}\npopulation stability index {figure(index)}: {verdict(index)}",
        }
        for row, (name, index) in enumerate(shown.items())
    ]


def _spec(shown: Mapping[str, float]) -> Spec:
    labels = wrapped_names(list(shown), 26, lines=2)
    longest = min(_CUT, max([REFIT, *(index for index in shown.values() if not math.isnan(index))]))
    cut = any(index > longest for index in shown.values())
    title = f"Population stability index{f' (longer bars end at {longest:g})' if cut else ''}"
    value = measure("value", title, scale={"domain": [0, finite(longest * 1.04)], "nice": False})
    line = rows(labels)
    limits = [{"value": WARN, "text": "warn"}, {"value": REFIT, "text": "refit"}]
    return {
        "width": _WIDTH,
        "height": row_height(labels, 28) * len(labels),
        "data": {"values": records(shown, labels, longest)},
        "layer": [
            {
                "mark": {"type": "bar", "height": {"band": 0.86}},
                "encoding": {"x": value, "y": line, "color": OWN_COLOUR, **TIP},
            },
            {
                "mark": {"type": "text", "align": "left"},
                "encoding": {"x": {"value": _WIDTH + 8}, "y": line, "text": {"field": "aside"}},
            },
            {
                "data": {"values": limits},
                "mark": {"type": "rule", "stroke": theme.INK, "strokeDash": [4, 3]},
                "encoding": {"x": value},
            },
            {
                "data": {"values": limits},
                "mark": {"type": "text", "baseline": "bottom", "fontSize": 11},
                "encoding": {"x": value, "y": {"value": -4}, "text": {"field": "text"}},
            },
        ],
    }


def _finding(shown: Mapping[str, float], since: date) -> str:
    known = {name: index for name, index in shown.items() if not math.isnan(index)}
    if not known:
        return f"Nothing can be compared with {since}"
    name = max(known, key=lambda one: known[one])
    over = {limit: sum(index >= limit for index in known.values()) for limit in (WARN, REFIT)}
    if not over[WARN]:
        return f"The customers are as they were on {since}: no index reaches {WARN}"
    if not over[REFIT]:
        return f"{name} drifted most since {since}: {figure(known[name])}, enough to watch, not to refit"
    return f"{name} drifted most since {since}: {figure(known[name])}, enough to refit"
