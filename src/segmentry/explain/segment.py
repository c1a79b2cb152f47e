"""Why a segment is one: what is typical of it, whom it borders on, and its rules in words with their fidelity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.tables import Column
from ..rules.compiled import compiled
from .book import APART, Fitted
from .conditions import condition_in_words
from .contributions import Typical, typical
from .words import BORDERLINE


@dataclass(frozen=True)
class Figures:
    """A feature in the segment beside the same among all customers."""

    feature: Column
    own: Typical
    all: Typical


@dataclass(frozen=True)
class Rule:
    """A segment as a condition, from a shallow tree over all segments (``rules.compiled``).

    Attributes
    ----------
    condition, words
        The condition as a recipe takes it, and in words; empty where no short condition leads to the segment.
    precision
        Of the customers it holds for, the share who are in the segment; NaN where it holds for none.
    recall
        Of the segment's customers, the share it holds for.
    accuracy
        The share of all customers whom the conditions of all segments put where they are: those set apart, nowhere.
    """

    condition: str
    words: str
    precision: float
    recall: float
    accuracy: float


@dataclass(frozen=True)
class SegmentExplanation:
    """Why one segment is one; ``str()`` says it in sentences.

    Attributes
    ----------
    segment, segment_id, customers, share
        Name, id, size, and share of all customers.
    typical
        The features that decide: median and quartiles, in the segment and among all.
    neighbour, neighbour_share
        The other segment that is nearest to most of its customers, and to which share of them; none if alone.
    borderline
        Share of its customers with a confidence below 0.1.
    rule
        The segment as a condition, with its fidelity; none for customers set apart.
    """

    segment: str
    segment_id: int
    customers: int
    share: float
    typical: tuple[Figures, ...]
    neighbour: str | None
    neighbour_share: float
    borderline: float
    rule: Rule | None

    def __str__(self) -> str:
        from .words import segment_text

        return segment_text(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the explanation as JSON-able names and numbers, and ``text``, the sentences."""
        return {
            "segment": self.segment,
            "segment_id": self.segment_id,
            "customers": self.customers,
            "share": self.share,
            "typical": [
                {"feature": one.feature.name, "unit": one.feature.unit, "own": vars(one.own), "all": vars(one.all)}
                for one in self.typical
            ],
            "nearest_other_segment": self.neighbour,
            "borderline_share": self.borderline,
            "rule": None if self.rule is None else vars(self.rule),
            "text": str(self),
        }


def explain_segment(fitted: Fitted, name: str) -> SegmentExplanation:
    """Return why the segment *name* is one. Raises DataError for an unknown one."""
    label = fitted.segment(name)
    inside = fitted.labels == label
    neighbour, neighbour_share, borderline = _border(fitted, label, inside)
    everyone = Fitted(**{**vars(fitted), "labels": np.full(len(inside), label)})
    return SegmentExplanation(
        segment=fitted.names[label],
        segment_id=fitted.shown(label),
        customers=int(inside.sum()),
        share=float(inside.mean()),
        typical=tuple(
            Figures(fitted.customers.column(one), typical(fitted, one, label), typical(everyone, one, label))
            for one in fitted.pipeline.features
        ),
        neighbour=neighbour,
        neighbour_share=neighbour_share,
        borderline=borderline,
        rule=None if label == APART else _rule(fitted, label),
    )


def _rule(fitted: Fitted, label: int) -> Rule:
    """Return the segment *label* as a condition on the features that decide."""
    found = compiled(fitted.customers.values, fitted.pipeline.features, fitted.labels, fitted.names, seed=fitted.seed)
    name = fitted.names[label]
    condition = found.texts.get(name, "")
    # Asked of all customers: the conditions were sought without those set apart, but hold for some of them.
    given = found.conditions.assign(fitted.customers.values, {})
    own = np.array([None if one == APART else fitted.names[one] for one in fitted.labels.tolist()], dtype=object)
    holds, inside = given == name, fitted.labels == label
    right = int((holds & inside).sum())
    return Rule(
        condition=condition,
        words=condition_in_words(condition, fitted.customers.column) if condition else "",
        precision=right / int(holds.sum()) if holds.any() else float("nan"),
        recall=right / int(inside.sum()) if inside.any() else float("nan"),
        accuracy=float((given == own).mean()),
    )


def _border(fitted: Fitted, label: int, inside: Any) -> tuple[str | None, float, float]:
    """Return the nearest other segment of most customers of *label*, of which share, and the share on a border."""
    if label == APART or len(fitted.centroids) == 1 or not inside.any():
        return None, float("nan"), float("nan")
    matrix = fitted.pipeline.transform(fitted.customers)[inside]
    distances = np.stack([((matrix - centre) ** 2).sum(axis=1) for centre in fitted.centroids], axis=1)
    own = distances[:, label].copy()
    distances[:, label] = np.inf
    ids, counts = np.unique(distances.argmin(axis=1), return_counts=True)
    second = distances.min(axis=1)
    confidence = 1 - np.sqrt(np.divide(own, second, out=np.ones(len(own)), where=second > 0))
    main = int(counts.argmax())
    return fitted.names[int(ids[main])], float(counts[main] / len(matrix)), float((confidence < BORDERLINE).mean())
