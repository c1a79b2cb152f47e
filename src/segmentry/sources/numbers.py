"""Numbers in text columns: the decimal mark, decided for the whole source, and the expression that reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .facts import Assumption, Raw

if TYPE_CHECKING:
    import ibis.expr.types as ir

# DECIMAL(18,4) ends below 1e14; a larger quantity or price is damage.
LIMIT = 1e13
BLANKS = "[ \u00a0\u202f'’]"
CURRENCY = r"€|\$|£|¥|₹|EUR|USD|GBP|CHF"
# What only a decimal comma, or only a decimal point, can mean: it is followed by other than three digits, or by the
# last three after the other mark.
ONLY_COMMA = r"^[^,]*,(\d{1,2}|\d{4,})?\D*$|\.\d{3},"
ONLY_POINT = r"^[^.]*\.(\d{1,2}|\d{4,})?\D*$|,\d{3}\."
EITHER = r"^\D*[1-9]\d{0,2},\d{3}\D*$"


@dataclass(frozen=True)
class NumberFormat:
    """The decimal mark, whether it was *given*, and which columns hold nothing but what a computer writes."""

    decimal: str
    plain: frozenset[int]
    assumptions: tuple[Assumption, ...] = ()
    given: bool = False


def find_numbers(raw: Raw, places: list[int], wanted: str | None) -> NumberFormat:
    """Return how the numbers in the columns at *places* are written, from all of their values."""
    if not places:
        return NumberFormat(wanted or ".", frozenset())
    counted = ", ".join(f"count(nullif(c{p}, '')) - count(try_cast(c{p} AS DOUBLE))" for p in places)
    unread = raw.query(f"SELECT {counted} FROM {{raw}}")[0]
    plain = frozenset(place for place, missed in zip(places, unread, strict=True) if not missed)
    if len(plain) == len(places) and wanted != ",":
        return NumberFormat(".", plain)
    votes = ", ".join(
        f"count(*) FILTER (regexp_matches(c{place}, '{pattern}'))"
        for place in places
        for pattern in (ONLY_COMMA, ONLY_POINT, EITHER)
    )
    found = raw.query(f"SELECT {votes} FROM {{raw}}")[0]
    comma, point, either = (sum(int(str(count)) for count in found[start::3]) for start in range(3))
    if wanted is not None:
        return NumberFormat(wanted, plain if wanted == "." else frozenset(), given=True)
    if comma > point:
        return NumberFormat(",", frozenset())
    if comma == point == 0 and either:
        text = "numbers such as '1,234' are read with a thousands comma: nothing shows which mark is the decimal one"
        return NumberFormat(".", plain, (Assumption(text, "source.format.decimal: ','"),))
    return NumberFormat(".", plain)


def read_numbers(text: ir.StringValue, how: NumberFormat) -> ir.FloatingValue:
    """Return the numbers that *text* (trimmed) stands for as people write them; null where it is no number."""
    return _plainly(text, how.decimal, strict=how.given).try_cast("float64")


def _plainly(text: ir.StringValue, decimal: str, *, strict: bool) -> ir.StringValue:
    """Return numbers as people write them as a computer does: no currency, no thousands, a decimal point.

    *strict* takes the mark at its word: with a decimal point, '12,5' is no number.
    """
    import ibis

    bare = text.replace("−", "-").re_replace(CURRENCY, "").strip().re_replace("^\u00a0+|\u00a0+$", "")
    bare = (
        bare.re_replace(r"^\((.*)\)$", r"-\1")
        .re_replace(r"^([^-]*[^-\s])\s*-$", r"-\1")
        .re_replace(r"^([-+])\s+", r"\1")
    )
    grouped = bare.re_search(rf"^[-+]?\d{{1,3}}({BLANKS}\d{{3}})+([.,]\d+)?$")
    bare = ibis.ifelse(grouped, bare.re_replace(BLANKS, ""), bare)
    mark, other = (r"\.", ",") if decimal == "." else (",", r"\.")
    thousands = bare.re_search(rf"^[-+]?\d{{1,3}}({other}\d{{3}})+({mark}\d*)?$")
    whole = ibis.ifelse(thousands, bare.re_replace(other, ""), bare)
    if strict and decimal == ".":
        return whole
    # A single comma is left over: as a decimal mark, or where the mark is a point, in the one reading that remains.
    alone = whole.re_search(r"^[-+]?\d*,\d*$")
    return ibis.ifelse(alone, whole.replace(",", "."), whole)
