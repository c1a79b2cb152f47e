"""The part of a recipe on refreshing: what drift is worth a warning or a refit, and how readily customers move."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from .section import Section


class Refresh(Section):
    """When a model that is kept is doubtful, when it is worn out, and which customers stay where they are."""

    psi_warn: float = Field(0.1, gt=0)
    """Population stability index of a feature from which the run warns; below 0.1 is no change to speak of (Siddiqi,
    Credit Risk Scorecards, 2006). An index that chance alone could bring counts as none."""
    psi_refit: float = Field(0.25, gt=0)
    """Population stability index of a feature from which a refit is due; 0.25 is a major change (Siddiqi)."""
    share_shift_warn: float = Field(5.0, gt=0, le=100)
    """Change of a segment's share of customers, in percentage points, from which the run warns."""
    far_warn: float = Field(0.05, gt=0, le=1)
    """Share of customers farther from every centroid than 99 % were at the fit, from which the run warns."""
    far_refit: float = Field(0.15, gt=0, le=1)
    """The same share, from which a refit is due."""
    quality_warn: float = Field(2.0, gt=0, le=100)
    """Change of the share of rows that cleaning sets aside for one reason, in percentage points, from which the run
    warns."""
    size_warn: float = Field(0.3, gt=0)
    """Change of the number of rows or customers, as a share of the number before, from which the run warns: half a file
    looks like a change of behaviour."""
    min_stay: int = Field(0, ge=0)
    """Days that a customer stays in a segment before moving to another."""
    margin: float = Field(0.0, ge=0, le=1)
    """Confidence in another segment below which a customer stays; 0: everyone moves."""

    @model_validator(mode="after")
    def _warnings_come_first(self) -> Self:
        for warn, refit in (("psi_warn", "psi_refit"), ("far_warn", "far_refit")):
            if getattr(self, warn) > getattr(self, refit):
                message = f"{warn} has to be at most {refit} ({getattr(self, refit)}), not {getattr(self, warn)}"
                raise ValueError(message)
        return self
