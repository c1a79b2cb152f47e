"""The part of a recipe on which rows are set aside."""

from __future__ import annotations

import re
from datetime import date
from typing import Literal, Self

from pydantic import field_validator, model_validator

from .section import Section

Switch = Literal["drop", "keep"]


class Cancellations(Section):
    """Which rows are cancellations, and whether to take away the purchase they reverse."""

    order_prefix: str | None = "C"
    """Order ids with this prefix are cancellations; null: none are."""
    negative_quantity: bool = True
    """Rows with a negative quantity (or, without quantities, a negative amount) are cancellations."""
    net: bool = False
    """Also set aside the earlier purchase (same customer, product and quantity) that a cancellation reverses."""


class NonProduct(Section):
    """Codes that are not products: postage, bank charges, samples."""

    pattern: str
    """Regular expression that a whole product code has to match."""

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            message = f"{pattern!r} is not a regular expression: {error}"
            raise ValueError(message) from error
        if re.search(r"\(\?(?:[=!]|<[=!]|P=)|\\[1-9]", pattern):
            message = (
                f"{pattern!r} looks ahead or behind or refers back, which engines do not do: list the codes instead"
            )
            raise ValueError(message)
        return pattern


class DateLimits(Section):
    """Dates that can be true; rows outside are set aside."""

    earliest: date = date(1970, 1, 1)
    """First possible date."""
    latest: date | None = None
    """Last possible date; without it, the day the run is made."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.latest is not None and self.latest < self.earliest:
            message = f"latest {self.latest} lies before earliest {self.earliest}"
            raise ValueError(message)
        return self


class Clean(Section):
    """Rules that set rows aside, applied in this order; a row counts for the first rule it breaks."""

    missing_customer: Switch = "drop"
    """Rows without a customer; ``keep`` treats them as one unnamed customer."""
    duplicates: Switch = "drop"
    """Second and later copies of rows that are equal in every column."""
    cancellations: Cancellations | Literal["keep"] = Cancellations()
    """Reversed purchases."""
    non_positive: Switch = "drop"
    """Rows whose quantity, price or amount is zero or negative."""
    unparseable: Switch = "drop"
    """Rows whose date or money cannot be read; ``keep`` keeps those whose date and customer can, with no money."""
    non_product: NonProduct | Literal["keep"] = "keep"
    """Rows whose product code is not a product."""
    dates: DateLimits | Literal["keep"] = "keep"
    """Rows with impossible or future dates."""
