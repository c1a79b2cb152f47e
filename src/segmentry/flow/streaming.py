"""Label the customers of a file into a file: by one query in the engine where the model is one, else in Python.

Nothing but counts comes back from the engine: how many customers there are does not matter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from .. import sources
from ..clean.once_each import once_each
from ..core import display
from ..core.errors import NothingLeft, UnknownColumn
from ..core.progress import Progress, Silent
from ..core.recipe import Recipe
from ..engine import Engine
from ..engine.parquet import count_words
from ..runs import Model
from ..runs.expressions import is_query, why_python
from ..sources.known_customers import KEY, KnownCustomers, known_customers
from .scored import SEGMENT, ScoredQuery
from .scoring import SegmentModel, for_scoring, score, with_known_columns
from .segmenting import read
from .telling import tell_assumptions, tell_ledger, tell_reading

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from .account_scoring import CohortModel


@dataclass(frozen=True)
class Written:
    """Customers labelled into a file: how many of each segment (of accounts, of each cohort's), and the as-of date."""

    path: Path
    counts: dict[str, int]
    as_of: date | None


def score_to_file(
    model: Model | SegmentModel | CohortModel,
    data: str,
    path: Path,
    *,
    as_of: date | None = None,
    table: str | None = None,
    memory: str | None = None,
    progress: Progress | None = None,
) -> Written:
    """Write the customers of *data* (a file, or the URL of an engine that has the *table*), each with the segment that
    *model* says, to *path*, Parquet or CSV.

    Those of a customer table come in its order, others by id. *memory* (``4GB``) is what the process may take where one
    query says it all. For *as_of* see :func:`score`. Raises OutputError.
    """
    progress = progress or Silent()
    known = model.model if isinstance(model, SegmentModel) else model
    if not isinstance(known, Model) or not is_query(known):
        return _in_python(known, data, path, as_of=as_of, table=table, progress=progress)
    recipe = for_scoring(known, data, as_of, table)
    raw, engine = read(recipe, None, progress, memory=memory)
    recipe = with_known_columns(recipe, known, raw.columns)
    if recipe.source.kind == "customers":
        return _customers(_Work(known, recipe, raw, engine, progress), path)
    return _purchases(_Work(known, recipe, raw, engine, progress), path)


def _in_python(
    model: Model | CohortModel, data: str, path: Path, *, as_of: date | None, table: str | None, progress: Progress
) -> Written:
    if isinstance(model, Model):
        progress.step("Scoring", f"in Python, not in the engine: {why_python(model)}")
    found = score(model, data, as_of=as_of, table=table, progress=progress)
    found.write(path)
    names, cohorts = found.columns["segment"].tolist(), found.columns.get("cohort")
    named = names if cohorts is None else [f"{cohort}: {name}" for cohort, name in zip(cohorts, names, strict=True)]
    return Written(path, dict(Counter(named).most_common()), found.as_of)


class _Work(NamedTuple):
    """A model, its recipe for the data, the data, and who runs and who listens."""

    model: Model
    recipe: Recipe
    raw: sources.Raw
    engine: Engine
    progress: Progress


def _customers(work: _Work, path: Path) -> Written:
    """Label a customer table: kept rows, in their order, straight from file to file."""
    model, recipe, raw, engine, progress = work
    known = known_customers(raw, recipe.source, engine, model.features)
    found, key = (known, KEY) if known else (_looked_at(raw, recipe, engine), "customer_id")
    tell_reading(raw.where, found.facts, progress)
    rows, ledger = once_each(engine, found.as_table, key)
    if not ledger.kept.rows:
        raise NothingLeft(f"No row of {raw.where} names a customer.", ledger=ledger, action="Set source.columns.")
    tell_ledger(ledger, progress)
    numbers, renamed = sources.under_our_names(found.numbers, recipe.features or ())
    tell_assumptions(renamed, progress)
    for name in model.features:
        if name not in numbers.values():
            raise UnknownColumn(name, numbers.values(), where=raw.where)
    progress.step("Customers", display.count(ledger.kept.rows))
    condition = repr((key, [line.reason for line in ledger.set_aside]))
    return write_labelled(ScoredQuery(model, numbers), rows, engine, path, condition=condition)


def _looked_at(raw: sources.Raw, recipe: Recipe, engine: Engine) -> KnownCustomers:
    """Return a customer table whose columns have to be looked at."""
    found = sources.customers(raw, recipe.source, engine)
    return KnownCustomers(lambda: found.table, found.numbers, found.facts)


def _purchases(work: _Work, path: Path) -> Written:
    """Label the customers of purchases: their features, and from them their segments, are one query."""
    from ..features import Shared
    from ..features.customers import condition_of, customer_features, prepare
    from . import purchases

    model, recipe, raw, engine, progress = work
    found = purchases.purchases(recipe, raw, engine, progress, not_before=model.as_of)
    marked, needed, categories = found.marked, found.needed, found.categories
    columns = {f"v{place}": name for place, name in enumerate(needed)}
    prepare(marked, Shared(engine, marked), needed)

    def customers() -> ir.Table:
        table = customer_features(marked, needed, categories)
        return table.select("customer_id", **{column: table[name] for column, name in columns.items()})

    progress.step("Customers", f"{display.count(marked.ledger.kept.customers)} as of {marked.as_of}")
    condition = condition_of(marked, needed, categories)
    query = ScoredQuery(model, columns)
    return write_labelled(query, customers, engine, path, condition=condition, as_of=marked.as_of, in_order=True)


def write_labelled(
    query: ScoredQuery,
    customers: Callable[[], ir.Table],
    engine: Engine,
    path: Path,
    *,
    condition: str,
    as_of: date | None = None,
    in_order: bool = False,
) -> Written:
    """Write what *query* makes of *customers* to *path*, where asked *in_order* of their ids."""
    is_csv = path.suffix == ".csv"

    def scored() -> ir.Table:
        table = query.numbered(customers(), fenced=engine.merges_subqueries)
        table = table.order_by("customer_id") if in_order else table
        if not is_csv:
            return table
        from .. import publish

        return publish.safe_in_spreadsheets(table)

    words: dict[str, dict[Any, str]] = {**query.words}
    if is_csv:
        from .. import publish

        words = {column: {key: publish.safe(word) for key, word in known.items()} for column, known in words.items()}
        words["is_outlier"] = {True: "True", False: "False"}
    engine.write(
        scored, path, step="score", condition=f"{condition} {query.condition} {in_order} {is_csv}", words=words
    )
    return Written(path, _counts(path), as_of)


def _counts(path: Path) -> dict[str, int]:
    """Return how many customers of each segment the file at *path* has."""
    counts = count_words(path, SEGMENT)
    if path.suffix != ".csv":
        return counts
    from .. import publish

    return {publish.as_written(name): count for name, count in counts.items()}
