"""Functions of the engine inside that Ibis has no word for, or a slower one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.datatypes as dt

if TYPE_CHECKING:
    import ibis.expr.types as ir

# Only the signatures count.
_hash_text: Any = ibis.udf.scalar.builtin(lambda value: None, name="hash", signature=((dt.string,), dt.uint64))  # noqa: ARG005
_hash_number: Any = ibis.udf.scalar.builtin(lambda value: None, name="hash", signature=((dt.uint64,), dt.uint64))  # noqa: ARG005
_bit_count: Any = ibis.udf.scalar.builtin(lambda value: None, name="bit_count", signature=((dt.uint64,), dt.int64))  # noqa: ARG005


def hashed(value: ir.Value) -> ir.IntegerValue:
    """Return a 64-bit hash of a text or a whole number; of a missing value, too."""
    found: ir.IntegerValue = _hash_text(value) if value.type().is_string() else _hash_number(value)
    return found


def bits(value: ir.IntegerValue) -> ir.IntegerValue:
    """Return how many bits of *value* are set."""
    found: ir.IntegerValue = _bit_count(value)
    return found
