"""Names for segments of tables without R/F/M: the features in which each differs most from all customers, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from segmentry.core.tables import Column

from .phrases import in_words, sentence, standing_out
from .statistics import FeatureStatistics, Standing

# Half a standard deviation (Cohen's "medium" effect) is where a difference is worth a word.
WORTH_A_WORD = 0.5
# A second feature is named when it stands out nearly as much as the first.
NEARLY_AS_MUCH = 0.6
AVERAGE = "Average customers"


@dataclass(frozen=True)
class Measured:
    """One feature that may name a segment: what it is, its statistics, and where the segments stand in it."""

    column: Column
    statistics: FeatureStatistics
    standing: Standing

    def deviation(self, position: int) -> float:
        """Return how far the segment at *position* is from all customers, in standard deviations of ranks.

        Zero where the means say the opposite of the ranks: a segment is not called high in what it has less of.
        """
        deviation = float(self.standing.deviation[position])
        difference = float(self.statistics.mean[position]) - self.statistics.overall_mean
        return deviation if deviation * difference > 0 else 0.0


def most_distinctive(measured: Sequence[Measured], position: int) -> list[Measured]:
    """Return the features by how far the segment at *position* is from all customers; a repeated word puts one last.

    ``purchases``, ``oneoff purchases`` and ``cash advance`` are better told by the first and the third.
    """
    ranked = sorted(measured, key=lambda feature: -abs(feature.deviation(position)))
    fresh: list[Measured] = []
    repeats: list[Measured] = []
    seen: set[str] = set()
    for feature in ranked:
        words = {word for word in in_words(feature.column).split() if len(word) > 2}
        (repeats if words & seen else fresh).append(feature)
        seen |= words
    return [*fresh, *repeats]


def distinctive_names(measured: Sequence[Measured], count: int) -> list[str]:
    """Return a name for each of *count* segments: one or two features in words, a further one where names are equal.

    Names can still be equal where the features do not tell segments apart.
    """
    told = [_told(measured, position) for position in range(count)]
    lengths = [_first_length(phrases) for phrases in told]
    while True:
        names = [_name(phrases[:length]) for phrases, length in zip(told, lengths, strict=True)]
        longer = [
            length + 1 if names.count(name) > 1 and length < len(phrases) else length
            for name, length, phrases in zip(names, lengths, told, strict=True)
        ]
        if longer == lengths:
            return names
        lengths = longer


def _told(measured: Sequence[Measured], position: int) -> list[tuple[str, float]]:
    """Return what stands out in the segment, as phrase and size of the difference, most distinctive first."""
    features = [(feature, feature.deviation(position)) for feature in most_distinctive(measured, position)]
    return [
        (standing_out(feature.column, high=deviation > 0), deviation)
        for feature, deviation in features
        if abs(deviation) >= WORTH_A_WORD
    ]


def _first_length(phrases: Sequence[tuple[str, float]]) -> int:
    return len([size for _, size in phrases[:2] if abs(size) >= NEARLY_AS_MUCH * abs(phrases[0][1])])


def _name(phrases: Sequence[tuple[str, float]]) -> str:
    """Return the phrases as a name: what there is much of says more than what there is little of."""
    ordered = sorted(phrases, key=lambda phrase: phrase[1] < 0)
    return sentence(", ".join(text for text, _ in ordered)) if ordered else AVERAGE
