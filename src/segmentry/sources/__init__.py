"""Stage 1: sources. Bring rows in and find out what they are.

Reads files, folders, workbooks, DuckDB files, tables of a database, or the caller's DataFrame. Writes the canonical
transactions (``core.tables.TRANSACTIONS``) or a customer table, as a lazy Ibis table, with everything that was found,
chosen or assumed (``Facts``). Next: clean.

Importing this imports neither Ibis nor a DataFrame library: files are read while Ibis is still on its way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .canonical import transactions
from .customer_table import customers
from .facts import Assumption, Customers, Facts, Raw, Transactions
from .frames import read_frame
from .reading import read
from .samples import SAMPLES, generate_retail

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from ..core.recipe import Source

__all__ = [
    "SAMPLES",
    "Assumption",
    "Customers",
    "Facts",
    "Raw",
    "Transactions",
    "customers",
    "from_table",
    "generate_retail",
    "read",
    "read_frame",
    "transactions",
]


def from_table(table: ir.Table, source: Source) -> Raw:
    """Return *table*, of a database that the engine opened, as a raw source; its rows are counted but not fetched."""
    from . import database

    return database.from_table(table, source)
