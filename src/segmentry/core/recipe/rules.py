"""The part of a recipe on segments that people declare."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import model_validator

from .section import Section


class Declaration(Section):
    """One segment and the customers who belong to it."""

    segment: str
    """Name of the segment."""
    when: str | None = None
    """Condition on the columns, such as ``nav >= 1e9 or monetary >= 5e8``; without it, everyone else."""

    @model_validator(mode="before")
    @classmethod
    def _whole(cls, given: Any) -> Any:
        # YAML cuts {segment: A, when: x in (1, 2)} at the comma, and calls the rest a key without a value.
        unknown = set(given) - set(cls.model_fields) if isinstance(given, dict) else set()
        if any(given[key] is None for key in unknown):
            message = 'a condition with a comma stands in quotes, as in {segment: A, when: "tier in (1, 2)"}'
            raise ValueError(message)
        return given


class Frozen(Section):
    """Cut points that do not move with the data."""

    frozen: str
    """Folder of the run whose cut points are kept."""


class Rules(Section):
    """Segments that are declared rather than found, beside those: one of label, conditions and map."""

    label: str | None = None
    """Column of the customer table that says which segment a customer is in."""
    conditions: list[Declaration] | None = None
    """Segments in order, each with a condition: the first that holds decides."""
    map: str | dict[str, Any] | None = None
    """Map from scores to segments: ``rf-10``, ``rfm-11``, a YAML file, or a map written here (measures, levels,
    segments)."""
    bins: dict[str, list[float]] = {}
    """Cut points by measure, in place of equal shares: the value from which level 2, 3 … is reached, such as
    ``frequency: [2, 3, 5, 10]``."""
    thresholds: Literal["floating"] | Frozen = "floating"
    """``floating``: cut points are computed from the customers of each run; ``frozen: RUN``: those of an earlier run
    are kept."""

    @property
    def kind(self) -> Literal["label", "conditions", "map"] | None:
        """Which of the three declares the segments; none where nothing does."""
        if self.label is not None:
            return "label"
        if self.conditions is not None:
            return "conditions"
        return "map" if self.map is not None else None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        given = [name for name in ("label", "conditions", "map") if getattr(self, name) is not None]
        if len(given) > 1:
            message = f"{' and '.join(given)} are given; one of label, conditions and map declares the segments"
            raise ValueError(message)
        if given != ["map"] and (self.bins or self.thresholds != "floating"):
            message = "bins and thresholds are for the scores of a map, and there is no map"
            raise ValueError(message)
        return self
