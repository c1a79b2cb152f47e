"""Customers who are too many to be fetched: groups are sought on a sample of them; the engine settles the centres on
all, counts them, and writes them out. Nothing but k rows at a time comes back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .. import profile
from ..cluster import Clustering, assign, by_mean, moved_to, order_of
from ..cluster.polish import polish
from ..core import display
from ..core.errors import RecipeError
from ..core.recipe import Recipe
from ..core.tables import CustomerTable, Floats
from ..engine import Engine
from ..engine.layers import free_names, stacked
from ..features.customers import condition_of, customer_features, described, prepare
from ..prepare import Prepared
from ..prepare.expressions import OUTLIER, has_ranks, prepare_layers, prepared_names, used_names
from ..runs import Model
from ..sources.facts import Assumption
from .scored import SEGMENT, ScoredQuery
from .streaming import write_labelled

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from ..features import Shared
    from .purchases import Purchased
    from .steps import Book

SAMPLE = 1_000_000  # customers
TABLE, PREPARED = "everyone", "everyone_prepared"
WITHOUT_OUTLIERS = {"fit_without", "drop"}  # policies under which outliers do not move centres


@dataclass(frozen=True)
class Everyone:
    """All customers, with their features, as a table that *engine* keeps.

    Attributes
    ----------
    engine
        Where they are.
    features
        What the columns ``v0``, ``v1`` … of the table hold.
    count
        How many customers there are.
    """

    engine: Engine
    features: tuple[str, ...]
    count: int

    @property
    def columns(self) -> dict[str, str]:
        """Column of the table to feature."""
        return {f"v{place}": feature for place, feature in enumerate(self.features)}

    def sample(self, most: int) -> tuple[NDArray[np.object_], dict[str, Floats]]:
        """Return ids, in order, and features of at most *most* customers (and ``SAMPLE``): every so-many-th by id."""
        one_in = -(-self.count // min(most, SAMPLE))

        def query() -> ir.Table:
            import ibis

            placed = self._table().mutate(sample_place=ibis.row_number().over(order_by="customer_id"))
            return placed.filter(placed.sample_place % one_in == 0).drop("sample_place").order_by("customer_id")

        found = self.engine.columns(query, step="sample of customers", condition=self._condition(one_in))
        ids = found["customer_id"].astype(object)
        order = np.argsort(ids, kind="stable")  # engines sort text in ways of their own
        return ids[order], {
            feature: np.ascontiguousarray(found[column], dtype=np.float64)[order]
            for column, feature in self.columns.items()
        }

    def settled(
        self, recipe: Recipe, book: Book, prepared: Prepared, clustering: Clustering
    ) -> tuple[Clustering, profile.Counted]:
        """Return *clustering*, of the sample, with its centres moved to the means of all customers, and the counts.

        Groups stay in order of value: of money, where there is any, as all customers spend it. Raises RecipeError where
        no query says how customers are prepared.
        """
        if has_ranks(prepared.pipeline):
            raise _needs_all("prepare.transform.quantile", self.count)

        def counted_by(centres: Floats) -> profile.Counted:
            about = recipe, book.customers.as_of, book.facts.roles, book.deciding, (), prepared.pipeline
            return self._counted(Model(*about, centroids=centres, segments=()))

        centres = self._polished(prepared, clustering.centroids)
        counted = counted_by(centres)
        order = _order(counted, book.customers, prepared, centres)
        if order != list(range(len(centres))):
            centres = centres[order]
            counted = counted_by(centres)
        return moved_to(clustering, prepared, centres), counted

    def label(self, model: Model, name: str) -> None:
        """Keep ``customer_id`` and ``segment``, the id of its segment, of all customers as the table *name*."""

        def labels() -> ir.Table:
            scored = self._scored(model)
            return scored.select("customer_id", segment=scored[SEGMENT])

        said = ScoredQuery(model, self.columns).condition
        self.engine.store(labels, name, step=name, condition=self._condition(said))

    def table(self, model: Model) -> ir.Table:
        """Return the customers table of all customers, with the segments that *model* gives them: a query."""
        return ScoredQuery(model, self.columns).named(self._table(), fenced=self.engine.merges_subqueries)

    def write(self, model: Model, path: Path) -> None:
        """Write all customers, with the segments that *model* gives them, to *path*, Parquet or CSV, by id."""
        query = ScoredQuery(model, self.columns)
        write_labelled(query, self._table, self.engine, path, condition=self._condition(), in_order=True)

    def _table(self) -> ir.Table:
        import ibis

        return ibis.table({"customer_id": "string", **dict.fromkeys(self.columns, "float64")}, name=TABLE)

    def _condition(self, *more: object) -> str:
        return repr((self.features, *more))

    def _scored(self, model: Model) -> ir.Table:
        return ScoredQuery(model, self.columns).numbered(self._table(), fenced=self.engine.merges_subqueries)

    def _polished(self, prepared: Prepared, centres: Floats) -> Floats:
        """Return *centres* moved to rest on all customers who take part in finding groups."""
        pipeline = prepared.pipeline
        names = free_names(used_names(pipeline), self.columns)
        columns = {feature: column for column, feature in self.columns.items()}
        matrix = {name: f"x{place}" for place, name in enumerate(prepared_names(pipeline))}

        def query() -> ir.Table:
            taken = [columns[feature] for feature in pipeline.features]
            layers = prepare_layers(pipeline, taken, carried=[], names=names)
            ready = stacked(self._table().select(*taken), layers, fenced=self.engine.merges_subqueries)
            if pipeline.policy in WITHOUT_OUTLIERS:
                ready = ready.filter(~ready[names[OUTLIER]])
            return ready.select(**{short: ready[names[name]] for name, short in matrix.items()})

        self.engine.store(query, PREPARED, step=PREPARED, condition=self._condition(pipeline))
        import ibis

        table = ibis.table(dict.fromkeys(matrix.values(), "float64"), name=PREPARED)
        return polish(self.engine, table, [*matrix.values()], centres).centres

    def _counted(self, model: Model) -> profile.Counted:
        """Return how many customers each segment of *model* has, and the sums of their features."""

        def query() -> ir.Table:
            import ibis

            scored = self._scored(model)
            values = scored.columns[scored.columns.index("segment_id") + 1 :][: len(self.features)]
            known = {f"n{place}": scored[name].count() for place, name in enumerate(values)}
            sums = {f"s{place}": scored[name].sum() for place, name in enumerate(values)}
            out = ibis.ifelse(scored.is_outlier, 1, 0).sum()
            found = scored.group_by(label=scored[SEGMENT]).agg(n=scored.count(), outliers=out, **known, **sums)
            return found.order_by("label")

        step, condition = "count of all customers", self._condition(ScoredQuery(model, self.columns).condition)
        rows = self.engine.rows(query, step=step, condition=condition)
        return profile.Counted(
            customers={row["label"]: row["n"] for row in rows},
            outliers=sum(row["outliers"] for row in rows),
            known={name: {row["label"]: row[f"n{place}"] for row in rows} for place, name in enumerate(self.features)},
            sums={
                name: {row["label"]: float(row[f"s{place}"] or 0.0) for row in rows}
                for place, name in enumerate(self.features)
            },
        )


def buyers(recipe: Recipe, engine: Engine, found: Purchased, shared: Shared) -> tuple[Everyone, CustomerTable]:
    """Return all customers with a kept purchase, and a sample of them.

    Raises RecipeError for settings of *recipe* that need every customer fetched.
    """
    marked, names, categories = found.marked, found.names, found.categories
    prepare(marked, shared, names)
    everyone = _keep(
        recipe,
        engine,
        lambda: customer_features(marked, names, categories),
        names,
        marked.ledger.kept.customers,
        condition=condition_of(marked, names, categories),
    )
    ids, values = everyone.sample(recipe.cluster.fetch_at_most)
    columns = described(names, categories)
    return everyone, CustomerTable(ids, values, columns, marked.as_of, stands_for=everyone.count)


def listed(
    recipe: Recipe, engine: Engine, kept: ir.Table, numbers: Mapping[str, str], count: int
) -> tuple[Everyone, CustomerTable]:
    """Return the *count* customers of a customer table, whose columns hold *numbers*, and a sample of them.

    Raises RecipeError for settings of *recipe* that need every customer fetched.
    """
    everyone = _keep(
        recipe,
        engine,
        lambda: kept.select("customer_id", **{title: kept[name] for name, title in numbers.items()}),
        [*numbers.values()],
        count,
        condition=repr(numbers),
    )
    ids, values = everyone.sample(recipe.cluster.fetch_at_most)
    return everyone, CustomerTable(ids, values, (), stands_for=count)


def _keep(
    recipe: Recipe, engine: Engine, query: Callable[[], ir.Table], names: Sequence[str], count: int, *, condition: str
) -> Everyone:
    _check(recipe, count)
    everyone = Everyone(engine, tuple(names), count)

    def stored() -> ir.Table:
        found = query()
        columns = {column: found[feature].cast("float64") for column, feature in everyone.columns.items()}
        return found.select("customer_id", **columns)

    engine.store(stored, TABLE, step=TABLE, condition=condition)
    return everyone


def assumed(customers: CustomerTable) -> Assumption:
    """Return what is assumed where *customers* stand for more."""
    text = (
        f"{display.count(customers.count)} customers are too many to be fetched: groups are sought on"
        f" {display.count(len(customers))} of them, and charts draw these; sizes, means and money are of all"
    )
    return Assumption(text, "cluster.fetch_at_most")


def _check(recipe: Recipe, count: int) -> None:
    wants = {
        "rules": recipe.rules.kind is not None,
        "cluster.compare": bool(recipe.cluster.compare),
        f"cluster.method: {recipe.cluster.method}": recipe.cluster.method not in {"kmeans", "minibatch"},
        "publish.connection": any(target.connection is not None for target in recipe.publish),
    }
    for setting, is_asked in wants.items():
        if is_asked:
            raise _needs_all(setting, count)


def _needs_all(setting: str, count: int) -> RecipeError:
    return RecipeError(
        f"{setting} needs every customer fetched, and {display.count(count)} are more than cluster.fetch_at_most.",
        possible="Without it, groups are sought on a sample, and the engine assigns and counts all.",
        action=f"Leave it out, or set cluster.fetch_at_most to {count} where there is memory for that.",
    )


def _order(counted: profile.Counted, customers: CustomerTable, prepared: Prepared, centres: Floats) -> list[int]:
    """Return the groups, those of higher value first."""
    for money in ("monetary", "nav"):
        if money in counted.sums:
            known, sums = counted.known[money], counted.sums[money]
            means = [sums.get(j, 0.0) / max(known.get(j, 0), 1) for j in range(len(centres))]
            return by_mean(means, [counted.customers.get(j, 0) for j in range(len(centres))], centres)
    from .steps import worth

    return order_of(assign(prepared.matrix, centres).labels, centres, worth(customers, prepared.deciding))
