"""The parts of a recipe on segments over time: as of which past dates, and how far ahead."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .section import Section

Every = Annotated[int, Field(ge=1)] | Literal["week", "month", "quarter", "year"]


class Snapshots(Section):
    """Past dates as of which customers are given the segments they had then, by the model of the run."""

    every: Every = "month"
    """Time between two dates: ``week``, ``month``, ``quarter``, ``year``, or a number of days."""
    count: int = Field(12, ge=2, le=120)
    """How many dates, the as-of date of the run included; those before the first customers came are left out."""


class Forecast(Section):
    """Where customers will be after the last snapshot; it needs ``snapshots``."""

    periods: int = Field(1, ge=1, le=12)
    """How many periods of ``snapshots.every`` ahead."""
