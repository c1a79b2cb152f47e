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

SHARES = "Segment shares"
_WIDTH = 480
_CUT = 1.0  # longer bars end here: an index of 9 says no more than one of 1
VERDICT_COLOURS = {"steady": "#8397a8", "warn": "#d98200", "refit": "#b3261e"}

Limits = tuple[float, float]


def drift(
    indexes: Mapping[str, float],
    shares: float,
    *,
    of: str = SHARES,
    since: date,
    on: date,
    customers: int,
    warn: float,
    refit: float,
) -> Chart | None:
    """Return bars of the population stability index of *shares*, those *of* segments or cohorts, and below of each
    feature, largest first.

    *indexes* are by title of the feature; they compare the *customers* of the date *on* with those of *since*, when the
    model was fitted. *warn* and *refit* are the indexes from which a warning or a refit is due. None without customers.
    """
    if not customers:
        return None
    known = sorted(indexes.items(), key=lambda item: (math.isnan(item[1]), -item[1], item[0]))
    shown = {of: shares, **{drawable(name): index for name, index in known}}
    limits = warn, refit
    return Chart(
        name="drift",
        title=_finding(shown, since, limits),
        subtitle=f"Population stability index of {display.counted(customers)} on {on} against those of {since}; "
        f"limits: {warn:g} warn, {refit:g} refit",
        alt="; ".join(f"{name} {figure(index)}" for name, index in shown.items()),
        spec=_spec(shown, limits),
        table=(
            ("What", "Population stability index", "Verdict"),
            [(name, figure(index), verdict(index, limits)) for name, index in shown.items()],
        ),
    )


def verdict(index: float, limits: Limits) -> str:
    """Return ``steady``, ``warn`` or ``refit`` (from the first, from the second of *limits*); ``unknown`` for NaN.

    >>> [verdict(index, (0.1, 0.25)) for index in (0.05, 0.1, 0.25, math.nan)]
    ['steady', 'warn', 'refit', 'unknown']
    """
    if math.isnan(index):
        return "unknown"
    warn, refit = limits
    return "refit" if index >= refit else "warn" if index >= warn else "steady"


def figure(index: float) -> str:
    """Return *index* as people read it: with three decimals, which tell 0.099 from 0.1."""
    if math.isnan(index):
        return display.MISSING
    return "∞" if math.isinf(index) else f"{index:,.3f}"


def records(shown: Mapping[str, float], labels: list[str], longest: float, limits: Limits) -> list[Record]:
    """Return one record per index: its line, its length of at most *longest*, the figure, colour and words."""
    return [
        {
            "row": row,
            "label": labels[row],
            "value": 0.0 if math.isnan(index) else finite(min(index, longest)),
            "aside": figure(index),
            "colour": VERDICT_COLOURS.get(verdict(index, limits), theme.LINE),
            "tip": f"{name}\npopulation stability index {figure(index)}: {verdict(index, limits)}",
        }
        for row, (name, index) in enumerate(shown.items())
    ]


def _spec(shown: Mapping[str, float], limits: Limits) -> Spec:
    labels = wrapped_names(list(shown), 26, lines=2)
    known = [index for index in shown.values() if not math.isnan(index)]
    longest = min(max(_CUT, *limits), max([*limits, *known]))
    cut = any(index > longest for index in shown.values())
    title = f"Population stability index{f' (longer bars end at {longest:g})' if cut else ''}"
    value = measure("value", title, scale={"domain": [0, finite(longest * 1.04)], "nice": False})
    line = rows(labels)
    return {
        "width": _WIDTH,
        "height": row_height(labels, 28) * len(labels),
        "data": {"values": records(shown, labels, longest, limits)},
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
                "data": {"values": [{"value": limit} for limit in limits]},
                "mark": {"type": "rule", "stroke": theme.INK, "strokeDash": [4, 3]},
                "encoding": {"x": value},
            },
            # One left and one right of its line: they never meet.
            *(
                {
                    "data": {"values": [{"value": limit, "text": said}]},
                    "mark": {"type": "text", "baseline": "bottom", "fontSize": 11, "align": align},
                    "encoding": {"x": value, "y": {"value": -4}, "text": {"field": "text"}},
                }
                for limit, said, align in zip(limits, ("warn", "refit"), ("right", "left"), strict=True)
            ),
        ],
    }


def _finding(shown: Mapping[str, float], since: date, limits: Limits) -> str:
    known = {name: index for name, index in shown.items() if not math.isnan(index)}
    if not known:
        return f"Nothing can be compared with {since}"
    name = max(known, key=lambda one: known[one])
    worst = verdict(known[name], limits)
    if worst == "steady":
        return f"The customers are as they were on {since}: no index reaches {limits[0]:g}"
    enough = "to refit" if worst == "refit" else "to watch, not to refit"
    return f"{name} drifted most since {since}: {figure(known[name])}, enough {enough}"
