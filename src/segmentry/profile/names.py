"""The names of the segments: archetypes for R/F/M, every name once, and the user's own names in their place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..core.errors import RecipeError, did_you_mean
from .archetypes import ARCHETYPES, RFM_ARCHETYPES, Archetype, Place, distance
from .assignment import assign
from .distinctive import Measured
from .phrases import compared, middling

# Among namesakes people ask first who spends more, and ranks are crowded at the top, where namesakes often are.
SPEND_COUNTS = 2


def choose_archetypes(places: Sequence[Place]) -> list[Archetype]:
    """Return the archetype of each segment: the choice that fits all of them best, each archetype once if that fits."""
    if not places:
        return []
    costs = [[distance(place, kind) for kind in RFM_ARCHETYPES] for place in places]
    return [RFM_ARCHETYPES[option] for option in assign(costs)]


def tell_apart(names: Sequence[str], measured: Sequence[Measured]) -> list[str]:
    """Return *names* with equal ones told apart by what most distinguishes them from their namesakes, else by a number.

    Segments that go by the same name after that are told apart among themselves, by a feature not used for them yet.
    """
    told = list(names)
    unused = [list(measured) for _ in names]
    for _ in measured:
        differences = {
            position: _difference(unused[position], position, [other for other in group if other != position])
            for group in _namesakes(told)
            for position in group
        }
        for position, found in differences.items():
            if found is not None:
                feature, phrase = found
                unused[position].remove(feature)
                told[position] = f"{told[position]}, {phrase}"
    return _numbered(told)


def apply_overrides(names: Sequence[str], ids: Sequence[int], overrides: Mapping[str, str]) -> list[str]:
    """Return *names* with the user's own ones in place; a key is a generated name or a segment's id as text.

    A key that is an archetype's name is accepted though no segment bears it in this run, so that a recipe goes on
    working when the data move. Raises RecipeError for any other unknown key, an empty name, or one name used twice.
    """
    own = list(names)
    for key, name in overrides.items():
        position = _position(key, names, ids)
        if position is None:
            continue
        if not name.strip():
            raise RecipeError(f"names: the own name of {key!r} is empty.", action="Give it a name, or leave it out.")
        if own[position] != names[position] and own[position] != name:
            raise RecipeError(f"names: segment {ids[position]} has two own names, {own[position]!r} and {name!r}.")
        own[position] = name
    doubles = sorted({name for name in own if own.count(name) > 1})
    if doubles:
        raise RecipeError(
            f"names: two segments would both be called {doubles[0]!r}.", action="Give every segment a name of its own."
        )
    return own


def _position(key: str, names: Sequence[str], ids: Sequence[int]) -> int | None:
    """Return the segment that *key* means, or none for an archetype that this run does not have."""
    if key in names:
        return names.index(key)
    texts = [str(identifier) for identifier in ids]
    if key in texts:
        return texts.index(key)
    if key in ARCHETYPES:
        return None
    known = ", ".join(f"{text} {name!r}" for text, name in zip(texts, names, strict=True))
    raise RecipeError(
        f"names: no segment is called {key!r}.",
        possible=f"Segments of this run: {known}.",
        action=did_you_mean(key, [*names, *ARCHETYPES]),
    )


def _namesakes(names: Sequence[str]) -> list[list[int]]:
    groups: dict[str, list[int]] = {}
    for position, name in enumerate(names):
        groups.setdefault(name, []).append(position)
    return [group for group in groups.values() if len(group) > 1]


def _difference(measured: Sequence[Measured], position: int, others: Sequence[int]) -> tuple[Measured, str] | None:
    """Return the feature in which the segment is furthest from all its namesakes, and how people say it.

    A segment that has the most or least of nothing lies between its namesakes in the feature that differs most.
    """
    found: list[tuple[float, int, str]] = []
    between: list[tuple[float, int, str]] = []
    for number, feature in enumerate(measured):
        rank, mean = feature.standing.deviation, feature.statistics.mean
        by_rank = [float(rank[position] - rank[other]) for other in others]
        by_mean = [float(mean[position] - mean[other]) for other in others]
        weight = SPEND_COUNTS if feature.column.name == "monetary" else 1
        size = -weight * abs(sum(by_rank)) / len(others)
        # Ranks and means have to agree: a difference that one of them denies misleads.
        if min(*by_rank, *by_mean) > 0 or max(*by_rank, *by_mean) < 0:
            found.append((size, number, compared(feature.column, more=by_rank[0] > 0)))
        elif min(by_rank) < 0 < max(by_rank) and min(by_mean) < 0 < max(by_mean):
            between.append((-weight * (max(by_rank) - min(by_rank)), number, middling(feature.column)))
    best = min(found, default=None) or min(between, default=None)
    return None if best is None else (measured[best[1]], best[2])


def _numbered(names: Sequence[str]) -> list[str]:
    """Return *names* with `` (2)``, `` (3)`` … behind those that came before."""
    taken: set[str] = set()
    numbered = []
    for name in names:
        number, candidate = 2, name
        while candidate in taken or (candidate != name and candidate in names):
            candidate, number = f"{name} ({number})", number + 1
        taken.add(candidate)
        numbered.append(candidate)
    return numbered
