"""The part of a recipe on how groups are found."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from .section import Section


class Cluster(Section):
    """How groups are found."""

    method: Literal["kmeans"] = "kmeans"
    """The algorithm."""
    k: Annotated[int, Field(ge=1)] | Literal["auto"] = "auto"
    """Number of segments."""
    k_range: tuple[Annotated[int, Field(ge=2)], Annotated[int, Field(ge=2)]] = (2, 10)
    """Smallest and largest number that is tried."""
    seed: int = Field(7, ge=0)
    """Seed of every random choice of the run."""
    starts: int = Field(10, ge=1)
    """Random starts for each number of segments; the best one counts."""
    start_from: list[dict[str, float]] | None = None
    """Centres to start from instead of random ones: per segment, feature to value in real units."""
    min_share: float = Field(0.02, ge=0, lt=0.5)
    """Smallest useful segment, as a share of customers."""

    @model_validator(mode="after")
    def _range_is_a_range(self) -> Self:
        if self.k_range[0] > self.k_range[1]:
            message = f"k_range has to go from small to large, not {list(self.k_range)}"
            raise ValueError(message)
        if self.start_from is not None and self.k != len(self.start_from):
            message = (
                f"start_from gives {len(self.start_from)} centres, so k has to be {len(self.start_from)}, not {self.k}"
            )
            raise ValueError(message)
        return self
