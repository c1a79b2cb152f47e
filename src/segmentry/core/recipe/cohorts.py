"""The part of a recipe on cohorts of accounts: each is segmented by itself."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .section import Section

Cohort = Literal["active", "inactive", "nonactive"]


class Cohorts(Section):
    """Accounts that traded lately, earlier, and never; each cohort gets features, k and names of its own."""

    active_months: int = Field(12, ge=1)
    """An account is active if it traded within so many months before the as-of date, and inactive if earlier."""
    features: dict[Cohort, list[str]] = {}
    """Features that decide the segments of a cohort, in place of the recipe's."""
    k: dict[Cohort, Annotated[int, Field(ge=1)] | Literal["auto"]] = {}
    """Number of segments of a cohort, in place of the recipe's."""
    smallest: int = Field(50, ge=1)
    """A cohort with fewer accounts becomes one segment."""
