"""The part of a recipe on what customers buy."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from .section import Section


class Products(Section):
    """What segments buy, where the source has products or categories."""

    min_buyers: int = Field(20, ge=1)
    """Buyers in a segment that a product needs before anything is said about how unusual it is there."""
    categories: Annotated[int, Field(ge=1)] | list[str] = 10
    """Features share_of_CATEGORY: for how many categories, those with most money first, or for which ones; what is
    spent on all others is share_of_other."""
