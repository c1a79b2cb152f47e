"""The charts of who moved, from a history and from one step of it: what each of them draws, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..movement.history import ABSENT
from ..profile.segments import Segment
from .calibration import calibration
from .causes import causes
from .chart import Chart
from .drift import drift
from .expected_sizes import Expected, expected_sizes
from .flows import flows
from .segment_history import segment_history
from .theme import paler, segment_colours, shade
from .transition_map import transition_map
from .worth_saving import worth_saving

if TYPE_CHECKING:  # a run without snapshots imports none of it
    from ..movement.forecast import Forecast
    from ..movement.transitions import Movement, Step

Names = Mapping[int, str]
APART = -1
DECLARED = 1000  # added to the places of declared segments, so that they are no ids of those found
MODELS = {
    "boosted": "Boosted trees",
    "markov_idle": "Idle Markov chain",
    "markov": "Markov chain",
    "persistence": "Persistence",
}


def build_movement_charts(movement: Movement, cohorts: Iterable[tuple[Segment, ...]]) -> dict[str, Chart]:
    """Return the charts of a history by name: sizes over time, flows, rates, and why customers moved.

    *cohorts* are the segments of each, or of the only one.
    """
    from ..movement.transitions import rates

    history = movement.history
    names, dates = history.names, history.dates
    colours = numbered_colours(cohorts)
    counts = np.array([[int((one.labels == label).sum()) for label in names] for one in history.snapshots])
    ids, moves, _ = rates(movement)
    pooled = transition_map(moves, names, ids, start=dates[0], end=dates[-1], periods=len(movement.steps))
    built = [segment_history(dates, counts, names, colours), pooled, *step_charts(movement.steps[-1], names, colours)]
    return {chart.name: chart for chart in built if chart is not None}


def build_rule_movement_charts(movement: Movement) -> dict[str, Chart]:
    """Return the charts of a history of declared segments by name: flows in the last period, rates, and causes."""
    from ..movement.transitions import rates

    history, step = movement.history, movement.steps[-1]
    ids, moves, _ = rates(movement)
    # A mark's segment lights up with all others of that number: these are none of those that were found.
    declared = _declared(np.array(ids)).tolist()
    names = dict(zip(declared, history.names.values(), strict=True))
    colours = _colours(dict(zip(declared, history.tones.values(), strict=True)))
    shifted = replace(step, before=_declared(step.before), after=_declared(step.after))
    dates = history.dates
    drawn = [
        *step_charts(shifted, names, colours),
        transition_map(moves, names, declared, start=dates[0], end=dates[-1], periods=len(movement.steps)),
    ]
    return {f"rule_{one.name}": replace(one, name=f"rule_{one.name}") for one in drawn if one is not None}


def _declared(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.where(labels < 0, labels, labels + DECLARED)


def _colours(tones: Mapping[int, str]) -> dict[int, str]:
    """Return the colour of each segment: the shades of its tone, in the order of *tones*."""
    used: Counter[str] = Counter()
    colours = {}
    for label, tone in tones.items():
        colours[label] = shade(tone, used[tone])
        used[tone] += 1
    return colours


def build_forecast_charts(forecast: Forecast, cohorts: Iterable[tuple[Segment, ...]]) -> dict[str, Chart]:
    """Return the charts of a forecast by name: expected sizes, how right probabilities were, and whom to save.

    *cohorts* are the segments of each, or of the only one.
    """
    names = {**forecast.history.names, ABSENT: "Gone"}
    colours = {**numbered_colours(cohorts), ABSENT: shade("noise", 0)}
    now = {label: int((forecast.segment == label).sum()) for label in names}
    sizes = [
        Expected(one.segment, now[one.segment], one.size, one.size_low, one.size_high) for one in forecast.expected()
    ]
    as_of = forecast.history.dates[-1]
    built = [
        expected_sizes(sizes, names, colours, as_of=as_of, on=forecast.date),
        _calibration(forecast),
        worth_saving(forecast.ids, forecast.value_at_risk, forecast.segment, names, colours),
    ]
    return {chart.name: chart for chart in built if chart is not None}


def _calibration(forecast: Forecast) -> Chart | None:
    """Return how right the probabilities of every segment were in the backtest, by model."""
    from ..movement.metrics import EVERY

    if forecast.backtest is None:
        return None
    curves = {
        MODELS[name]: [one for one in curve if one.of == EVERY] for name, curve in forecast.backtest.calibration.items()
    }
    return calibration(curves, chosen=MODELS[forecast.model], event="each segment one period later")


def build_charts_since(
    step: Step,
    names: Names,
    cohorts: Iterable[tuple[Segment, ...]],
    indexes: Mapping[str, float],
    limits: tuple[float, float],
) -> dict[str, Chart]:
    """Return the charts on a run and the one before by name: flows, why customers moved, and drift.

    *cohorts* are the segments of each, or of the only one. *indexes* are the population stability indexes of features
    by title, that of the shares of segments (of cohorts) last; nothing drifted where there are none. *limits* are those
    from which a warning or a refit is due.
    """
    colours = dict.fromkeys(names, shade("noise", 0)) | numbered_colours(cohorts)
    drawn = step_charts(step, names, colours)
    built: list[Chart | None] = [replace(one, name=f"{one.name}_since") for one in drawn if one is not None]
    if indexes:
        *features, shares = indexes.items()
        after = int((step.after >= APART).sum())
        warn, refit = limits
        built.append(
            drift(
                dict(features),
                shares[1],
                of=shares[0],
                since=step.start,
                on=step.end,
                customers=after,
                warn=warn,
                refit=refit,
            )
        )
    return {chart.name: chart for chart in built if chart is not None}


def step_charts(step: Step, names: Names, colours: Mapping[int, str]) -> list[Chart | None]:
    """Return who went where between two dates, and why."""
    from ..movement.causes import main_causes

    pairs = list(zip(step.before.tolist(), step.after.tolist(), strict=True))
    reasons: dict[tuple[int, int], Counter[str]] = {}
    for pair, reason in zip(pairs, main_causes(step.parts, step.moved).tolist(), strict=True):
        if reason:
            reasons.setdefault(pair, Counter())[reason] += 1
    return [
        flows(Counter(pairs), names, colours, start=step.start, end=step.end),
        causes(reasons, names, start=step.start, end=step.end),
    ]


def numbered_colours(cohorts: Iterable[tuple[Segment, ...]]) -> dict[int, str]:
    """Return the colour of each segment of *cohorts* by the id that tables show, paler from cohort to cohort; those set
    apart have one even where none are.
    """
    colours = {APART: shade("noise", 0)}
    for place, segments in enumerate(cohorts):
        own = segment_colours(segments)
        colours |= {segment.number: paler(own[segment.id], place) for segment in segments}
    return colours
