"""A customer table of which is known what its columns are, with types of its own: it is read where it lies.

Nothing is looked at beforehand, nothing becomes text but the ids: what a table of millions needs to be scored in one
pass.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..core.recipe import Source
from ..engine import Engine
from .canonical import NUMBERS, filled
from .customer_table import LARGEST
from .facts import Facts, Raw
from .familiar import rfm_names
from .rows import raw_rows, rows_view

if TYPE_CHECKING:
    import ibis.expr.types as ir

KEY = "id_key"  # what tells customers apart as well as their ids, and is cheaper to compare


@dataclass(frozen=True)
class KnownCustomers:
    """A customer table: ``row_id``, ``customer_id``, ``id_key`` and numbers as ``v0 … vN`` (float64, null = missing).

    ``as_table`` gives it as an Ibis expression; where its queries are known from an earlier time, nobody asks.
    """

    as_table: Callable[[], ir.Table]
    numbers: dict[str, str]
    facts: Facts


def known_customers(raw: Raw, source: Source, engine: Engine, needed: Collection[str]) -> KnownCustomers | None:
    """Return the customer table of *raw*, of which the columns of numbers and those that are *needed* are known.

    None where it takes a look at the values: where the recipe's *source* names no column of ids, or where a column that
    is needed (under its own name, or as recency, frequency or monetary value) has no type of numbers.
    """
    place = _place_of_ids(raw, source)
    if place is None:
        return None
    numeric = [other for other, kind in sorted(raw.kinds.items()) if other != place and kind in NUMBERS]
    titles = [raw.columns[other] for other in numeric]
    if not {*needed} <= {*titles, *rfm_names(titles).values()}:
        return None
    if engine.plan is not None:
        engine.plan.condition = repr((raw.name, raw.columns, "known", place, sorted(raw.kinds.items())))
    engine.script(lambda: [rows_view(raw)], step="rows")
    roles = {"customer": raw.columns[place]}
    facts = Facts(
        raw.description,
        raw.files,
        raw.rows,
        raw.columns,
        roles,
        {"customer": "known"},
        raw.assumptions,
        raw.fingerprint,
    )
    numbers = {f"v{number}": title for number, title in enumerate(titles)}
    return KnownCustomers(lambda: _table(raw, place, numeric), numbers, facts)


def _place_of_ids(raw: Raw, source: Source) -> int | None:
    """Return the position of the column of ids where it holds whole numbers or text."""
    title = source.columns.customer
    if title not in raw.columns:
        return None
    place = raw.columns.index(title)
    return place if raw.kinds.get(place) in {None, "whole"} and raw.kinds else None


def _table(raw: Raw, place: int, numeric: list[int]) -> ir.Table:
    rows = raw_rows(raw)
    is_whole = place in raw.kinds
    ids = rows[f"c{place}"] if is_whole else filled(rows[f"c{place}"])
    return rows.select(
        row_id=rows.row_id,
        customer_id=ids,
        **{KEY: rows[f"n{place}"] if is_whole else ids},
        **{f"v{number}": _finite(rows[f"n{other}"].cast("float64")) for number, other in enumerate(numeric)},
    )


def _finite(value: Any) -> Any:
    import ibis

    return ibis.ifelse(value.between(-LARGEST, LARGEST), value, ibis.null("float64"))
