"""The segments table. Comes in: the customer table and a label per customer. Goes out: one ``Segment`` per label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ..core.errors import DataError, UnknownColumn
from ..core.tables import Column, CustomerTable, Floats
from .advice import plays
from .archetypes import ALL_CUSTOMERS, ARCHETYPES, NOISE, SET_APART, Archetype, Place, tier
from .distinctive import Measured, distinctive_name
from .names import apply_overrides, choose_archetypes, tell_apart
from .playbook import Playbook, load_playbook
from .reasons import distinctive_reason, rfm_reason, size_reason
from .recognise import choose_vocabulary, claims, recognise
from .segments import Identity, Segment
from .statistics import OUTLIERS, Counted, FeatureStatistics, Groups, group_rows, sort_within, standing, summarise

RFM = ("recency_days", "frequency", "monetary")
ALL_BUT_THOSE_APART = "All other customers"  # the one segment found, beside noise or outliers
NOTHING: Mapping[str, str] = MappingProxyType({})
NOBODY: Mapping[int, Identity] = MappingProxyType({})
UNCHANGED: Mapping[int, int] = MappingProxyType({})


def profile(
    customers: CustomerTable,
    labels: NDArray[np.int64],
    *,
    features: Sequence[str],
    overrides: Mapping[str, str] = NOTHING,
    playbook: Playbook | None = None,
    vocabulary: str = "auto",
    archetypes: bool = True,
    apart: Archetype = SET_APART,
    counted: Counted | None = None,
    kept: Mapping[int, Identity] = NOBODY,
    numbers: Mapping[int, int] = UNCHANGED,
) -> tuple[Segment, ...]:
    """Return what each segment is: size, money, statistics of every feature, name with reason, and advice.

    Segments come in the order of their ids, those set apart (-1) last; a label without customers has none. Missing
    values take no part in the statistics, and count nothing in revenue. Archetypes name the segments where recency,
    frequency and monetary value are in the table and one of them decided. Elsewhere a vocabulary does whose columns are
    in the table, and what is distinctive where a segment is nothing that the vocabulary has a name for.

    Parameters
    ----------
    customers
        One row per customer, n rows.
    labels
        Shape (n,): 0 … k-1 in order of value, best first; -1 for customers set apart.
    features
        The features that decided the segments.
    overrides
        Own names: generated name, or id as text, to own name.
    playbook
        The advice per archetype; without it, the packaged one.
    vocabulary
        ``auto``, or the vocabulary that names the segments (``Recipe.vocabulary``).
    archetypes
        Whether archetypes may name the segments at all: among customers who are all long gone they would mislead.
    apart
        What customers with label -1 are: outliers that were set apart, or noise.
    counted
        What is known of all customers, where these are a sample: sizes, money and means are theirs then.
    kept
        By id, who segments are that an earlier run has named: they keep that name, unless *overrides* change it.
    numbers
        By id, the id that tables show, where it is another.

    Raises
    ------
    DataError
        Labels that do not fit the customers.
    UnknownColumn
        A deciding feature that is not in the table.
    RecipeError
        An override for a name that is not known, or one that gives two segments the same name; a vocabulary for other
        columns.
    """
    labels = _checked(customers, np.asarray(labels), features)
    if not len(labels):
        return ()
    groups = group_rows(labels)
    if counted is not None and {*groups.ids} != {*counted.customers}:
        raise DataError(
            "A segment of all customers has nobody among the sample.", action="Set cluster.k or cluster.k_range lower."
        )
    statistics, measured = _measure(customers, groups, features, counted)
    groups = groups if counted is None else counted.sizes(groups)
    kinds, names, reasons = _named(groups, measured, features, vocabulary, apart, archetypes=archetypes)
    if kept:
        kinds, names, reasons = _as_before(groups.ids, kept, kinds, names, reasons)
    own = apply_overrides(names, groups.ids, overrides)
    reasons = [
        reason if name == generated else f"Own name for {generated}. {reason}"
        for reason, name, generated in zip(reasons, own, names, strict=True)
    ]
    advice = plays(playbook or load_playbook(None), kinds, own, groups, statistics)
    money = statistics.get("monetary")
    revenues = [None] * len(own) if money is None else [float(total) for total in money.total]
    shares = _shares(money.total) if money is not None else [None] * len(own)
    tones = [kept[label].tone if label in kept else kind.tone for label, kind in zip(groups.ids, kinds, strict=True)]
    shades = _shades(groups.ids, tones, kept)
    return tuple(
        Segment(
            id=groups.ids[position],
            name=own[position],
            archetype=kinds[position].name,
            reason=reasons[position],
            tone=tones[position],
            customers=int(groups.sizes[position]),
            share=int(groups.sizes[position]) / int(groups.sizes.sum()),
            revenue=revenues[position],
            revenue_share=shares[position],
            features={name: figures.summary(position) for name, figures in statistics.items()},
            play=advice[position],
            shade=shades[position],
            public_id=numbers.get(label),
        )
        for position, label in enumerate(groups.ids)
    )


def _shades(ids: Sequence[int], tones: Sequence[str], kept: Mapping[int, Identity]) -> list[int]:
    """Return which shade of its tone each segment has: the one it has *kept*, else the first that is free."""
    used = {(one.tone, one.shade) for one in kept.values()}
    found = []
    for label, tone in zip(ids, tones, strict=True):
        place = kept[label].shade if label in kept else next(free for free in count() if (tone, free) not in used)
        used.add((tone, place))
        found.append(place)
    return found


def _as_before(
    ids: Sequence[int], kept: Mapping[int, Identity], kinds: list[Archetype], names: list[str], reasons: list[str]
) -> tuple[list[Archetype], list[str], list[str]]:
    """Return archetypes, names and reasons with what segments have *kept*; others get out of the way of those names."""
    taken = [one.name for one in kept.values()]
    others = [name for label, name in zip(ids, names, strict=True) if label not in kept]
    free = iter(tell_apart([*taken, *others], [])[len(taken) :])
    found: tuple[list[Archetype], list[str], list[str]] = ([], [], [])
    for label, kind, name, reason in zip(ids, kinds, names, reasons, strict=True):
        one = kept.get(label)
        said = reason if one is None or one.name == name else f"Found anew it would be called {name}. {reason}"
        found[0].append(kind if one is None else ARCHETYPES.get(one.archetype, kind))
        found[1].append(next(free) if one is None else one.name)
        found[2].append(said)
    return found


def _checked(customers: CustomerTable, labels: NDArray[np.int64], features: Sequence[str]) -> NDArray[np.int64]:
    if labels.shape != (len(customers),) or labels.dtype.kind not in "iu":
        raise DataError(
            f"Labels of shape {labels.shape} and type {labels.dtype} do not fit {len(customers)} customers.",
            possible="One whole number per customer is needed.",
        )
    if len(labels) and labels.min() < OUTLIERS:
        raise DataError(
            f"{labels.min()} is not a label.", possible="Labels are 0, 1, 2 …, and -1 for customers set apart."
        )
    for name in features:
        if name not in customers.values:
            raise UnknownColumn(name, customers.values, where="the customer table")
    return labels.astype(np.int64)


def _measure(
    customers: CustomerTable, groups: Groups, features: Sequence[str], counted: Counted | None
) -> tuple[dict[str, FeatureStatistics], dict[str, Measured]]:
    """Return the statistics of every feature, and where the segments stand in those that can name them."""
    known = {column.name: column for column in customers.columns}
    naming = {*features, *RFM, "tenure_days"}
    statistics: dict[str, FeatureStatistics] = {}
    measured: dict[str, Measured] = {}
    for name, values in customers.values.items():
        ordered = sort_within(np.asarray(values, dtype=np.float64), groups)
        statistics[name] = summarise(ordered, groups)
        if counted is not None:
            statistics[name] = counted.statistics(name, statistics[name], groups)
        if name in naming:
            column = known.get(name, Column(name))
            measured[name] = Measured(column, statistics[name], standing(ordered, groups))
    return statistics, measured


def _named(
    groups: Groups,
    measured: Mapping[str, Measured],
    features: Sequence[str],
    asked: str,
    apart: Archetype,
    *,
    archetypes: bool,
) -> tuple[list[Archetype], list[str], list[str]]:
    """Return archetype, generated name and reason of each segment."""
    found = sum(label != OUTLIERS for label in groups.ids)
    deciding = {name: measured[name] for name in features}
    is_rfm = archetypes and all(name in measured for name in RFM) and any(name in RFM for name in features)
    kinds, names = _found_names(groups, measured, list(deciding.values()), found, is_rfm=is_rfm)
    reasons = [
        rfm_reason(measured, position) if is_rfm else distinctive_reason(list(deciding.values()), position)
        for position in range(len(groups.ids))
    ]
    spoken = choose_vocabulary(asked, measured if is_rfm else deciding, is_rfm=is_rfm)
    if spoken is not None and found > 1:
        for position, kind in enumerate(recognise(spoken, measured, found)):
            if kind is not None:
                kinds[position], names[position] = ARCHETYPES[kind.name], kind.name
                if not is_rfm:
                    telling = claims(spoken, kind, measured)
                    reasons[position] = distinctive_reason(list(deciding.values()), position, first=telling)
    names = tell_apart(names, _telling(measured, list(deciding.values()), is_rfm=is_rfm))
    if len(groups.ids) == 1 and found:
        reasons = [f"{size_reason(int(groups.sizes[0]))} {reasons[0]}" if is_rfm else size_reason(int(groups.sizes[0]))]
    if found < len(groups.ids):
        kinds, names = [*kinds, apart], tell_apart([*names, apart.name], [])
        why = "In no dense region: few others are like these." if apart is NOISE else "Set apart as unlike all others."
        reasons[-1] = f"{why} {reasons[-1]}"
    return kinds, names, reasons


def _found_names(
    groups: Groups, measured: Mapping[str, Measured], deciding: Sequence[Measured], count: int, *, is_rfm: bool
) -> tuple[list[Archetype], list[str]]:
    """Return archetype and name, not told apart yet, of each of the *count* segments that were found."""
    if count == 1:
        return [ALL_CUSTOMERS], [ALL_CUSTOMERS.name.capitalize() if len(groups.ids) == 1 else ALL_BUT_THOSE_APART]
    if is_rfm:
        kinds = choose_archetypes(_places(groups, measured, count))
        return kinds, [kind.name for kind in kinds]
    kinds = [tier(position, count) for position in range(count)]
    return kinds, [distinctive_name(deciding, position) for position in range(count)]


def _telling(measured: Mapping[str, Measured], deciding: Sequence[Measured], *, is_rfm: bool) -> list[Measured]:
    """Return the features that tell namesakes apart, recency, orders and spend first where they are."""
    familiar = [measured[name] for name in RFM] if is_rfm else []
    return [*familiar, *(feature for feature in deciding if not (is_rfm and feature.column.name in RFM))]


def _places(groups: Groups, measured: Mapping[str, Measured], count: int) -> list[Place]:
    """Return where each found segment stands among all customers in recency, frequency and monetary value."""
    recency, orders, spend = (measured[name] for name in RFM)
    tenure = measured.get("tenure_days")
    best = (
        _is_best(-recency.statistics.median) & _is_best(orders.statistics.mean) & _is_best(spend.statistics.mean)
        if len(groups.ids) > 1
        else np.zeros(1, dtype=bool)
    )
    return [
        Place(
            recency=_recency(recency, position),
            frequency=float(orders.standing.rank[position]),
            monetary=float(spend.standing.rank[position]),
            tenure=None if tenure is None else float(tenure.standing.rank[position]),
            above_average=_is_above(orders.statistics, position) and _is_above(spend.statistics, position),
            best_in_all=bool(best[position]),
        )
        for position in range(count)
    ]


def _recency(recency: Measured, position: int) -> float:
    """Return how recent the segment is, 0 to 1: its rank, or its place on the calendar where that is earlier.

    Where most customers are long gone, a segment can be more recent than half of them and long gone too: its median day
    then lies early in the time between the first and the last of all customers' last orders.
    """
    first, last = recency.standing.overall_range
    median = float(recency.statistics.median[position])
    by_rank = 1 - float(recency.standing.rank[position])
    return min(by_rank, 1 - (median - first) / (last - first)) if last > first and not np.isnan(median) else by_rank


def _is_best(values: Floats) -> NDArray[np.bool_]:
    """Return which segment has the one highest value, shape (k,); none has where two share it."""
    is_highest = values == np.nanmax(values) if not np.isnan(values).all() else np.zeros(len(values), dtype=bool)
    return is_highest if is_highest.sum() == 1 else np.zeros(len(values), dtype=bool)


def _is_above(statistics: FeatureStatistics, position: int) -> bool:
    return float(statistics.mean[position]) > statistics.overall_mean


def _shares(totals: Floats) -> list[float | None]:
    """Return each total as a share of their sum; none where the sum is not positive."""
    whole = float(totals.sum())
    return [float(total) / whole for total in totals] if whole > 0 else [None] * len(totals)
