"""Which kind of a vocabulary each segment is: the choice that fits all of them best, of names whose claims hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..core.errors import RecipeError
from .archetypes import IMPOSSIBLE
from .assignment import assign
from .distinctive import Measured
from .vocabulary import VOCABULARIES, Kind, Vocabulary

# A claim holds from a fifth of a standard deviation of ranks (Cohen's "small" effect), in means a tenth above or below.
HOLDS = 0.2
CLEARLY = 0.1
# A claim is full at one standard deviation; what is missing counts in steps of a quarter, as SHARING_COST assumes.
STEPS = 4
# Cost of no kind at all: a name whose claims hold only just is better than none.
NO_KIND = STEPS * (1 - HOLDS) ** 2


def choose_vocabulary(asked: str, measured: Mapping[str, Measured], *, is_rfm: bool) -> Vocabulary | None:
    """Return the vocabulary that is *asked* for, or with ``auto`` the one that speaks of the columns; none otherwise.

    Raises RecipeError where the columns that an asked one needs are missing.
    """
    if asked == "auto":
        able = (one for one in VOCABULARIES.values() if one.automatic and one.speaks_of(measured))
        return None if is_rfm else next(able, None)
    vocabulary = VOCABULARIES[asked]
    if not vocabulary.speaks_of(measured):
        absent = [word for word in vocabulary.needs if word not in vocabulary.found(measured)]
        raise RecipeError(
            f"vocabulary: {asked} speaks of {', '.join(absent)}, and no feature is called so.",
            possible=f"Features that decide: {', '.join(measured)}.",
            action="Leave vocabulary out.",
        )
    return vocabulary


def recognise(vocabulary: Vocabulary, measured: Mapping[str, Measured], count: int) -> list[Kind | None]:
    """Return the kind of each of the first *count* segments; none where no kind's claims hold."""
    columns = {word: measured[name] for word, name in vocabulary.found(measured).items()}
    kinds = [kind for kind in vocabulary.kinds if {*kind.high, *kind.low} <= columns.keys()]
    costs = [[_cost(kind, columns, position) for kind in kinds] + [NO_KIND] for position in range(count)]
    return [kinds[option] if option < len(kinds) else None for option in assign(costs)]


def claims(vocabulary: Vocabulary, kind: Kind, measured: Mapping[str, Measured]) -> list[Measured]:
    """Return the features that the name of *kind* speaks of, in its order."""
    names = vocabulary.found(measured)
    return [measured[names[word]] for word in (*kind.high, *kind.low)]


def _cost(kind: Kind, columns: Mapping[str, Measured], position: int) -> float:
    strengths: Sequence[float] = [
        *(_strength(columns[word], position, high=True) for word in kind.high),
        *(_strength(columns[word], position, high=False) for word in kind.low),
    ]
    if min(strengths) < HOLDS:
        return IMPOSSIBLE
    return STEPS * sum(max(0.0, 1 - strength) ** 2 for strength in strengths) / len(strengths)


def _strength(feature: Measured, position: int, *, high: bool) -> float:
    """Return how far the segment is on the claimed side, in standard deviations of ranks; 0 where its mean is not."""
    mean, everyone = float(feature.statistics.mean[position]), feature.statistics.overall_mean
    towards = mean - everyone if high else everyone - mean
    if not towards >= CLEARLY * abs(everyone):
        return 0.0
    return feature.deviation(position) if high else -feature.deviation(position)
