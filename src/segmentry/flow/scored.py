"""The customers table of a model as one query: what labels customers, and what the columns are called."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..engine.layers import Layer, stacked
from ..runs import Model
from ..runs.expressions import SAID, model_layers, names_in_query

if TYPE_CHECKING:
    import ibis.expr.types as ir

SEGMENT, NEAREST = "segment", "nearest_other_segment"


@dataclass(frozen=True)
class ScoredQuery:
    """The customers table that *model* makes of a table of customers.

    Attributes
    ----------
    model
        Labels by the nearest centre.
    features
        Column of the table to the name of what it holds, for each feature that is written.
    """

    model: Model
    features: Mapping[str, str]

    def numbered(self, customers: ir.Table, *, fenced: bool) -> ir.Table:
        """Return the customers table of *customers* (``customer_id``, features), with numbers in place of words.

        For *fenced* see :func:`engine.layers.stacked`.
        """
        start = customers.select("customer_id", *self.features)
        return self._written(stacked(start, self.layers(), fenced=fenced), lambda label: label)

    def named(self, customers: ir.Table, *, fenced: bool) -> ir.Table:
        """Return the same with the names of segments."""
        start = customers.select("customer_id", *self.features)
        return self.spelled(stacked(start, self.layers(), fenced=fenced))

    def spelled(self, labelled: ir.Table) -> ir.Table:
        """Return the customers table of what the layers made, with the names of segments."""
        import ibis

        known = self.words[SEGMENT]

        def name_of(label: Any) -> Any:
            return ibis.cases(*((label == number, ibis.literal(word)) for number, word in known.items()))

        return self._written(labelled, name_of)

    def layers(self) -> list[Layer]:
        """Return the layers that label ``customer_id`` and features."""
        columns = {name: column for column, name in self.features.items()}
        wanted = {feature: columns[feature] for feature in self.model.pipeline.features}
        return model_layers(self.model, wanted, carried=["customer_id", *self.features])

    def _written(self, table: ir.Table, said: Callable[[Any], Any]) -> ir.Table:
        from .. import publish

        label, other, confidence, outlier = self._columns()
        titles = publish.feature_columns(self.features.values())
        return table.select(
            customer_id=table.customer_id,
            **{SEGMENT: said(table[label])},
            segment_id=self._shown(table[label].cast("int64")),
            **{titles[name]: table[column] for column, name in self.features.items()},
            confidence=table[confidence],
            **{NEAREST: said(table[other])},
            is_outlier=table[outlier],
        )

    def _shown(self, label: Any) -> Any:
        """Return the id that tables show of each *label*."""
        import ibis

        numbers = self.model.numbers()
        cases = ((label == own, ibis.literal(number, "int64")) for own, number in numbers.items())
        return ibis.cases(*cases, else_=label) if numbers else label

    @property
    def words(self) -> dict[str, dict[int, str]]:
        """What the numbers stand for."""
        names = self.model.names()
        apart = [-1] * (self.model.recipe.prepare.outliers.policy == "drop")
        known = {label: names.get(label, "") for label in (*range(len(self.model.centroids)), *apart)}
        return {SEGMENT: known, NEAREST: known}

    @property
    def condition(self) -> str:
        """What the text of the query depends on."""
        model = self.model
        numbers = (model.pipeline, model.centroids.tolist(), model.recipe.prepare.outliers.policy, model.numbers())
        return hashlib.sha256(repr((numbers, dict(self.features))).encode()).hexdigest()

    def _columns(self) -> list[str]:
        names = names_in_query(self.model, ["customer_id", *self.features])
        return [names[name] for name in SAID]
