"""Which few features say most about the difference between segments, in plain names and each of another family."""

from __future__ import annotations

from collections.abc import Mapping

from ..core.tables import Column
from .phrases import in_words

# A plainer name of the same family speaks for the leader when its segments lie at least half as far apart.
PLAIN_ENOUGH = 0.5


def most_telling(spreads: Mapping[str, float], count: int = 3) -> list[str]:
    """Return up to *count* of the names in *spreads* (name to how far the segments lie apart in it), widest first.

    Names that share a word are a family, of which one is taken: the one with the fewest words that says nearly as much.
    Where there are too few families, the others follow.

    >>> most_telling({"ONEOFF_PURCHASES": 3.9, "PURCHASES": 3.5, "CASH_ADVANCE": 2.6, "CASH_ADVANCE_TRX": 2.7}, count=2)
    ['PURCHASES', 'CASH_ADVANCE']
    """
    words = {name: {word for word in in_words(Column(name)).split() if len(word) > 2} for name in spreads}
    left = sorted(spreads, key=lambda name: -spreads[name])
    taken: list[str] = []
    while left and len(taken) < count:
        leader = left[0]
        family = [name for name in left if name == leader or words[name] & words[leader]]
        able = [name for name in family if spreads[name] >= PLAIN_ENOUGH * spreads[leader]]
        speaker = min(able, key=lambda name: len(words[name]))
        taken.append(speaker)
        left = [name for name in left if name != speaker and not words[name] & words[speaker]]
    others = sorted((name for name in spreads if name not in taken), key=lambda name: -spreads[name])
    return [*taken, *others][:count]
