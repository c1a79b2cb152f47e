"""A model as one SQL statement that needs no Segmentry: features, preparation, nearest centre."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from .. import __version__, clean, features
from ..clean import marking, sums
from ..core.errors import ModelError, RecipeError, did_you_mean
from ..engine.layers import Layer, free_names
from ..engine.statement import dialect_named, layer_parts, named, statement
from ..features.customers import customer_features, looks_at_products
from ..features.shared import PAIRS, customer_products
from ..runs import Model
from ..runs.expressions import is_query, no_query
from ..sources.as_given import customers_as_given, table_as_given, transactions_as_given
from .scored import ScoredQuery

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from ..engine.statement import Parts

MARKED, CUSTOMERS = "marked", "customers"
SUMS = tuple(f"{what}_of_{MARKED}" for what in ("lines", "orders", "customers", "counts"))
PARTS = (CUSTOMERS, "each_row_once", "purchases", MARKED, *SUMS)
NOTHING = clean.LedgerLine("", 0, 0, 0, Decimal(0))
ROLES = ("customer", "order", "time", "quantity", "unit_price", "amount", "product", "country")


@dataclass(frozen=True)
class Given:
    """The table that a statement reads: its name, and the columns that are not called as in the model's fit, by role
    (customer, order, time, quantity …) or, of a customer table, by feature.
    """

    table: str
    columns: Mapping[str, str] = field(default_factory=dict)


def model_sql(model: Model, given: Given, *, dialect: str = "duckdb", as_of: date | None = None) -> str:
    """Return SQL in *dialect* that labels the customers of the *given* table as *model* does.

    Features of purchases look back from *as_of*, by default the model's own date. Raises ModelError or RecipeError for
    a model that no single statement stands for, and for columns that it does not know.
    """
    dialect = dialect_named(dialect)
    if not is_query(model):
        raise no_query(model)
    kind = model.recipe.source.kind
    if kind == "accounts":
        raise of_accounts()
    columns = _columns(model, given)
    query = ScoredQuery(model, {name: name for name in _written(model)})
    layers = query.layers()
    end = _ending(given.table, [*PARTS, *(layer.name for layer in layers)])
    if kind == "customers":
        parts, as_of = [(f"{CUSTOMERS}{end}", _customers(model, given.table, columns))], None
    else:
        as_of = as_of or model.as_of
        assert as_of is not None  # noqa: S101 -- purchases have a date
        parts = _of_purchases(model, table_as_given(given.table, _read(columns)), columns, as_of=as_of, end=end)
    parts += layer_parts(named(parts[-1][1], parts[-1][0]), [Layer(layer.name + end, layer.build) for layer in layers])
    name, labelled = parts[-1]
    parts.append(("scored", query.spelled(named(labelled, name))))
    return statement(parts, dialect, header=_header(model, given, columns, dialect, as_of))


def of_accounts() -> ModelError:
    """Return what is said of a model of accounts."""
    return ModelError(
        "The model is one of accounts, which are made of several tables and have a model per cohort: no single "
        "statement says that.",
        possible="Models of transactions and of customer tables are statements.",
        action="Score with Python: segmentry score MODEL FOLDER.",
    )


def _ending(table: str, names: Collection[str]) -> str:
    """Return what all *names* of parts have to end in, lest one is the *table* they read."""
    return next(iter(free_names(names, [table.rsplit(".", 1)[-1]]).values())).removeprefix(next(iter(names)))


def _columns(model: Model, given: Given) -> dict[str, str]:
    """Return role (or feature) to column. Raises RecipeError."""
    if model.recipe.source.kind == "customers":
        known = {"customer": model.roles.get("customer", "customer_id"), **{name: name for name in model.features}}
    else:
        known = {role: column for role, column in model.roles.items() if role in ROLES}
    possible = {*known, *ROLES} if model.recipe.source.kind == "transactions" else {*known}
    for name in given.columns:
        if name not in possible:
            raise RecipeError(
                f"--column: {name!r} is nothing that the model reads.",
                possible=f"It reads: {', '.join(sorted(possible))}.",
                action=did_you_mean(name, possible),
            )
    return known | dict(given.columns)


def _customers(model: Model, table: str, columns: Mapping[str, str]) -> ir.Table:
    rows = table_as_given(table, _read(columns))
    return customers_as_given(rows, columns["customer"], {name: columns[name] for name in model.features})


def _of_purchases(model: Model, rows: ir.Table, columns: Mapping[str, str], *, as_of: date, end: str) -> Parts:
    """Return how customers with their features are made of purchases, in *columns* of *rows*: the last part."""
    recipe = model.recipe
    _check(model)
    parts: Parts = []

    def add(name: str, made: ir.Table) -> ir.Table:
        parts.append((f"{name}{end}", made))
        return named(made, parts[-1][0])

    if recipe.clean.duplicates == "drop":
        rows = add("each_row_once", rows.distinct())
    lines = add("purchases", transactions_as_given(rows, columns, recipe.source))
    # Copies are gone by now, and whether a date can be true is asked of dates up to as_of only.
    rules = recipe.clean.model_copy(update={"duplicates": "keep"})
    first = None if recipe.window_days is None else as_of - timedelta(days=recipe.window_days)
    judged = marking.judged(lines, rules, as_of=as_of, today=as_of).select(*marking.ROWS)
    marked = add(MARKED, marking.within(judged.view(), first))
    entries = add(f"orders_of_{MARKED}", sums.unordered(marked))
    add(f"customers_of_{MARKED}", sums.summed(entries, as_of))
    kept = entries.filter(entries.reason == clean.KEPT)
    add(f"counts_of_{MARKED}", kept.group_by("customer_id").agg(orders=kept.order_id.nunique()))
    known = clean.Marked(f"{MARKED}{end}", clean.Ledger((), NOTHING, NOTHING), as_of)
    if looks_at_products(model.features):
        add(f"lines_of_{MARKED}", marked.select(*marking.LINES))
        parts.append((PAIRS, customer_products(known.kept)))
    add(CUSTOMERS, customer_features(known, _written(model)))
    return parts


def _written(model: Model) -> list[str]:
    """Return the features that are written: those that decide, and what purchases were worth."""
    return list(dict.fromkeys([*model.features, *["monetary"] * (model.recipe.source.kind == "transactions")]))


def _read(columns: Mapping[str, str]) -> list[str]:
    return list(dict.fromkeys(columns.values()))


def _check(model: Model) -> None:
    """Raise ModelError for what a statement on one table of unknown content cannot say."""
    shares = [name for name in model.features if features.is_share(name)]
    if shares:
        raise ModelError(
            f"The model looks at {shares[0]!r}, which depends on the spelling of categories in the data.",
            possible="Statements know the other features.",
            action="Score with segmentry score, or fit without shares of categories.",
        )
    if marking.nets(model.recipe.clean):
        raise ModelError(
            "The model's recipe takes away purchases that a later cancellation reverses (clean.cancellations.net), row "
            "by row in the order of the source, which a table in a database has not.",
            action="Score with segmentry score, or fit with net: false.",
        )


def _header(model: Model, given: Given, columns: Mapping[str, str], dialect: str, as_of: date | None) -> list[str]:
    """Return what is said above the statement: what it is, what it reads, what it assumes."""
    read = ", ".join(f"{role} {column}" if role != column else role for role, column in columns.items())
    segments = ", ".join(f"{label} {name}" for label, name in model.names().items())
    lines = [
        f"Segments of customers: {model.recipe.name} (Segmentry {__version__}, {dialect})",
        f"segments  {segments}",
        f"features  {', '.join(model.features)}",
        f"reads     {given.table}: {read}",
    ]
    if as_of is not None:
        lines.append(f"as of     {as_of}: purchases after it do not count; set another date where it stands below")
        lines.append(
            "assumes   ids are text or whole numbers; dates have no time zone; amounts and quantities are numbers"
        )
    else:
        lines.append("assumes   one row per customer; ids are text or whole numbers; features are numbers")
    return [" ".join(line.split("\n")) for line in lines]
