"""Exact copies of rows, found without comparing every row with every other.

A copy stands in the same order as its original. So while rows are summed up by order, each order gathers two masks of
64 bits: a hash of a column that tells its lines apart sets one bit in each. Where either mask has as many bits as the
order has lines, no line repeats. Only the lines of the other orders, a few in a hundred, are compared in full.

This is for engines that have hashes; :func:`marking.with_copies` says the same in the words of any engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .marking import COPIES, MASKS, originals
from .rules import BEFORE_COPIES

if TYPE_CHECKING:
    import ibis.expr.types as ir

SUSPECTS = {"c": "string", "o": "string"}
NONE = "\x1f"  # stands for a missing id where ids are compared


def masks(rows: ir.Table, telling: str) -> dict[str, Any]:
    """Return the aggregates ``mask`` and ``other_mask`` of *rows*, over the filled values of *telling*."""
    from ..engine.functions import hashed

    hash_of = hashed(rows[telling])
    filled = rows[telling].notnull()
    return {name: _bit(hash_of, shift).bit_or(where=filled) for name, shift in zip(MASKS, (0, 6), strict=True)}


def repeats(sums: ir.Table) -> ir.BooleanValue:
    """Return in which of *sums* (with ``lines`` and masks) what the masks tell may be empty, or there twice."""
    import ibis

    from ..engine.functions import bits

    return ibis.and_(*(bits(sums[mask].fill_null(0)) < sums.lines for mask in MASKS))


def _bit(hash_of: Any, shift: int) -> Any:
    """Return a number with one bit set: the one that six bits of *hash_of* say."""
    import ibis

    return ibis.literal(1, "uint64") << ((hash_of >> shift) & 63)


def suspects(sums: ir.Table) -> ir.Table:
    """Return customer and order of those of *sums* (with ``lines`` and masks) in which a line may repeat."""
    maybe = repeats(sums) & (sums.lines > 1)
    if "reason" in sums.columns:
        maybe &= ~sums.reason.isin(BEFORE_COPIES)
    found = sums.filter(maybe)
    return found.select(c=found.customer_id.fill_null(NONE), o=found.order_id.fill_null(NONE)).distinct()


def rows_of(marked: ir.Table, suspicious: ir.Table, telling: str) -> ir.Table:
    """Return the ``row_id`` of those *marked* rows of *suspicious* orders that another equals in *telling*, date and
    amount.
    """
    ids = (marked.customer_id.fill_null(NONE), marked.order_id.fill_null(NONE))
    rows = marked.semi_join(suspicious, (ids[0] == suspicious.c) & (ids[1] == suspicious.o))
    groups = rows.group_by("customer_id", "order_id", telling, "date", "amount").agg(ids=rows.row_id.collect())
    return groups.filter(groups.ids.length() > 1).select(row_id=groups.ids.unnest())


def alike(marked: ir.Table) -> ir.Table:
    """Return the ``row_id`` of the *marked* rows that share their key with another, where no order holds copies."""
    return _repeated(marked).select("row_id")


def copies(marked: ir.Table) -> ir.Table:
    """Return the second and later of equal rows among *marked*."""
    import ibis

    rows = _repeated(marked.filter(~marked.reason.isin(BEFORE_COPIES)))
    equal = ibis.window(group_by=("row_key", *originals(rows)), order_by="row_id")
    numbered = rows.mutate(place=ibis.row_number().over(equal))
    return numbered.filter(numbered.place > 0).select(*COPIES)


def _repeated(rows: ir.Table) -> ir.Table:
    """Return those of *rows* whose key, a hash of all that they say, is another's too."""
    times = rows.group_by(repeated_key=rows.row_key).agg(times=rows.count())
    repeated = times.filter(times.times > 1)
    return rows.semi_join(repeated, rows.row_key == repeated.repeated_key)


def corrections(found: ir.Table, reason: str) -> ir.Table:
    """Return the entries that take the copies *found* out of their orders and set them aside under *reason*."""
    import ibis

    entry = {name: found[name] for name in ("customer_id", "order_id", "date", "country")}
    money = found.amount.cast("decimal(38, 4)")
    without = {mask: ibis.null(kind) for mask, kind in MASKS.items()}
    sums = {"amount": money, "turnover": money.abs(), "quantity": found.quantity}
    taken = {name: -value for name, value in sums.items()}
    out = found.select(reason=found.reason, **entry, lines=ibis.literal(-1, "int64"), **taken, **without)
    back = found.select(reason=ibis.literal(reason), **entry, lines=ibis.literal(1, "int64"), **sums, **without)
    return out.union(back)
