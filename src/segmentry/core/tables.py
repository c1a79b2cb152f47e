"""The tables handed from stage to stage: which columns they have, of what type and unit, and what they mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ABBREVIATION = 4
"""Letters of a name in capitals that is taken for an abbreviation."""


@dataclass(frozen=True)
class Column:
    """One column: its name, the unit of its values (``days``, ``orders``, ``money``, ``items``, ``ratio``, ``share`` or
    none), its meaning in a sentence, and what people call it where its name does not say so.

    The unit ``code`` says that a number stands for a word, such as a region: means of it say nothing.
    """

    name: str
    unit: str = ""
    meaning: str = ""
    noun: str = ""

    @property
    def title(self) -> str:
        """The name for people: ``recency_days`` reads ``Recency (days)``.

        >>> Column("BALANCE_FREQUENCY").title, Column("NAV").title, Column("PRC_FULL", noun="full payment").title
        ('Balance frequency', 'NAV', 'Full payment')
        """
        if self.noun:
            return self.noun[:1].upper() + self.noun[1:]
        words = self.name.replace("_", " ").strip()
        # A name in capitals throughout shouts; one short word in capitals is an abbreviation.
        if words.isupper() and (" " in words or len(words) > ABBREVIATION):
            words = words.lower()
        if self.unit and words.endswith(f" {self.unit}"):
            words = f"{words.removesuffix(f' {self.unit}')} ({self.unit})"
        return words[:1].upper() + words[1:]

    @property
    def short_unit(self) -> str:
        """The unit to write beside a value where the name is said as well: days and shares, else none."""
        return self.unit if self.unit in {"days", "share"} else ""


# The canonical transactions table, as sources hand it to clean: one row per line of the source.
TRANSACTIONS = (
    Column("row_id", "", "Position of the row in the source, from 0: unique, and the tie-break wherever one is needed"),
    Column("source_file", "", "File (name only) or table the row came from"),
    Column("source_line", "", "Line of the file where the row begins, from 1; missing where the source has no lines"),
    Column("customer_id", "", "Customer, as text; missing when the source gives none"),
    Column("order_id", "", "Order or invoice, as text"),
    Column("time", "", "When it happened: a timestamp without zone"),
    Column("quantity", "items", "Units bought (negative: returned); missing when the source has no quantities"),
    Column("unit_price", "money", "Price of one unit; missing when the source gives an amount instead"),
    Column("amount", "money", "Money of the line, DECIMAL(18,4): quantity × unit price, or the source's own amount"),
    Column("product", "", "Product code, as text; missing when the source has none"),
    Column("description", "", "Name of the product, as it stands in the source; missing when it has none"),
    Column("category", "", "Category of the product, as text; missing when the source has none"),
    Column("country", "", "Country or region, as text; missing when the source has none"),
    Column("unparsed", "", "What could not be read in this row, in words; missing when all could"),
    Column("row_key", "", "A hash of source columns: equal rows share it, and few others do"),
)


@dataclass(frozen=True)
class CustomerTable:
    """One row per customer, sorted by id: ids, numeric features (float64, NaN = missing) with their columns, and words.

    Attributes
    ----------
    ids
        Customer ids, shape (n,), dtype object, ascending by code point.
    values
        Feature name to array of shape (n,).
    columns
        Meaning and unit of each feature, in the order of *values*.
    as_of
        The date the features look back from; none for a customer table without dates.
    words
        Name to array of text of shape (n,), None = missing: what is said of customers but never measured, such as the
        segment the company has them in.
    stands_for
        How many customers these are a sample of; none where they are all.
    means
        Feature to its mean over all customers, once it is known, where these are a sample.
    """

    ids: NDArray[np.object_]
    values: dict[str, Floats]
    columns: tuple[Column, ...]
    as_of: date | None = None
    words: dict[str, NDArray[np.object_]] = field(default_factory=dict)
    stands_for: int | None = None
    means: dict[str, float] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def count(self) -> int:
        """How many customers there are, those included that these are a sample of."""
        return len(self) if self.stands_for is None else self.stands_for

    def average(self, name: str) -> float:
        """Return the mean of the feature *name* over all customers who have a finite value; NaN where nobody has."""
        known = self.values[name][np.isfinite(self.values[name])]
        return self.means.get(name, float(known.mean()) if len(known) else float("nan"))

    def matrix(self, names: Sequence[str]) -> Floats:
        """Return the features *names* side by side, shape (n, len(names))."""
        return np.column_stack([self.values[name] for name in names]) if names else np.empty((len(self), 0))

    def at(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> CustomerTable:
        """Return the same of some customers, those at *rows*."""
        return replace(
            self,
            ids=self.ids[rows],
            values={name: values[rows] for name, values in self.values.items()},
            words={name: words[rows] for name, words in self.words.items()},
            stands_for=None,
            means={},
        )

    def column(self, name: str) -> Column:
        """Return the description of the feature *name*."""
        return next(column for column in self.columns if column.name == name)


def are_among(ids: NDArray[np.object_], others: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Return which of *ids* are in *others*, shape of *ids*.

    >>> are_among(np.array(["a", "b"], dtype=object), np.array(["b", "c"], dtype=object)).tolist()
    [False, True]
    """
    known = set(others.tolist())  # np.isin compares each with each where they are objects
    return np.fromiter((one in known for one in ids.tolist()), dtype=np.bool_, count=len(ids))
