"""Functions that Ibis has no word for: those of DuckDB for text, which is always there, and of engines elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.datatypes as dt

if TYPE_CHECKING:
    import ibis.expr.types as ir

_strptime: Any = ibis.udf.scalar.builtin(
    lambda text, formats: None,  # noqa: ARG005 -- only the signature counts
    name="try_strptime",
    signature=((dt.string, dt.Array(dt.string)), dt.timestamp),
)
_timezone: Any = ibis.udf.scalar.builtin(
    lambda zone, moment: None,  # noqa: ARG005 -- only the signature counts
    name="timezone",
    signature=((dt.string, dt.Timestamp(timezone="UTC")), dt.timestamp),
)
_to_timestamp: Any = ibis.udf.scalar.builtin(
    lambda seconds: None,  # noqa: ARG005 -- only the signature counts
    name="to_timestamp",
    signature=((dt.float64,), dt.Timestamp(timezone="UTC")),
)


def try_strptime(text: ir.StringValue, formats: list[str]) -> ir.TimestampValue:
    """Return *text* read by the first of *formats* that fits, or null."""
    read: ir.TimestampValue = _strptime(text, ibis.literal(formats, type="array<string>"))
    return read


_from_utc: Any = ibis.udf.scalar.builtin(
    lambda moment, zone: None,  # noqa: ARG005 -- only the signature counts
    name="from_utc_timestamp",
    signature=((dt.Timestamp(timezone="UTC"), dt.string), dt.timestamp),
)


_md5: Any = ibis.udf.scalar.builtin(
    lambda text: None,  # noqa: ARG005 -- only the signature counts
    name="md5",
    signature=((dt.string,), dt.string),
)


def md5(text: ir.StringValue) -> ir.StringValue:
    """Return the MD5 of *text* as 32 hexadecimal digits."""
    digest: ir.StringValue = _md5(text)
    return digest


def at_zone(zone: str, moment: ir.TimestampValue, *, function: str | None = "timezone") -> ir.TimestampValue:
    """Return the clock in *zone* at *moment* (a timestamp with zone), as a timestamp without zone, by the *function*
    that the engine has for it; where it has none, *zone* is UTC.
    """
    clocks = {"timezone": lambda: _timezone(zone, moment), "from_utc_timestamp": lambda: _from_utc(moment, zone)}
    clock: ir.TimestampValue = clocks[function]() if function else moment.cast("timestamp")
    return clock


def from_epoch(seconds: ir.FloatingValue) -> ir.TimestampValue:
    """Return the moment *seconds* after the beginning of 1970 in UTC, with zone."""
    moment: ir.TimestampValue = _to_timestamp(seconds)
    return moment
