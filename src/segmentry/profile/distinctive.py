"""Names for segments of tables without R/F/M: the features in which each differs most from all customers, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..core.tables import Column
from .phrases import in_words, sentence, standing_out
from .statistics import FeatureStatistics, Standing

# Half a standard deviation (Cohen's "medium" effect) is where a difference is worth a word.
WORTH_A_WORD = 0.5
# A second feature is named when it stands out nearly as much as the first.
NEARLY_AS_MUCH = 0.6
# A plainer name speaks for a feature when it says nine tenths of the same.
AS_GOOD_AS = 0.9
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
    """Return the features by how far the segment at *position* is from all customers, one of each family first.

    Features that share a word are a family; the plainest name speaks for it, if its feature says nearly as much as the
    most distinctive one: ``purchases`` for ``oneoff purchases frequency``.
    """
    left = sorted(measured, key=lambda feature: -abs(feature.deviation(position)))
    speakers: list[Measured] = []
    others: list[Measured] = []
    while left:
        leader = left[0]
        family = [feature for feature in left if feature is leader or _words(feature) & _words(leader)]
        enough = AS_GOOD_AS * abs(leader.deviation(position))
        able = [feature for feature in family if _agrees(feature, leader, position, enough)]
        speaker = min(able, key=lambda feature: len(_words(feature)))
        speakers.append(speaker)
        others += [feature for feature in family if feature is not speaker]
        left = [feature for feature in left if not any(feature is member for member in family)]
    return [*speakers, *others]


def distinctive_name(measured: Sequence[Measured], position: int) -> str:
    """Return the one or two features that most set the segment at *position* apart, in words; AVERAGE if none does.

    What there is much of says more than what there is little of, and comes first; then the order of *measured* decides,
    so that the same features never make two names.
    """
    features = [feature for feature in most_distinctive(measured, position)[:2] if stands_out(feature, position)]
    if not features:
        return AVERAGE
    strong = NEARLY_AS_MUCH * max(abs(feature.deviation(position)) for feature in features)
    told = [(feature.deviation(position) > 0, feature) for feature in features]
    named = [(high, feature) for high, feature in told if abs(feature.deviation(position)) >= strong]
    places = {feature.column.name: place for place, feature in enumerate(measured)}
    ordered = sorted(named, key=lambda entry: (not entry[0], places[entry[1].column.name]))
    return sentence(", ".join(standing_out(feature.column, high=high) for high, feature in ordered))


def stands_out(feature: Measured, position: int) -> bool:
    """Return whether *feature* is worth a word in what is said about the segment at *position*."""
    return abs(feature.deviation(position)) >= WORTH_A_WORD


def _words(feature: Measured) -> set[str]:
    return {word for word in in_words(feature.column).split() if len(word) > 2}


def _agrees(feature: Measured, leader: Measured, position: int, enough: float) -> bool:
    own, leading = feature.deviation(position), leader.deviation(position)
    return feature is leader or (own * leading > 0 and abs(own) >= enough)
